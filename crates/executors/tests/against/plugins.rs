//! Plug-ins that behave badly, or that are given something to keep: scripts of a few lines.

use crate::support::context::{Known, Parts, attempt, bindings};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use windlass_executors::plugin::program::Program;
use windlass_executors::plugin::shelf::Shelf;
use windlass_ports::{Action, ActionError, Attempt, Context, Executed, Polled, Probed};

/// No two tests mark their processes alike.
static ATTEMPTS: AtomicU64 = AtomicU64::new(0);

struct Stage {
    folder: tempfile::TempDir,
    parts: Parts,
    action: Arc<dyn Action>,
}

/// A plug-in that offers one action and answers anything else by these lines of shell, which find
/// the request in `$r`.
async fn stage(offer: Value, lines: &str) -> Stage {
    let folder = tempfile::tempdir().unwrap();
    let mut spec = json!({"type": "spec", "protocol": 1, "actions": [{
        "verb": "go", "summary": "Goes.", "input": {"type": "object"}, "class": "irreversible",
    }]});
    for (key, value) in offer.as_object().unwrap() {
        match key.as_str() {
            "environment" => spec[key] = value.clone(),
            _ => spec["actions"][0][key] = value.clone(),
        }
    }
    let path = folder.path().join("windlass-action-test.plug");
    let spec = spec.to_string();
    let script = format!(
        "#!/bin/sh\nIFS= read -r r || exit 1\ncd {}\n\
         case $r in *'\"call\":\"spec\"'*) cat <<'END'\n{spec}\nEND\nexit ;; esac\n{lines}\n",
        folder.path().display()
    );
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let program = Program::at(&path).unwrap();
    let secrets = Known::of(&[("pat", "canary-1234"), ("other", "unsung")]);
    let (web, db) = (json!({"site": "w"}), json!({"name": "d"}));
    let bound = [("web", "azure.app_service", web), ("db", "azure.sql_database", db)];
    let parts = Parts::new(bindings(&bound), secrets);
    let action = Shelf::default().actions(&program).await.unwrap().remove(0);
    Stage { folder, parts, action }
}

impl Stage {
    fn attempt(&self, input: Value) -> Attempt {
        let number = ATTEMPTS.fetch_add(1, Ordering::Relaxed);
        attempt(input, u128::from(std::process::id()) << 64 | u128::from(number))
    }

    fn context(&self) -> Context {
        self.parts.context()
    }

    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    async fn execute(&self, input: Value) -> Result<Executed, ActionError> {
        self.action.execute(&self.context(), &self.attempt(input)).await
    }
}

const DONE: &str = "echo '{\"type\":\"done\"}'";

#[tokio::test]
async fn a_child_sees_a_clean_environment_and_what_its_spec_asks_for() {
    let env = format!("env | cut -d= -f1 | sort >seen\n{DONE}");
    let clean = stage(json!({}), &env).await;
    clean.execute(json!({})).await.unwrap();
    let seen = clean.file("seen");
    // The shell adds its own.
    let own = ["HOME", "LANG", "OLDPWD", "PATH", "PWD", "SHLVL", "WINDLASS_ATTEMPT", "_"];
    assert!(seen.lines().all(|name| own.contains(&name)), "{seen}");
    let asks = stage(json!({"environment": ["CARGO_MANIFEST_DIR"]}), &env).await;
    asks.execute(json!({})).await.unwrap();
    assert!(asks.file("seen").contains("CARGO_MANIFEST_DIR"));
}

