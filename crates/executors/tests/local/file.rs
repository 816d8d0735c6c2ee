//! The actions on files through the kit, and what each promises beyond it.

use crate::support::bench::{Bench, Step};
use crate::support::context::Known;
use crate::support::folder::{self, FolderSubject};
use serde_json::{Value, json};
use std::os::unix::fs::{PermissionsExt, symlink};
use windlass_executors::change::key::key;
use windlass_executors::change::place::unfinished;
use windlass_executors::change::sum::Sum;
use windlass_ports::{Context, Executed, Polled, Probed, Verdict};
use windlass_testkit::action_conformance;

/// A file that nobody else may read, one of two lines, a link, a folder.
fn bench() -> Bench {
    let bench = Bench::new(Known::of(&[("password", "CANARY-file")]));
    std::fs::write(bench.path("settings"), b"\xff\x00not text").unwrap();
    std::fs::set_permissions(bench.path("settings"), PermissionsExt::from_mode(0o640)).unwrap();
    std::fs::write(bench.path("upstream"), "server blue;\n# blue is live\n").unwrap();
    std::fs::create_dir(bench.path("folder")).unwrap();
    symlink("folder", bench.path("current")).unwrap();
    bench
}

fn at(bench: &Bench, input: Value) -> Value {
    let text = input.to_string().replace("{}", bench.folder.path().to_str().unwrap());
    serde_json::from_str(&text).unwrap()
}

async fn subject(kind: &'static str, input: Value) -> FolderSubject {
    let bench = bench();
    let input = at(&bench, input);
    FolderSubject { bench, kind, input }
}

action_conformance!(write, subject("file.write", json!({"path": "{}/new", "content": "1.2"})));
action_conformance!(
    overwrite,
    subject("file.write", json!({"path": "{}/settings", "content": "1.2", "mode": "0600"}))
);
action_conformance!(
    copy,
    subject("file.copy", json!({"from": "{}/settings", "to": "{}/upstream"}))
);
action_conformance!(
    replace_in,
    subject(
        "file.replace_in",
        json!({"path": "{}/upstream", "find": "server blue", "with": "server green"})
    )
);
action_conformance!(link, subject("file.link", json!({"path": "{}/current", "to": "elsewhere"})));
action_conformance!(delete, subject("file.delete", json!({"path": "{}/settings"})));
action_conformance!(wait, subject("file.wait", json!({"path": "{}/settings"})));
action_conformance!(
    move_folder,
    subject("file.move", json!({"from": "{}/folder", "to": "{}/aside"}))
);

#[tokio::test]
async fn half_a_file_is_no_file_and_is_cleared_away() {
    let bench = bench();
    let input = at(&bench, json!({"path": "{}/settings", "content": "1.2"}));
    let before = folder::content(bench.folder.path());
    let step = bench.step("file.write", input).await.unwrap();
    let key = key(&bench.parts.context(), &step.attempt);
    let part = unfinished(&bench.path("settings"), key);
    std::fs::write(&part, "1").unwrap();
    assert_eq!(step.probe().await, Probed::Begun);
    assert_eq!(step.probe_undo().await, Probed::Begun, "there is something to clear away");
    step.undo(None).await;
    assert_eq!(folder::content(bench.folder.path()), before);
    std::fs::write(&part, "1").unwrap();
    step.done().await;
    assert!(!part.exists());
    assert_eq!(std::fs::read_to_string(bench.path("settings")).unwrap(), "1.2");
    let mode = std::fs::metadata(bench.path("settings")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640, "its mode stays");
}

#[tokio::test]
async fn what_somebody_else_wrote_meanwhile_stays_and_is_told() {
    let bench = bench();
    let input = at(&bench, json!({"path": "{}/settings", "content": "1.2"}));
    let step = bench.step("file.write", input).await.unwrap();
    let output = step.done().await;
    std::fs::write(bench.path("settings"), "theirs").unwrap();
    let input = at(&bench, json!({"path": "{}/settings", "content": "1.2"}));
    let verdict = step.action.verify(&bench.parts.context(), &input, &output).await.unwrap();
    assert!(matches!(verdict, Verdict::Drifted(_)));
    step.undo(Some(output)).await;
    assert_eq!(std::fs::read_to_string(bench.path("settings")).unwrap(), "theirs");
    let lines = bench.parts.printed.lines();
    assert!(lines.iter().any(|line| line.contains("somebody else changed")), "{lines:?}");
    assert!(matches!(step.probe().await, Probed::Unknown(_)));
}

