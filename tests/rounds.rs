//! `repeat … until` and `notify` with the real binary: rounds over a crash and undone in reverse,
//! and messages that reach a receiver once.

use crate::home::Home;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::mpsc;

fn events(home: &Home, run: &str) -> Vec<Value> {
    let history = home.windlass(&["history", run, "--json"]).expect(0).stdout;
    history.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Each round appends its number to a file, and takes it away again when it is undone.
const ROUNDS: &str = r#"name: rounds
steps:
  - id: look
    run: |
      echo "+$ROUND" >> log
      [ "$ROUND" != 2 ] || while [ ! -e go ]; do sleep 0.02; done
      echo "state=$ROUND" >> "$WINDLASS_OUTPUT"
    env: { ROUND: "${{ item }}" }
    idempotent: true
    on_in_doubt: rerun
    repeat: { until: "outputs.outputs.state == '3'", max: 9, every: 10ms }
    compensate:
      uses: shell
      with: { run: 'echo "-$ROUND" >> log', env: { ROUND: "${{ item }}" } }
  - { id: told, uses: set, with: { state: "${{ steps.look.outputs.outputs.state }}" } }
"#;

fn log(home: &Home) -> Vec<String> {
    let text = std::fs::read_to_string(home.path().join("log")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_crash_goes_on_in_the_right_round_and_a_rollback_undoes_them_in_reverse() {
    let home = Home::new();
    home.file("rounds.yaml", ROUNDS);
    let mut start = home.command(&["start", "rounds.yaml", "--json"]);
    let mut child = start.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let begun = lines.find(|line| {
        let event: Value = serde_json::from_str(line).unwrap();
        event["type"] == "attempt_accepted" && event["step"] == "look[2]"
    });
    let run: Value = serde_json::from_str(&begun.unwrap()).unwrap();
    let run = run["run"].as_str().unwrap().to_owned();
    child.kill().unwrap();
    child.wait().unwrap();
    home.file("go", "");
    home.windlass(&["resume", &run, "--json"]).expect(0);
    let done = log(&home);
    assert_eq!(done.iter().filter(|line| *line == "+1").count(), 1, "{done:?}");
    assert_eq!(done.last().unwrap(), "+3", "{done:?}");
    let all = events(&home, &run);
    let told = all.iter().find(|event| event["step"] == "told").unwrap();
    assert_eq!(told["output"], json!({ "state": "3" }));
    let shown = home.windlass(&["show", &run]).expect(0).stdout;
    assert!(shown.contains("look[3]") && !shown.contains("look[4]"), "{shown}");
    home.windlass(&["rollback", &run, "--yes", "--json"]).expect(5);
    assert_eq!(log(&home)[done.len()..], ["-3", "-2", "-1"]);
}

#[test]
fn rounds_that_are_not_enough_fail_the_step_with_what_was_asked() {
    let home = Home::new();
    home.file("go", "");
    home.file("rounds.yaml", &ROUNDS.replace("'3'", "'30'").replace("max: 9", "max: 2"));
    let said = home.windlass(&["start", "rounds.yaml"]).expect(1);
    let said = format!("{}{}", said.stdout, said.stderr);
    assert!(said.contains("does not hold after 2 rounds"), "{said}");
    let plan = home.windlass(&["plan", "rounds.yaml"]).expect(0).stdout;
    assert!(plan.contains("at most 2 times") && !plan.contains("look[2]"), "{plan}");
}

/// Answers every request with a status, and passes its body on.
fn receiver(status: u16) -> (String, mpsc::Receiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/hook", listener.local_addr().unwrap());
    let (bodies, heard) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut length = 0;
            let mut line = String::new();
            while reader.read_line(&mut line).unwrap_or(0) > 2 {
                if let Some((name, value)) = line.split_once(':')
                    && name.eq_ignore_ascii_case("content-length")
                {
                    length = value.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let answer =
                format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            drop(stream.write_all(answer.as_bytes()));
            if bodies.send(serde_json::from_slice(&body).unwrap()).is_err() {
                return;
            }
        }
    });
    (address, heard)
}

const TOLD: &str = r#"name: told
steps:
  - id: ask
    uses: approve
    with: { prompt: "Is it tested?" }
    notify:
      on: waiting
      uses: notify.slack
      with:
        webhook: "${{ env.secrets.hook }}"
        text: "${{ run.workflow }} asks: ${{ notice.says }}"
  - id: deploy
    run: exit 7
    notify:
      - on: [start, failure]
        uses: notify.slack
        with:
          webhook: "${{ env.secrets.hook }}"
          text: "${{ notice.step }} ${{ notice.on }}: ${{ notice.says }}"
"#;

fn told_home(address: &str) -> Home {
    let home = Home::new();
    home.file("hook", address);
    let hook = home.path().join("hook");
    home.file(
        "environments/team.yaml",
        &format!("confirm: strict\nsecrets: {{ hook: \"file:{}\" }}\n", hook.display()),
    );
    home.file("told.yaml", TOLD);
    home
}

#[test]
fn people_are_told_once_of_what_a_step_waits_for_and_how_it_failed() {
    let (address, heard) = receiver(200);
    let home = told_home(&address);
    let words = ["start", "told.yaml", "--env", "team", "--exit-when-waiting", "--json"];
    let run = home.windlass(&words).expect(4).json()["run"].as_str().unwrap().to_owned();
    assert_eq!(heard.recv().unwrap()["text"], "told asks: Is it tested?");
    home.windlass(&["answer", &run, "ask", "--yes", "--json"]).expect(1);
    assert_eq!(heard.recv().unwrap()["text"], "deploy start: it begins");
    let failed = heard.recv().unwrap()["text"].as_str().unwrap().to_owned();
    assert!(failed.starts_with("deploy failure: failed to run the script"), "{failed}");
    assert!(heard.try_recv().is_err(), "each once");
    let all = events(&home, &run);
    let notified: Vec<&Value> = all.iter().filter(|e| e["type"] == "step_notified").collect();
    assert_eq!(notified.len(), 3);
    assert!(notified.iter().all(|event| event["sent"] == true), "{notified:?}");
    let last = all.last().unwrap();
    assert_eq!(last["type"], "run_failed", "told before the run stands still");
    let history = home.windlass(&["history", &run]).expect(0).stdout;
    assert!(history.contains("told people (failure)"), "{history}");
    assert!(!history.contains(&address), "the address is a secret");
    home.windlass(&["history", &run, "--verify"]).expect(0);
}

#[test]
fn a_receiver_that_refuses_fails_nothing_and_is_told_of() {
    let (address, _heard) = receiver(403);
    let home = told_home(&address);
    home.file("told.yaml", &TOLD.replace("exit 7", "'true'"));
    let words = ["start", "told.yaml", "--env", "team", "--exit-when-waiting", "--json"];
    let run = home.windlass(&words).expect(4).json()["run"].as_str().unwrap().to_owned();
    home.windlass(&["answer", &run, "ask", "--yes", "--json"]).expect(0);
    let all = events(&home, &run);
    let notified: Vec<&Value> = all.iter().filter(|e| e["type"] == "step_notified").collect();
    assert_eq!(notified.len(), 2);
    assert!(notified.iter().all(|event| event["sent"] == false), "{notified:?}");
    assert!(notified[0]["why"].as_str().unwrap().contains("403"), "{notified:?}");
}
