//! The local release's place with everything behind a secret: the database asks for a password, the
//! remote for a token, messages go to addresses that are secrets themselves.

use super::mail::MailServer;
use super::receiver::Receiver;
use super::words::{ALL, Canary, DATABASE, From, HOOK};
use crate::local_release::place::Place;
use crate::stage::Program;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Where the secrets lie that are read from files: the one place that may know them.
pub const VAULT: &str = "vault";

/// A plug-in that repeats what it is given, wherever it can.
const PARROT: &str = r#"#!/bin/sh
IFS= read -r request || exit 1
case $request in
*'"call":"spec"'*)
    echo '{"type": "spec", "protocol": 1, "actions": [{"verb": "say", "class": "read_only",
        "summary": "Repeats a word.", "guide": {"permissions": ["none"]},
        "input": {"type": "object", "required": ["word"],
            "properties": {"word": {"type": "string", "x-secret": true}}},
        "output": {"type": "object", "required": ["said"],
            "properties": {"said": {"type": "string"}}}}]}' | tr -d '\n'
    echo ;;
*'"call":"execute"'*)
    word=$(printf '%s' "$request" | sed 's/.*"word":"\([^"]*\)".*/\1/')
    echo "it is $word" >&2
    printf '{"type": "progress", "message": "it is %s"}\n' "$word"
    printf '{"type": "done", "output": {"said": "%s"}}\n' "$word" ;;
esac
"#;

/// What the shipped environment has not: a remote that refuses, one that has moved, a mail server,
/// secrets.
const OWN: &str = "  refused:
    kind: git.repository
    path: REFUSED
    url: ADDRESS/refusing.git
    token: pat
  moved:
    kind: git.repository
    path: REFUSED
    url: ADDRESS/moved.git
    token: pat
smtp:
  host: 127.0.0.1
  port: PORT
  tls: \"off\"
  from: Releases <releases@example.com>
  user: releases
  password: mail
secrets:
";

/// The place.
pub struct Guarded {
    /// What the shipped workflows made.
    pub place: Place,
    /// Whom it speaks to.
    pub receiver: Receiver,
    /// Who takes its mail.
    pub mail: MailServer,
}

fn changed(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "there is no `{from}` any more");
    text.replace(from, to)
}

impl Guarded {
    /// One with all that is released into, running.
    pub fn set_up() -> Self {
        let place = Place::set_up().unwrap();
        let receiver = Receiver::begin(&place.root());
        place.ask("git", &["-C", "remote.git", "config", "http.receivepack", "true"]).unwrap();
        let guarded = Self { place, receiver, mail: MailServer::begin() };
        guarded.close_the_database();
        guarded.hide();
        let environment = guarded.environment();
        std::fs::write(guarded.path("guarded.yaml"), &environment).unwrap();
        let wrong = changed(&environment, "password: database", "password: wrong");
        std::fs::write(guarded.path("wrong.yaml"), wrong).unwrap();
        guarded
    }

    /// A file or folder of its home.
    pub fn path(&self, name: &str) -> PathBuf {
        self.place.home().join(name)
    }

    /// The release as it is shipped, with more steps.
    pub fn release(&self, more: &str) -> PathBuf {
        let shipped = crate::home::repository("workflows/local/release_postgres.yaml");
        let file = self.path("release.yaml");
        std::fs::write(&file, std::fs::read_to_string(shipped).unwrap() + more).unwrap();
        file
    }

    /// A command of windlass that logs all it can, with the secrets that are variables.
    pub fn windlass(&self, words: &[&str]) -> Program {
        let path = std::env::var("PATH").unwrap();
        let path = format!("{}:{path}", self.path("bin").display());
        let program = self.place.windlass(words).with_env("WINDLASS_LOG", "trace");
        ALL.iter().fold(program.with_env("PATH", &path), |program, canary| match canary.from {
            From::Variable(name) => program.with_env(name, canary.word),
            From::File | From::Command => program,
        })
    }

    /// From here on nobody gets into the database without its password.
    fn close_the_database(&self) {
        let rules = self.place.root().join("postgres/data/pg_hba.conf");
        let text = std::fs::read_to_string(&rules).unwrap();
        std::fs::write(&rules, changed(&text, "trust", "scram-sha-256")).unwrap();
        let order =
            format!("alter role releases password '{}'; select pg_reload_conf()", DATABASE.word);
        self.place.ask("psql", &["--no-psqlrc", "-c", &order, "postgres"]).unwrap();
    }

    /// Puts the secrets that are no variables where they are read, and the plug-in onto the path.
    fn hide(&self) {
        for folder in [VAULT, "bin"] {
            std::fs::create_dir(self.path(folder)).unwrap();
        }
        for canary in ALL.iter().filter(|canary| !matches!(canary.from, From::Variable(_))) {
            let word = match canary.name == HOOK.name {
                true => format!("{}/hooks/{}", self.receiver.address, canary.word),
                false => canary.word.to_owned(),
            };
            std::fs::write(self.path(VAULT).join(canary.name), word + "\n").unwrap();
        }
        let parrot = self.path("bin/windlass-action-test.parrot");
        std::fs::write(&parrot, PARROT).unwrap();
        std::fs::set_permissions(&parrot, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// The shipped environment with its secrets.
    fn environment(&self) -> String {
        let text = std::fs::read_to_string(self.place.environment()).unwrap();
        let text = changed(&text, "user: releases\n", "user: releases\n  password: database\n");
        let variables = "PGDATABASE: shop }\n";
        let secret = format!("{variables}    secrets: {{ PGPASSWORD: database }}\n");
        let text = changed(&text, variables, &secret);
        let (remote, address) = (self.place.root().join("remote.git"), &self.receiver.address);
        let remote = format!("url: {}\n", remote.display());
        let opened = format!("url: {address}/remote.git\n    token: pat\n");
        let text = changed(&text, &remote, &opened);
        let own = OWN
            .replace("REFUSED", &self.path("refused").display().to_string())
            .replace("ADDRESS", address)
            .replace("PORT", &self.mail.port.to_string());
        let vault = self.path(VAULT);
        let secrets = ALL.iter().map(|one| format!("  {}: {}\n", one.name, source(one, &vault)));
        text + &own + &secrets.collect::<String>()
    }
}

fn source(canary: &Canary, vault: &Path) -> String {
    let file = vault.join(canary.name);
    match canary.from {
        From::Variable(name) => format!("env:{name}"),
        From::File => format!("file:{}", file.display()),
        From::Command => format!("\"command:cat {}\"", file.display()),
    }
}
