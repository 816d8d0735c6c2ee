//! One clone: runs git in it and understands its answers. It must not know any action.

use super::binding::RepositoryBinding;
use crate::change::failing::{in_doubt, permanent, transient};
use crate::child::run::{Program, Ran, run};
use crate::secret_ref;
use base64::Engine;
use std::path::Path;
use windlass_model::{RequestId, Timestamp};
use windlass_ports::{Context, Outcome, Secret};

/// Settings of our own: nothing asks, pages, paints or goes on in the background, and no address
/// can name a program to run.
const SETTINGS: [&str; 14] = [
    "-c",
    "core.pager=cat",
    "-c",
    "color.ui=false",
    "-c",
    "advice.detachedHead=false",
    "-c",
    "gc.auto=0",
    "-c",
    "maintenance.auto=false",
    "-c",
    "protocol.ext.allow=never",
    "-c",
    "core.quotePath=false",
];

/// Complaints that say that the remote was not reached: nothing was asked of it.
const UNREACHED: [&str; 8] = [
    "could not resolve host",
    "couldn't resolve host",
    "failed to connect",
    "couldn't connect",
    "could not connect",
    "connection refused",
    "connection timed out",
    "network is unreachable",
];

/// The complaint about a redirect that is not followed.
const MOVED: &str = "returned error: 30";

/// Complaints that trying again will not mend.
const REFUSED: [&str; 8] = [
    "authentication failed",
    "could not read username",
    "could not read password",
    "permission denied",
    "does not appear to be a git repository",
    "repository not found",
    "host key verification failed",
    "does not exist",
];

/// A clone, for one step.
pub struct Repository<'a> {
    ctx: &'a Context,
    /// Its binding.
    pub binding: RepositoryBinding,
    /// What people call it.
    pub name: String,
    key: RequestId,
    date: Option<Timestamp>,
}

impl<'a> Repository<'a> {
    /// The clone of a resource's name, whether it is there or not.
    pub fn find(ctx: &'a Context, name: &str, key: RequestId) -> Outcome<Self> {
        let binding = RepositoryBinding::find(&ctx.bindings, name)?;
        Ok(Self::bound(ctx, binding, name.to_owned(), key))
    }

    /// The clone of a binding.
    pub fn bound(
        ctx: &'a Context,
        binding: RepositoryBinding,
        name: String,
        key: RequestId,
    ) -> Self {
        Self { ctx, binding, name, key, date: None }
    }

    /// The same, which signs with a date: a commit made twice is the same commit then.
    #[must_use]
    pub fn dated(mut self, date: Timestamp) -> Self {
        self.date = Some(date);
        self
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        &self.binding.path
    }

    /// Runs git in the clone.
    pub async fn git(&self, arguments: &[&str]) -> Outcome<Ran> {
        let dir = Some(self.binding.path.clone());
        run(self.ctx, Program { dir, ..self.program(arguments) }).await
    }

    /// Runs git in the clone with something to read.
    pub async fn feed(&self, arguments: &[&str], input: &str) -> Outcome<Ran> {
        let dir = Some(self.binding.path.clone());
        let input = input.as_bytes().to_vec();
        run(self.ctx, Program { dir, input, ..self.program(arguments) }).await
    }

    /// Runs git in the clone, which must end well; `what` completes "failed to".
    pub async fn must(&self, what: &str, arguments: &[&str]) -> Outcome<String> {
        let ran = self.git(arguments).await?;
        if ran.is_good() { Ok(ran.text()) } else { self.failed(what, &ran) }
    }

    /// Runs git where it speaks with the remote, with the token that opens it.
    pub async fn reach(&self, arguments: &[&str], inside: bool) -> Outcome<Ran> {
        let mut program = self.program(arguments);
        program.dir = inside.then(|| self.binding.path.clone());
        if let Some(token) = &self.binding.token {
            let token = secret_ref::resolve(token, self.ctx.secrets.as_ref()).await?;
            let pair = format!("{}:{}", self.binding.user, token.expose());
            let pair = base64::engine::general_purpose::STANDARD.encode(pair);
            let header = Secret::new(format!("Authorization: Basic {pair}"));
            // Git would send the header along to whatever host a redirect names.
            let settings = [
                ("GIT_CONFIG_COUNT", "2"),
                ("GIT_CONFIG_KEY_0", "http.extraHeader"),
                ("GIT_CONFIG_KEY_1", "http.followRedirects"),
                ("GIT_CONFIG_VALUE_1", "false"),
            ];
            program.variables.extend(settings.map(|(name, value)| (name.to_owned(), value.into())));
            program.secrets.push(("GIT_CONFIG_VALUE_0".to_owned(), header));
            // A remote may repeat it as it is, or in base64.
            program.hidden.push(token);
        }
        run(self.ctx, program).await
    }