#[tokio::test]
async fn a_secret_goes_in_where_the_input_names_one_and_comes_out_nowhere() {
    let schema = json!({"type": "object", "properties": {
        "token": {"type": "string", "x-secret": true}, "text": {"type": "string"},
        "app": {"type": "string", "x-resource": "azure.app_service"},
    }});
    let lines = "echo \"$r\" >asked; tr '\\0' ' ' </proc/$$/cmdline >words; env >variables\n\
        echo 'logged canary-1234' >&2\n\
        echo '{\"type\":\"progress\",\"percent\":40,\"message\":\"with canary-1234\"}'\n\
        echo '{\"type\":\"done\",\"output\":{\"said\":\"canary-1234!\"}}'";
    let output = json!({"type": "object", "properties": {"said": {"type": "string"}}});
    let stage = stage(json!({"input": schema, "output": output}), lines).await;
    let input = json!({"token": {"$secret": "pat"}, "text": "other", "app": "web"});
    let done = stage.execute(input).await.unwrap();
    assert_eq!(done, Executed::Done(json!({"said": "***!"})));
    let asked: Value = serde_json::from_str(&stage.file("asked")).unwrap();
    assert_eq!(asked["input"], json!({"token": "canary-1234", "text": "other", "app": "web"}));
    assert_eq!(asked["resources"].as_object().unwrap().len(), 1, "only what the input names");
    assert_eq!(asked["resources"]["web"]["settings"]["site"], "w");
    for place in ["words", "variables"] {
        assert!(!stage.file(place).contains("canary"), "{place}");
    }
    let printed = stage.parts.printed.lines();
    assert_eq!(printed.len(), 2, "{printed:?}");
    assert!(printed.iter().all(|line| line.contains("***") && !line.contains("canary")));
    let refused = stage.execute(json!({"text": {"$secret": "pat"}})).await.unwrap_err();
    assert!(matches!(&refused, ActionError::Permanent(f) if f.message.contains("/text")));
}

#[tokio::test]
async fn its_time_is_over_for_the_whole_tree() {
    let lines = "(setsid sleep 7654 & echo $! >child); while [ ! -s child ]; do :; done\n\
        echo up >&2; sleep 7654";
    let stage = stage(json!({}), lines).await;
    let mut context = stage.context();
    context.deadline = Some(stage.parts.clock().now().after(1_000));
    let attempt = stage.attempt(json!({}));
    let (ended, ()) = tokio::join!(stage.action.execute(&context, &attempt), async {
        while stage.parts.printed.lines().is_empty() {
            tokio::task::yield_now().await;
        }
        stage.parts.clock.advance(1_000);
    });
    assert!(matches!(&ended, Err(ActionError::InDoubt(why)) if why.contains("in time")));
    let child = stage.file("child");
    // It was killed; the kernel may take a moment until it is seen.
    let stat = || std::fs::read_to_string(format!("/proc/{}/stat", child.trim()));
    let gone = async {
        while stat().is_ok_and(|stat| !stat.contains(") Z ")) {
            tokio::task::yield_now().await;
        }
    };
    let patience = std::time::Duration::from_secs(10);
    assert!(tokio::time::timeout(patience, gone).await.is_ok(), "the child lives");
    let kept = stage.parts.kept.0.lock().unwrap().clone();
    assert!(kept[0]["process"].is_string(), "{kept:?}");
}

#[tokio::test]
async fn what_is_no_answer_leaves_doubt_and_says_why() {
    let cases = [
        ("echo oops >&2; exit 3", "exit status: 3; its last words: oops"),
        ("exit 0", "without an answer"),
        ("echo hello", "no answer"),
        ("echo '{\"type\":\"done\"}'; echo '{\"type\":\"done\"}'", "2 answers"),
        ("echo '{\"type\":\"done\"}'; exit 1", "exit status: 1"),
        ("echo '{\"type\":\"absent\"}'", "another's words"),
        ("echo '{\"type\":\"done\",\"output\":[1]}'", "no map"),
        ("head -c 3000000 /dev/zero | tr '\\0' x", "says more than"),
    ];
    for (lines, word) in cases {
        let stage = stage(json!({}), lines).await;
        let error = stage.execute(json!({})).await.unwrap_err();
        assert!(matches!(error, ActionError::InDoubt(_)), "{lines}: {error:?}");
        assert!(error.to_string().contains(word), "{lines}: {error}");
        let probed = stage.action.probe(&stage.context(), &stage.attempt(json!({})), None).await;
        // A probe that breaks down is looked at again; one that answers nonsense asks a human.
        match probed {
            Err(ActionError::Transient(_)) | Ok(Probed::Unknown(_) | Probed::Absent) => {}
            other => panic!("{lines}: {other:?}"),
        }
    }
    let no = "echo '{\"type\":\"failed\",\"message\":\"failed to go\",\"transient\":true}'";
    let error = stage(json!({}), no).await.execute(json!({})).await.unwrap_err();
    assert!(matches!(error, ActionError::Transient(f) if f.message == "failed to go"));
}