#[tokio::test]
async fn a_secret_is_written_for_its_owner_alone_and_is_told_nowhere() {
    let bench = bench();
    let content = json!({"$secret": "password"});
    let input = at(&bench, json!({"path": "{}/key", "content": content}));
    let output = bench.done("file.write", input).await;
    assert_eq!(std::fs::read_to_string(bench.path("key")).unwrap(), "CANARY-file");
    let mode = std::fs::metadata(bench.path("key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!output.to_string().contains("CANARY"), "{output}");
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_with_what_to_do() {
    let bench = bench();
    let large = vec![0; (1 << 20) + 1];
    std::fs::write(bench.path("large"), large).unwrap();
    let cases = [
        ("file.write", json!({"path": "{}/large", "content": ""}), "file.move"),
        ("file.write", json!({"path": "{}/no/file", "content": ""}), "there is no folder"),
        ("file.write", json!({"path": "{}/folder", "content": ""}), "neither a file nor a link"),
        ("file.delete", json!({"path": "{}/none"}), "missing_ok"),
        ("file.copy", json!({"from": "{}/none", "to": "{}/x"}), "No such file"),
        ("file.link", json!({"path": "{}/settings", "to": "x"}), "put it aside first"),
        ("file.move", json!({"from": "{}/settings", "to": "{}/large"}), "name another"),
        (
            "file.replace_in",
            json!({"path": "{}/upstream", "find": "blue", "with": "green"}),
            "is there 2 times",
        ),
        ("file.replace_in", json!({"path": "{}/settings", "find": "n", "with": "m"}), "UTF-8"),
    ];
    for (kind, input, says) in cases {
        let why = bench.refused(kind, at(&bench, input)).await;
        assert!(why.starts_with("failed to ") && why.contains(says), "{kind}: {why}");
    }
}

#[tokio::test]
async fn a_source_that_changes_between_look_and_copy_is_not_copied() {
    let bench = bench();
    let input = at(&bench, json!({"from": "{}/upstream", "to": "{}/copy"}));
    let step = bench.step("file.copy", input).await.unwrap();
    std::fs::write(bench.path("upstream"), "other").unwrap();
    assert!(format!("{:?}", step.act().await.unwrap_err()).contains("changed meanwhile"));
    assert!(!bench.path("copy").exists());
}

#[tokio::test]
async fn a_file_is_waited_for_until_it_is_there_and_nobody_writes_to_it() {
    let bench = bench();
    let input = at(&bench, json!({"path": "{}/dump", "unchanged_for": "30s"}));
    let step = bench.step("file.wait", input).await.unwrap();
    let mut wait = Waiting::begin(&step).await;
    let after = wait.look().await.unwrap_err();
    assert!(after.contains("dump is not there"), "{after}");
    std::fs::write(bench.path("dump"), "half").unwrap();
    assert!(wait.look().await.unwrap_err().contains("was written to 0 s ago"));
    bench.parts.clock.advance(20_000);
    std::fs::write(bench.path("dump"), "the whole").unwrap();
    assert!(wait.look().await.unwrap_err().contains("was written to 0 s ago"));
    bench.parts.clock.advance(29_000);
    assert!(wait.look().await.unwrap_err().contains("29 s ago"));
    // A crash keeps the handle, and a lost one only makes the wait longer.
    assert_eq!(step.probe().await, Probed::Absent);
    bench.parts.clock.advance(1_000);
    let output = wait.look().await.unwrap();
    assert_eq!(output["bytes"], 9);
}

#[tokio::test]
async fn a_wrong_file_is_waited_over_until_the_right_one_comes_or_the_time_is_over() {
    let bench = bench();
    let sum = Sum::of_bytes(b"right").sha256.to_uppercase();
    let input = at(&bench, json!({"path": "{}/dump", "sha256": sum}));
    std::fs::write(bench.path("dump"), "wrong").unwrap();
    let step = bench.step("file.wait", input).await.unwrap();
    let mut wait = Waiting::begin(&step).await;
    assert!(wait.look().await.unwrap_err().contains("its SHA-256 is"));
    std::fs::write(bench.path("dump"), "right").unwrap();
    assert_eq!(wait.look().await.unwrap()["bytes"], 5);
    std::fs::write(bench.path("dump"), "wrong").unwrap();
    bench.parts.clock.advance(86_400_000);
    let said = wait.look().await.unwrap_err();
    assert!(
        said.contains("failed to find the file after 86400 s") && said.contains("SHA"),
        "{said}"
    );
    assert!(
        bench
            .refused("file.wait", at(&bench, json!({"path": "{}/folder"})))
            .await
            .contains("no file")
    );
}

/// A wait that is polled as the engine polls it.
struct Waiting<'a> {
    step: &'a Step<'a>,
    context: Context,
    handle: Value,
}

impl<'a> Waiting<'a> {
    async fn begin(step: &'a Step<'a>) -> Self {
        let Executed::Accepted(handle) = step.act().await.unwrap() else { panic!("it is there") };
        Self { step, context: step.bench.parts.context(), handle }
    }

    /// The output, or what is said where there is none yet.
    async fn look(&mut self) -> Result<Value, String> {
        let Step { action, attempt, .. } = self.step;
        match action.poll(&self.context, attempt, &self.handle).await {
            Ok(Polled::Done(output)) => Ok(output),
            Ok(Polled::InProgress { handle, message, .. }) => {
                self.handle = handle;
                Err(message.unwrap())
            }
            Err(error) => Err(error.to_string()),
        }
    }
}