    fn program(&self, arguments: &[&str]) -> Program {
        let (name, mail) = self.binding.signer();
        let pairs = [
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_EDITOR", "false"),
            ("LC_ALL", "C"),
            ("GIT_AUTHOR_NAME", name.as_str()),
            ("GIT_AUTHOR_EMAIL", mail.as_str()),
            ("GIT_COMMITTER_NAME", name.as_str()),
            ("GIT_COMMITTER_EMAIL", mail.as_str()),
        ];
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let mut variables: Vec<_> = pairs.into_iter().map(own).collect();
        if let Some(date) = self.date {
            let date = format!("@{} +0000", date.0 / 1_000);
            variables.push(("GIT_AUTHOR_DATE".to_owned(), date.clone()));
            variables.push(("GIT_COMMITTER_DATE".to_owned(), date));
        }
        Program {
            name: "git".to_owned(),
            arguments: SETTINGS.iter().chain(arguments).map(Into::into).collect(),
            dir: None,
            secrets: Vec::new(),
            hidden: Vec::new(),
            variables,
            input: Vec::new(),
            key: self.key,
        }
    }

    /// What went wrong in the clone.
    pub fn failed<T>(&self, what: &str, ran: &Ran) -> Outcome<T> {
        permanent("git", format!("failed to {what} in {}: {}", self.name, said(ran)))
    }

    /// What went wrong with the remote. `sent` says that something may have been done there.
    pub fn unreached<T>(&self, what: &str, ran: &Ran, sent: bool) -> Outcome<T> {
        let message = format!("failed to {what} for {}: {}", self.name, said(ran));
        let lower = ran.stderr.to_lowercase();
        let has = |list: &[&str]| list.iter().any(|text| lower.contains(text));
        if has(&[MOVED]) {
            let next = "it has moved; write its new address, since a token goes to no other host";
            return permanent("remote", format!("{message}; {next}"));
        }
        if has(&UNREACHED) {
            return transient("remote", message);
        }
        if has(&REFUSED) {
            return permanent("remote", message);
        }
        if sent { in_doubt(message) } else { transient("remote", message) }
    }

    /// Whether the clone is there.
    pub fn exists(&self) -> bool {
        self.binding.path.join(".git").exists() || self.binding.path.join("HEAD").is_file()
    }

    /// The commit that a revision names.
    pub async fn commit(&self, revision: &str) -> Outcome<String> {
        match self.find_commit(revision).await? {
            Some(commit) => Ok(commit),
            None => permanent(
                "revision",
                format!(
                    "failed to find the commit `{revision}` in {}: fetch it first, with \
                     git.clone_or_update",
                    self.name
                ),
            ),
        }
    }

    /// The commit that a revision names, where it names one.
    pub async fn find_commit(&self, revision: &str) -> Outcome<Option<String>> {
        let revision = format!("{revision}^{{commit}}");
        let arguments = ["rev-parse", "--verify", "--quiet", "--end-of-options", &revision];
        let ran = self.git(&arguments).await?;
        Ok(ran.is_good().then(|| ran.text()))
    }

    /// What a reference holds, where it is there.
    pub async fn reference(&self, full: &str) -> Outcome<Option<String>> {
        let ran = self.git(&["rev-parse", "--verify", "--quiet", full]).await?;
        Ok(ran.is_good().then(|| ran.text()))
    }

    /// Whether a commit is an ancestor of another, or the same.
    pub async fn is_ancestor(&self, ancestor: &str, of: &str) -> Outcome<bool> {
        let ran = self.git(&["merge-base", "--is-ancestor", ancestor, of]).await?;
        match ran.status {
            Some(0) => Ok(true),
            Some(1) => Ok(false),
            _ => self.failed("compare two commits", &ran),
        }
    }

    /// Sets a reference from one value to another, or not at all; no value is no reference.
    pub async fn set(&self, full: &str, from: Option<&str>, to: Option<&str>) -> Outcome<()> {
        let what = format!("move {full}");
        let old = from.unwrap_or(ZERO);
        match to {
            Some(to) => self.must(&what, &["update-ref", full, to, old]).await?,
            None => self.must(&what, &["update-ref", "-d", full, old]).await?,
        };
        Ok(())
    }

    /// What a reference of the remote holds.
    pub async fn remote_reference(&self, full: &str) -> Outcome<Option<String>> {
        let ran = self.reach(&["ls-remote", &self.binding.remote, full], true).await?;
        if !ran.is_good() {
            return self.unreached("ask the remote", &ran, false);
        }
        let text = ran.text();
        let named = |line: &&str| line.split_whitespace().nth(1) == Some(full);
        let line = text.lines().find(named);
        Ok(line.and_then(|line| line.split_whitespace().next()).map(str::to_owned))
    }
}

/// No object: what git takes for "there must be none".
pub const ZERO: &str = "0000000000000000000000000000000000000000";

/// What git complained about, on one line.
fn said(ran: &Ran) -> String {
    let lines: Vec<&str> = ran.stderr.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    if lines.is_empty() {
        return ran.status.map_or("a signal ended it".to_owned(), |s| format!("exit status {s}"));
    }
    let from = lines.len().saturating_sub(LINES_SHOWN);
    lines[from..].join("; ")
}

/// Lines of git's complaint that go into a failure: the last ones say what it was.
const LINES_SHOWN: usize = 6;

/// Why a name cannot be a branch's or a tag's, where it cannot.
pub fn bad_name(name: &str) -> Option<String> {
    let bad = name.is_empty()
        || name.starts_with(['-', '/', '.'])
        || name.ends_with(['/', '.'])
        || name.ends_with(".lock")
        || name.contains("..")
        || name.contains("//")
        || name.contains("@{")
        || name.chars().any(|c| c.is_control() || " ~^:?*[\\".contains(c));
    bad.then(|| format!("`{name}` is no name of a branch or tag"))
}
