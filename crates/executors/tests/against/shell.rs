//! Scripts: real processes, real kills, nothing left running.

use crate::support::context::{Kept, Known, Parts, attempt};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use windlass_executors::shell::shapes::Handle;
use windlass_executors::{Deps, registry};
use windlass_model::{Environment, Failure};
use windlass_ports::action::HandleKeeper;
use windlass_ports::{
    Action, ActionError, Attempt, BoxFuture, Context, Executed, Outcome, Polled, Probed, Secrets,
};
use windlass_sys::{ProcessId, env, tree::Tree};

struct Bench {
    parts: Parts,
    folder: tempfile::TempDir,
    attempt: Attempt,
}

static ATTEMPTS: AtomicU64 = AtomicU64::new(1);

/// Never the same in two tests, nor in two runs of them.
fn number() -> u128 {
    let count = u128::from(ATTEMPTS.fetch_add(1, Ordering::Relaxed));
    let own = ProcessId::current().unwrap();
    (u128::from(own.start()) << 64) | (u128::from(own.pid()) << 32) | count
}

fn action(state: &Path, parts: &Parts) -> Arc<dyn Action> {
    let deps = Deps {
        clock: parts.clock(),
        secrets: Arc::clone(&parts.secrets) as Arc<dyn Secrets>,
        state_dir: state.to_owned(),
        http: None,
    };
    Arc::clone(registry(&Environment::default(), deps).unwrap().action("shell").unwrap())
}

impl Bench {
    fn new(run: &str) -> Self {
        Self::with(json!({"run": run}))
    }

    fn with(mut input: Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        if input["dir"].is_null() {
            input["dir"] = json!(folder.path().to_str().unwrap());
        }
        let secrets =
            Known::of(&[("password", "CANARY-pass"), ("key", "-----\nCANARY-line\n-----")]);
        let attempt = attempt(input, number());
        Self { parts: Parts::new(Default::default(), secrets), folder, attempt }
    }

    fn action(&self) -> Arc<dyn Action> {
        action(self.folder.path(), &self.parts)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn run(&self) -> Outcome<Executed> {
        self.run_in(self.parts.context()).await
    }

    async fn run_in(&self, context: Context) -> Outcome<Executed> {
        self.action().execute(&context, &self.attempt).await
    }

    async fn done(&self) -> Value {
        match self.run().await {
            Ok(Executed::Done(output)) => output,
            other => panic!("{other:?}"),
        }
    }

    async fn probe(&self, handle: Option<&Value>) -> Probed {
        let context = self.parts.context();
        self.action().probe(&context, &self.attempt, handle).await.unwrap()
    }

    fn tree(&self, handle: &Value) -> Tree {
        let handle: Handle = serde_json::from_value(handle.clone()).unwrap();
        let mark = format!("WINDLASS_ATTEMPT={}", self.attempt.request_id);
        Tree { leader: handle.process, mark }
    }

    fn nothing_is_left(&self) {
        let kept = self.parts.kept.0.lock().unwrap().clone();
        assert!(self.tree(kept.last().unwrap()).living().unwrap().is_empty());
    }
}

/// The text of every file below a folder.
fn walk(folder: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts.extend(walk(&path));
        } else {
            texts.push(String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned());
        }
    }
    texts
}

fn failure(result: Outcome<Executed>) -> Failure {
    match result {
        Err(ActionError::Permanent(failure) | ActionError::Transient(failure)) => failure,
        other => panic!("{other:?}"),
    }
}

/// Waits for a condition; a minute is more than any machine needs for these.
async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    };
    let ended = tokio::time::timeout(std::time::Duration::from_secs(60), waiting).await;
    assert!(ended.is_ok(), "never: {what}");
}