#[tokio::test]
async fn an_operation_is_followed_by_its_handle() {
    let lines = "case $r in\n\
        *execute*) echo '{\"type\":\"accepted\",\"handle\":{\"at\":1}}' ;;\n\
        *'\"handle\":{\"at\":1}'*) echo '{\"type\":\"in_progress\",\"handle\":{\"at\":2},\
        \"percent\":50,\"after\":\"7s\"}' ;;\n\
        *'\"handle\":{\"at\":2}'*) echo '{\"type\":\"done\"}' ;;\n\
        *) exit 9 ;; esac";
    let stage = stage(json!({}), lines).await;
    let (context, attempt) = (stage.context(), stage.attempt(json!({})));
    let Executed::Accepted(first) = stage.action.execute(&context, &attempt).await.unwrap() else {
        panic!("not accepted")
    };
    let polled = stage.action.poll(&context, &attempt, &first).await.unwrap();
    let Polled::InProgress { handle, percent: Some(50.0), after_ms: 7_000, .. } = polled else {
        panic!("{polled:?}")
    };
    let probed = stage.action.probe(&context, &attempt, Some(&first)).await.unwrap();
    assert_eq!(probed, Probed::InProgress(handle.clone()));
    let polled = stage.action.poll(&context, &attempt, &handle).await.unwrap();
    assert_eq!(polled, Polled::Done(json!({})));
}

#[tokio::test]
async fn effects_are_told_while_one_captures() {
    let lines = "echo asked >>calls\n\
        case $r in *effects*) echo '{\"type\":\"effects\",\"effects\":[{\"resource\":\"web\",\
        \"field\":\"running\",\"value\":false}]}' ;; *) exit 9 ;; esac";
    let stage = stage(json!({"effects": true}), lines).await;
    assert!(stage.action.spec().traits.captures);
    let (context, input) = (stage.context(), json!({}));
    let prepared = stage.action.capture(&context, &input).await.unwrap();
    assert_eq!(prepared.captured, None);
    let told = stage.action.effects(&context.bindings, &input);
    assert_eq!((told[0].resource.as_str(), told[0].field.as_str()), ("web", "running"));
    assert_eq!(stage.file("calls").lines().count(), 1, "the engine's loop never waits for it");
    assert_eq!(stage.action.effects(&context.bindings, &input), told, "whoever asks later waits");
}

#[tokio::test]
async fn a_spec_is_read_again_when_its_file_has_changed() {
    let stage = stage(json!({}), DONE).await;
    let path = stage.folder.path().join("windlass-action-test.plug");
    let program = Program::at(&path).unwrap();
    let shelf = Shelf::default();
    let first = shelf.describe(&program).await.unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"Goes.\"", "\"Goes, and comes back.\"")).unwrap();
    let second = shelf.describe(&program).await.unwrap();
    assert_ne!(first, second);
    std::fs::write(&path, "#!/bin/sh\necho '{\"type\":\"spec\",\"protocol\":2,\"actions\":[]}'\n")
        .unwrap();
    let error = shelf.describe(&program).await.unwrap_err().to_string();
    assert!(error.contains("version 2") && error.contains("test.plug"), "{error}");
}
