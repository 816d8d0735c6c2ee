//! Whole runs on this machine: what each child may see, and that no log, output, verb or file says
//! a secret.

use super::execs::{self, Exec};
use super::place::{Guarded, VAULT};
use super::search::files;
use super::words::{Canary, DATABASE, HEADER, HOOK, MAIL, PAT, SCRIPT, sung};
use crate::stage::{Ended, expect_code};
use std::collections::BTreeSet;
use std::path::Path;

/// What the database server writes for itself.
const SERVER_FILES: &str = "postgres/data";

/// What the release does beside releasing: everything that takes a secret, and much that repeats
/// it.
const MORE: &str = r#"
  - id: restore
    uses: postgres.restore
    if: steps.migrations.outputs.any
    with:
      file: ${{ env.root }}/backups/${{ env.old_database }}-${{ inputs.version }}.dump
      to: shopagain

  - id: script
    run: |
      echo "it is $STEP_SECRET"
      printf 'user:%s' "$STEP_SECRET" | base64 >&2
      echo "kept=$STEP_SECRET" >>"$WINDLASS_OUTPUT"
    env: { STEP_SECRET: "${{ env.secrets.script }}" }

  - id: parrot
    uses: test.parrot/say
    with: { word: plugin }

  - id: hook
    uses: notify.webhook
    with: { webhook: hook, signing_key: signing, text: released for all to hear }

  - id: chat
    uses: notify.slack
    with: { webhook: hook, text: released for all to hear }

  - id: mail
    uses: notify.email
    with: { to: [ann@example.com], subject: Live, text: It is }

  - id: refused_mail
    uses: notify.email
    with: { to: [ann@example.com], subject: Live, text: It still is }

  - id: request
    uses: http.request
    with:
      method: POST
      url: ECHO
      headers: { X-Api-Key: "${{ env.secrets.header }}" }
      body: { key: "${{ env.secrets.header }}" }
      outputs: { said: key }
    compensate: { uses: none, reason: nothing was changed }

  - id: secret_request
    uses: http.request
    with: { secret_url: hook, outputs: { said: path } }
"#;

/// Runs that fail: a remote that has moved, one that refuses, an answer that is not as expected, a
/// wrong password.
const WRONG: [(&str, &str); 4] = [
    (
        "guarded.yaml",
        "resources: { moved: git.repository }\nsteps:\n  - id: fetch\n    \
         uses: git.clone_or_update\n    with: { repository: moved, branch: main }\n",
    ),
    (
        "guarded.yaml",
        "resources: { refused: git.repository }\nsteps:\n  - id: fetch\n    \
         uses: git.clone_or_update\n    with: { repository: refused, branch: main }\n    \
         retry: { max_attempts: 1 }\n",
    ),
    (
        "guarded.yaml",
        "steps:\n  - id: ask\n    uses: http.request\n    with:\n      url: ECHO\n      \
         headers: { X-Api-Key: \"${{ env.secrets.header }}\" }\n      \
         expect: { json: { key: well } }\n",
    ),
    (
        "wrong.yaml",
        "resources: { prod: postgres.database }\nsteps:\n  - id: ask\n    \
         uses: postgres.query\n    with: { database: prod, sql: select 1 as one }\n",
    ),
];

/// Whether a program may see a secret in its environment: it cannot do its work without. Git hands
/// its settings on to its own programs; a service's secrets are what its binding gives it.
fn may_see(exec: &Exec, canary: Canary, variable: &str) -> bool {
    match (canary, variable) {
        (PAT, "GIT_CONFIG_VALUE_0") => exec.name().starts_with("git"),
        (DATABASE, "PGPASSWORD") => {
            ["pg_dump", "pg_restore"].contains(&exec.name()) || exec.has("WINDLASS_SERVICE=")
        }
        (SCRIPT, "STEP_SECRET") => exec.has("WINDLASS_OUTPUT="),
        _ => false,
    }
}

/// Which secrets the programs saw; panics where one saw what it needs not.
fn seen(execs: &[Exec]) -> BTreeSet<Canary> {
    let mut all = BTreeSet::new();
    // The first one is windlass, which reads some secrets from its own variables.
    for exec in &execs[1..] {
        for argument in &exec.arguments {
            assert_eq!(sung(argument), [], "an argument of {}: {argument}", exec.program);
        }
        for (variable, text) in exec.variables.iter().filter_map(|v| v.split_once('=')) {
            for canary in sung(text) {
                let name = canary.name;
                let program = &exec.program;
                assert!(may_see(exec, canary, variable), "{program} sees {name} in {variable}");
                all.insert(canary);
            }
        }
    }
    all
}

