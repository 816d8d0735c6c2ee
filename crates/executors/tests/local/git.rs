//! The git actions through the kit, and what each of them promises beyond it.

use crate::support::repositories::{Repositories, git};
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_model::Millis;
use windlass_ports::{Action, BoxFuture, Context, Probed, Verdict};
use windlass_testkit::action_conformance;
use windlass_testkit::action_kit::Subject;

struct GitSubject {
    all: Repositories,
    unreachable: bool,
    kind: &'static str,
    input: Value,
}

async fn subject(kind: &'static str, input: Value) -> GitSubject {
    GitSubject { all: Repositories::new(), unreachable: false, kind, input }
}

impl Subject for GitSubject {
    fn action(&self) -> Arc<dyn Action> {
        self.all.bench.action(self.kind)
    }

    fn cut_off(&self) -> Option<Arc<dyn Action>> {
        if !self.unreachable {
            return None;
        }
        let url = "http://127.0.0.1:1/remote.git";
        git(&self.all.clone(), &["remote", "set-url", "origin", url]);
        Some(self.action())
    }

    fn context(&self) -> Context {
        self.all.bench.parts.context()
    }

    fn input(&self) -> Value {
        self.input.clone()
    }

    fn observe(&self) -> BoxFuture<'_, Value> {
        let places = [self.all.clone(), self.all.remote(), self.all.bench.path("deep/fresh")];
        let states: Vec<Value> = places.iter().map(|place| Repositories::state(place)).collect();
        Box::pin(async move { json!(states) })
    }

    fn changes(&self) -> BoxFuture<'_, usize> {
        let places = [self.all.clone(), self.all.remote(), self.all.bench.path("deep/fresh")];
        let moves = places.iter().map(|place| Repositories::moves(place)).sum();
        Box::pin(async move { moves })
    }

    fn pass(&self, span: Millis) -> BoxFuture<'_, ()> {
        self.all.bench.parts.clock.advance(span);
        Box::pin(async {})
    }
}

async fn behind() -> GitSubject {
    let input = json!({"repository": "app", "branch": "prod"});
    let subject = subject("git.clone_or_update", input).await;
    subject.all.somebody_pushes("prod", "new", "new\n");
    subject
}

async fn ahead() -> GitSubject {
    let subject = subject("git.push", json!({"repository": "app", "branch": "prod"})).await;
    let clone = subject.all.clone();
    git(&clone, &["merge", "--quiet", "origin/main"]);
    GitSubject { unreachable: true, ..subject }
}

async fn tagged() -> GitSubject {
    let subject = subject("git.push", json!({"repository": "app", "tag": "v1"})).await;
    git(&subject.all.clone(), &["tag", "--annotate", "--message=one", "v1"]);
    subject
}

action_conformance!(
    clone,
    subject("git.clone_or_update", json!({"repository": "fresh", "branch": "main"}))
);
action_conformance!(update, behind());
action_conformance!(
    switch,
    subject("git.clone_or_update", json!({"repository": "app", "branch": "main"}))
);
action_conformance!(
    create_branch,
    subject(
        "git.create_branch",
        json!({"repository": "app", "name": "hotfix/1", "from": "origin/main", "checkout": true})
    )
);
action_conformance!(merge, subject("git.merge", merging()));
action_conformance!(
    tag,
    subject("git.tag", json!({"repository": "app", "name": "v2", "at": "prod"}))
);
action_conformance!(push_branch, ahead());
action_conformance!(push_tag, tagged());
action_conformance!(
    assert_ancestor,
    subject(
        "git.assert_ancestor",
        json!({"repository": "app", "ancestor": "prod", "of": "origin/main"})
    )
);
action_conformance!(
    changed_paths,
    subject(
        "git.changed_paths",
        json!({"repository": "app", "from": "prod", "to": "origin/main", "under": ["migrations"]})
    )
);

fn merging() -> Value {
    json!({
        "repository": "app", "from": "origin/main", "into": "prod",
        "message": "Release 2.7.1 [skip ci]",
    })
}

#[tokio::test]
async fn a_merge_is_a_real_commit_with_its_message_and_the_files_follow() {
    let all = Repositories::new();
    let before = git(&all.clone(), &["rev-parse", "prod"]);
    let main = git(&all.clone(), &["rev-parse", "origin/main"]);
    let output = all.bench.done("git.merge", merging()).await;
    let shown = git(&all.clone(), &["show", "-s", "--format=%P|%s|%an|%ae", "prod"]);
    let wanted = "Release 2.7.1 [skip ci]|Releases|releases@example.com";
    assert_eq!(shown, format!("{before} {main}|{wanted}"));
    assert_eq!(output["previous"], json!(before));
    assert_eq!(output["was_there"], json!(false));
    assert!(all.clone().join("migrations/1.sql").exists());
    assert_eq!(git(&all.clone(), &["status", "--porcelain"]), "");
}

#[tokio::test]
async fn a_conflict_lists_its_files_and_leaves_everything_as_it_was() {
    let all = Repositories::new();
    all.somebody_pushes("main", "file", "theirs\n");
    std::fs::write(all.clone().join("file"), "ours\n").unwrap();
    git(&all.clone(), &["commit", "--quiet", "--all", "--message=ours"]);
    git(&all.clone(), &["fetch", "--quiet"]);
    let before = Repositories::state(&all.clone());
    let why = all.bench.refused("git.merge", merging()).await;
    assert!(why.contains("conflicts in file;") && why.contains("app"), "{why}");
    assert_eq!(Repositories::state(&all.clone()), before);
    assert!(!all.clone().join(".git/MERGE_HEAD").exists());
}