#[tokio::test]
async fn a_script_streams_its_lines_and_gives_its_outputs() {
    let bench = Bench::with(json!({
        "run": "echo one; echo two >&2; echo \"version=$V\" >>\"$WINDLASS_OUTPUT\"; printf three",
        "env": {"V": 7.5},
    }));
    let output = bench.done().await;
    let wanted =
        json!({"exit_status": 0, "stdout": "one\ntwo\nthree", "outputs": {"version": "7.5"}});
    assert_eq!(output, wanted);
    assert_eq!(bench.parts.printed.lines(), ["one", "two", "three"]);
    bench.nothing_is_left();
}

#[tokio::test]
async fn secrets_reach_the_script_and_nobody_else() {
    let bench = Bench::with(json!({
        "run": "echo \"p=$P\"; echo \"$K\"; echo \"out=$P\" >>\"$WINDLASS_OUTPUT\"; [ ${#P} = 11 ]",
        "env": {"P": {"$secret": "password"}, "K": {"$secret": "key"}},
    }));
    let output = bench.done().await;
    assert_eq!(output["stdout"], "p=***\n***\n***\n***");
    assert_eq!(output["outputs"]["out"], "***");
    let printed = bench.parts.printed.lines().join("\n");
    assert!(!printed.contains("CANARY") && !output.to_string().contains("CANARY"));
    let traces = walk(bench.folder.path());
    assert!(!traces.is_empty() && traces.iter().all(|text| !text.contains("CANARY")), "on disk");
    let failing = Bench::with(json!({
        "run": "echo \"bad $P\"; exit 3", "env": {"P": {"$secret": "password"}},
    }));
    let said = failure(failing.run().await);
    assert_eq!(said.code, "exit_status");
    assert!(said.message.ends_with("exit status 3; its last words: bad ***"), "{}", said.message);
}

#[tokio::test]
async fn the_environment_is_what_the_file_says_and_little_else() {
    let bench = Bench::with(json!({"run": "env | sort", "env": {"OWN": true}}));
    let output = bench.done().await;
    let text = output["stdout"].as_str().unwrap();
    assert!(text.contains("OWN=true") && text.contains("PATH="), "{text}");
    assert!(!text.contains("CARGO"), "cargo's variables stay out: {text}");
    assert!(!text.contains("WINDLASS_GATE"), "{text}");
}

#[tokio::test]
async fn the_first_command_that_fails_ends_the_script_and_75_asks_to_be_tried_again() {
    let bench = Bench::new("false; touch reached");
    assert!(matches!(bench.run().await, Err(ActionError::Permanent(_))));
    assert!(!bench.path("reached").exists());
    assert!(matches!(Bench::new("exit 75").run().await, Err(ActionError::Transient(_))));
    let missing = Bench::with(json!({"run": "true", "shell": "no-such-shell"}));
    assert_eq!(failure(missing.run().await).code, "exit_status");
    let nowhere = Bench::with(json!({"run": "true", "dir": "/no/such/folder"}));
    assert_eq!(failure(nowhere.run().await).code, "spawn");
    let named = Bench::with(json!({"run": "true", "env": {"WINDLASS_X": "1", "a-b": "2"}}));
    assert_eq!(failure(named.run().await).code, "input");
    assert_eq!(named.action().check(&Default::default(), &named.attempt.input).len(), 2);
}

#[tokio::test]
async fn a_timeout_ends_the_whole_tree() {
    let bench = Bench::new("(setsid sleep 600 &) ; sleep 600 & echo up; sleep 600");
    let deadline = bench.parts.clock();
    let mut context = bench.parts.context();
    context.deadline = Some(deadline.now().after(5_000));
    let clock = bench.parts.clock.clone();
    let too_late = async {
        until("the script is up", || bench.parts.printed.lines().contains(&"up".to_owned())).await;
        clock.advance(5_000);
    };
    let (result, ()) = tokio::join!(bench.run_in(context), too_late);
    let said = failure(result);
    assert_eq!(said.code, "timeout");
    assert!(said.message.contains("its last words: up"), "{}", said.message);
    bench.nothing_is_left();
}

#[tokio::test]
async fn what_a_script_leaves_in_the_background_ends_with_it() {
    let bench = Bench::new("sleep 600 & echo done");
    assert_eq!(bench.done().await["stdout"], "done");
    bench.nothing_is_left();
}