struct Heard {
    guarded: Guarded,
    all: Vec<(String, Ended)>,
    seen: BTreeSet<Canary>,
    programs: BTreeSet<String>,
}

impl Heard {
    /// Runs a command to its end and looks at all that it began.
    fn run(&mut self, words: &[&str], code: i32) {
        let log = self.guarded.path(&format!("{VAULT}/execs.{}", self.all.len()));
        let ended = self.guarded.windlass(words).run_watched(&log).unwrap();
        expect_code(&ended, code, words[0]).unwrap();
        let execs = execs::read(&log);
        assert!(execs[0].name().starts_with("windlass"), "{execs:?}");
        self.seen.extend(seen(&execs));
        self.programs.extend(execs.iter().map(|exec| exec.name().to_owned()));
        self.all.push((words.join(" "), ended));
    }
}

#[test]
fn a_whole_run_tells_its_secrets_to_nobody_who_does_not_need_them() {
    let guarded = Guarded::set_up();
    let echo = format!("{}/echo", guarded.receiver.address);
    let release = guarded.release(&MORE.replace("ECHO", &echo));
    let release = release.display().to_string();
    let mut heard =
        Heard { guarded, all: Vec::new(), seen: BTreeSet::new(), programs: BTreeSet::new() };
    let confirmed = ["--yes", "--confirm", "delete_old=old", "--confirm", "confirmed=shopold"];
    let start = ["start", &release, "--env", "guarded.yaml", "--json"];
    heard.run(&[&start[..], &confirmed].concat(), 0);
    let run = heard.guarded.place.run().unwrap().unwrap().0;
    for (number, (environment, steps)) in WRONG.into_iter().enumerate() {
        let file = heard.guarded.path(&format!("wrong{number}.yaml"));
        let text = format!("name: wrong{number}\n{}", steps.replace("ECHO", &echo));
        std::fs::write(&file, text).unwrap();
        heard.run(&["start", &file.display().to_string(), "--env", environment], 1);
    }
    for words in [
        vec!["show", &run],
        vec!["show", &run, "--json"],
        vec!["history", &run],
        vec!["history", &run, "--json"],
        vec!["list"],
        vec!["graph", &run],
        vec!["plan", &release, "--env", "guarded.yaml"],
        vec!["doctor", "--env", "guarded.yaml"],
        vec!["export", &run, "--output", "exported.jsonl"],
    ] {
        heard.run(&words, 0);
    }

    let Heard { guarded, all, seen, programs } = heard;
    assert!(all[1].1.stderr.contains("it has moved"), "{}", all[1].1.stderr);
    let heard = guarded.receiver.heard();
    assert!(heard.contains("/moved.git") && !heard.contains("/stolen.git"), "{heard}");
    let used = format!("{heard}\n{}", guarded.mail.heard());
    for canary in [PAT, HOOK, HEADER, MAIL] {
        assert!(sung(&used).contains(&canary), "{} was not used", canary.name);
    }
    assert_eq!(seen, BTreeSet::from([PAT, DATABASE, SCRIPT]), "{programs:?}");
    for name in ["pg_dump", "pg_restore", "git-remote-http", "windlass-action-test.parrot", "psql"]
    {
        assert!(programs.contains(name), "{name} was not watched: {programs:?}");
    }
    assert!(all[0].1.stderr.lines().count() > 100, "a trace says more: {}", all[0].1.stderr);
    for (words, ended) in &all {
        assert_eq!(sung(&ended.stdout), [], "`{words}` gives {}", ended.stdout);
        assert_eq!(sung(&ended.stderr), [], "`{words}` says {}", ended.stderr);
    }
    assert!(all.iter().any(|(_, ended)| ended.stdout.contains("***")), "nothing was struck out");
    let mut public = BTreeSet::new();
    let may_know = |path: &Path| path.ends_with(VAULT) || path.ends_with(SERVER_FILES);
    files(guarded.place.home(), &may_know, &mut |path, text| {
        assert_eq!(sung(text), [], "in the file {}", path.display());
        if text.contains("released for all to hear") {
            public.insert(path.extension().is_some());
        }
    });
    assert_eq!(public.len(), 2, "what is no secret is found in the store and in the export");
}