#[tokio::test]
async fn a_merge_that_is_there_is_found_and_undoing_it_takes_nothing_away() {
    let all = Repositories::new();
    git(&all.clone(), &["merge", "--quiet", "--no-ff", "--message=by hand", "origin/main"]);
    let before = Repositories::state(&all.clone());
    let step = all.bench.step("git.merge", merging()).await.unwrap();
    let output = step.done().await;
    assert_eq!(output["was_there"], json!(true));
    assert_eq!(Repositories::state(&all.clone()), before);
    let undone = step.action.compensate(&all.bench.parts.context(), &step.attempt).await;
    assert!(undone.is_ok());
    assert_eq!(Repositories::state(&all.clone()), before);
}

#[tokio::test]
async fn changed_files_are_named_and_never_overwritten() {
    let all = Repositories::new();
    std::fs::write(all.clone().join("file"), "mine\n").unwrap();
    let why = all.bench.refused("git.merge", merging()).await;
    assert!(why.contains("not committed (file)"), "{why}");
    let input = json!({"repository": "app", "branch": "main"});
    let why = all.bench.refused("git.clone_or_update", input).await;
    assert!(why.contains("not committed (file)"), "{why}");
    git(&all.clone(), &["checkout", "file"]);
    std::fs::create_dir(all.clone().join("migrations")).unwrap();
    std::fs::write(all.clone().join("migrations/1.sql"), "mine").unwrap();
    let why = all.bench.refused("git.merge", merging()).await;
    assert!(why.contains("migrations/1.sql"), "{why}");
    let kept = std::fs::read_to_string(all.clone().join("migrations/1.sql")).unwrap();
    assert_eq!(kept, "mine");
    assert_eq!(
        git(&all.clone(), &["rev-parse", "prod"]),
        git(&all.clone(), &["rev-parse", "@{u}"])
    );
}

#[tokio::test]
async fn a_diverged_branch_is_left_to_a_human() {
    let all = Repositories::new();
    all.somebody_pushes("prod", "new", "new\n");
    std::fs::write(all.clone().join("file"), "mine\n").unwrap();
    git(&all.clone(), &["commit", "--quiet", "--all", "--message=mine"]);
    let input = json!({"repository": "app", "branch": "prod"});
    let why = all.bench.refused("git.clone_or_update", input).await;
    assert!(why.contains("commits that the remote does not have"), "{why}");
}

#[tokio::test]
async fn a_clone_that_somebody_worked_in_survives_the_way_back() {
    let all = Repositories::new();
    let input = json!({"repository": "fresh", "branch": "main"});
    let step = all.bench.step("git.clone_or_update", input).await.unwrap();
    let output = step.done().await;
    std::fs::write(all.bench.path("deep/fresh/notes"), "mine").unwrap();
    let back = windlass_ports::Attempt {
        side: windlass_model::Side::Undo,
        output: Some(output),
        ..step.attempt.clone()
    };
    step.action.compensate(&all.bench.parts.context(), &back).await.unwrap();
    assert!(all.bench.path("deep/fresh/notes").exists());
    assert!(all.bench.parts.printed.lines().iter().any(|line| line.contains("holds work")));
}

#[tokio::test]
async fn what_differs_is_told_with_its_folders_and_what_is_not_contained_fails() {
    let all = Repositories::new();
    let input = json!({"repository": "app", "from": "prod", "to": "origin/main"});
    let output = all.bench.done("git.changed_paths", input).await;
    let wanted = json!({
        "any": true, "count": 1, "paths": ["migrations/1.sql"], "folders": ["migrations"],
    });
    assert_eq!(output, wanted);
    let input =
        json!({"repository": "app", "from": "prod", "to": "origin/main", "under": ["client"]});
    assert_eq!(all.bench.done("git.changed_paths", input).await["any"], json!(false));
    let input = json!({"repository": "app", "ancestor": "origin/main", "of": "prod"});
    let why = all.bench.refused("git.assert_ancestor", input).await;
    assert!(why.contains("is not contained"), "{why}");
    let input = json!({"repository": "app", "ancestor": "--upload-pack=x", "of": "prod"});
    let why = all.bench.refused("git.assert_ancestor", input).await;
    assert!(why.contains("failed to find the commit `--upload-pack=x`"), "{why}");
}

#[tokio::test]
async fn a_finished_push_is_looked_at_again() {
    let subject = ahead().await;
    let all = &subject.all;
    let step = all.bench.step("git.push", subject.input.clone()).await.unwrap();
    let output = step.done().await;
    let context = all.bench.parts.context();
    let input = &step.attempt.input;
    let holds = step.action.verify(&context, input, &output).await.unwrap();
    assert_eq!(holds, Verdict::Holds);
    all.somebody_pushes("prod", "new", "new\n");
    let drifted = step.action.verify(&context, input, &output).await.unwrap();
    assert!(matches!(drifted, Verdict::Drifted(_)));
    assert!(matches!(step.probe().await, Probed::Unknown(_)));
}