#[tokio::test]
async fn output_without_end_is_bounded_and_long_lines_are_cut() {
    let bench = Bench::new(
        "yes 0123456789 | head -c 3000000; head -c 300000 /dev/zero | tr '\\0' x; echo; echo end",
    );
    let output = bench.done().await;
    let text = output["stdout"].as_str().unwrap();
    assert!(text.len() <= 4_096 && text.ends_with("end"), "{}", text.len());
    let lines = bench.parts.printed.lines();
    assert!(lines.iter().all(|line| line.chars().count() <= 2_001));
    assert_eq!(lines.last().unwrap(), "end");
}

/// A keeper that looks whether the script waits, or refuses.
struct Strict {
    begun: PathBuf,
    refuse: bool,
    kept: Arc<Kept>,
}

impl HandleKeeper for Strict {
    fn keep(&self, handle: Value) -> BoxFuture<'_, Result<(), ActionError>> {
        assert!(!self.begun.exists(), "the script began before its handle was durable");
        let refused = Failure::transient("store", "failed to keep: the store is away");
        Box::pin(async move {
            self.kept.keep(handle).await?;
            if self.refuse { Err(ActionError::Transient(refused)) } else { Ok(()) }
        })
    }
}

#[tokio::test]
async fn the_gate_opens_after_the_handle_is_durable_and_stays_shut_otherwise() {
    for refuse in [false, true] {
        let bench = Bench::new("touch ran");
        let mut context = bench.parts.context();
        let kept = Arc::clone(&bench.parts.kept);
        context.handles = Arc::new(Strict { begun: bench.path("ran"), refuse, kept });
        let result = bench.run_in(context).await;
        assert_eq!(result.is_err(), refuse, "{result:?}");
        assert_eq!(bench.path("ran").exists(), !refuse);
        bench.nothing_is_left();
    }
}

#[tokio::test]
async fn a_call_that_is_let_go_leaves_nothing_running() {
    let bench = Bench::new("echo up; sleep 600");
    let context = bench.parts.context();
    let running = bench.run_in(context);
    let up = until("the script is up", || !bench.parts.printed.lines().is_empty());
    tokio::select! {
        result = running => panic!("{result:?}"),
        () = up => {}
    }
    bench.nothing_is_left();
    let handle = bench.parts.kept.0.lock().unwrap()[0].clone();
    assert!(matches!(bench.probe(Some(&handle)).await, Probed::Unknown(_)));
}

#[tokio::test]
async fn a_look_at_a_script_of_this_process_does_not_end_it() {
    let bench = Bench::new("echo up; while [ ! -e go ]; do :; done; echo gone");
    let action = bench.action();
    let context = bench.parts.context();
    let running = action.execute(&context, &bench.attempt);
    let look = async {
        until("the script is up", || !bench.parts.printed.lines().is_empty()).await;
        let handle = bench.parts.kept.0.lock().unwrap()[0].clone();
        let polled = action.poll(&context, &bench.attempt, &handle).await.unwrap();
        assert!(matches!(polled, Polled::InProgress { .. }), "{polled:?}");
        std::fs::write(bench.path("go"), "").unwrap();
    };
    let (result, ()) = tokio::join!(running, look);
    assert!(matches!(result, Ok(Executed::Done(_))), "{result:?}");
}

/// Runs in a process of its own, which the tests below kill; anywhere else it has nothing to do. It
/// keeps its handle in a file.
#[tokio::test]
async fn child_process() {
    let Some(folder) = env::var("TEST_FOLDER").map(PathBuf::from) else { return };
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let input: Value = serde_json::from_str(&read("input")).unwrap();
    let attempt = attempt(input, read("number").parse().unwrap());
    let parts = Parts::new(Default::default(), Known::of(&[]));
    let mut context = parts.context();
    context.handles = Arc::new(InFile(folder.clone()));
    let result = action(&folder, &parts).execute(&context, &attempt).await;
    std::fs::write(folder.join("result"), format!("{result:?}")).unwrap();
}

struct InFile(PathBuf);

impl HandleKeeper for InFile {
    fn keep(&self, handle: Value) -> BoxFuture<'_, Result<(), ActionError>> {
        Box::pin(async move {
            std::fs::write(self.0.join("handle.part"), handle.to_string()).unwrap();
            std::fs::rename(self.0.join("handle.part"), self.0.join("handle")).unwrap();
            until("it may go on", || !self.0.join("hold").exists()).await;
            Ok(())
        })
    }
}

/// Starts the child, waits for a file, kills the child with SIGKILL, and gives the handle that it
/// kept.
async fn killed_when(bench: &Bench, there: &str) -> Value {
    std::fs::write(bench.path("input"), bench.attempt.input.to_string()).unwrap();
    std::fs::write(bench.path("number"), bench.attempt.request_id.0.as_u128().to_string()).unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "shell::child_process", "--test-threads=1"])
        .env("TEST_FOLDER", bench.folder.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    until(there, || bench.path(there).exists()).await;
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!bench.path("result").exists(), "it was killed before its end");
    serde_json::from_str(&std::fs::read_to_string(bench.path("handle")).unwrap()).unwrap()
}

#[tokio::test]
async fn killed_at_the_gate_nothing_ran_and_the_child_goes_away_by_itself() {
    let bench = Bench::new("touch ran");
    std::fs::write(bench.path("hold"), "").unwrap();
    let handle = killed_when(&bench, "handle").await;
    let tree = bench.tree(&handle);
    until("the child at the gate goes away", || tree.living().unwrap().is_empty()).await;
    assert_eq!(bench.probe(None).await, Probed::Absent, "no handle: the gate was never opened");
    assert_eq!(bench.probe(Some(&handle)).await, Probed::Absent, "a handle, and nothing began");
    assert!(!bench.path("ran").exists());
}

#[tokio::test]
async fn killed_at_work_the_script_is_reaped_and_a_human_is_asked() {
    let bench = Bench::new("(setsid sleep 600 &) ; sleep 600 & touch up; sleep 600; touch ended");
    let handle = killed_when(&bench, "up").await;
    let tree = bench.tree(&handle);
    assert!(tree.living().unwrap().len() >= 3, "kill -9 of windlass alone ends nothing");
    match bench.probe(Some(&handle)).await {
        Probed::Unknown(why) => assert!(why.contains("were ended"), "{why}"),
        other => panic!("{other:?}"),
    }
    assert!(tree.living().unwrap().is_empty());
    assert!(!bench.path("ended").exists());
}

#[tokio::test]
async fn killed_at_work_a_script_that_ends_by_itself_is_known_to_have_ended() {
    let run = "touch up; until [ -e go ]; do :; done; yes | head -c 500000; echo k=v \
     >>\"$WINDLASS_OUTPUT\"";
    for (last, done) in [("true", true), ("exit 4", false)] {
        let bench = Bench::new(&format!("{run}; {last}"));
        let handle = killed_when(&bench, "up").await;
        std::fs::write(bench.path("go"), "").unwrap();
        let tree = bench.tree(&handle);
        until("the script ends by itself", || tree.living().unwrap().is_empty()).await;
        match bench.probe(Some(&handle)).await {
            Probed::Done(output) if done => assert_eq!(output["outputs"]["k"], "v"),
            Probed::Failed(failure) if !done => assert_eq!(failure.code, "exit_status"),
            other => panic!("{other:?}"),
        }
        let polled = bench.action().poll(&bench.parts.context(), &bench.attempt, &handle).await;
        assert_eq!(matches!(polled, Ok(Polled::Done(_))), done);
    }
}

#[tokio::test]
async fn after_a_reboot_a_missing_trace_proves_nothing() {
    let bench = Bench::new("touch ran");
    let handle = json!({"process": "another-boot/1/2"});
    assert!(matches!(bench.probe(Some(&handle)).await, Probed::Unknown(_)));
}
