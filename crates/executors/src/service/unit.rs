//! A service that is a unit of systemd, asked by `systemctl`.

use super::binding::ServiceBinding;
use crate::change::failing::{permanent, transient};
use crate::child::run::{Program, Ran, run};
use windlass_model::RequestId;
use windlass_ports::{Context, Outcome};

/// States in which a unit counts as running.
const RUNNING: [&str; 4] = ["active", "reloading", "activating", "deactivating"];

/// The state in which systemd itself says that a unit is ready.
const ACTIVE: &str = "active";

/// A unit.
pub struct Unit {
    /// Its name.
    pub unit: String,
    /// How it is asked for.
    pub binding: ServiceBinding,
}

/// What systemd says of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Which start of it runs.
    pub invocation: Option<String>,
    /// Whether systemd says that it is up.
    pub active: bool,
}

impl Unit {
    async fn systemctl(&self, ctx: &Context, key: RequestId, words: &[&str]) -> Outcome<Ran> {
        let user = self.binding.user.then_some("--user");
        let arguments = user.into_iter().chain(words.iter().copied()).chain(["--", &self.unit]);
        let program = Program {
            name: self.binding.systemctl.clone(),
            arguments: arguments.map(Into::into).collect(),
            dir: None,
            secrets: Vec::new(),
            hidden: Vec::new(),
            variables: vec![("LC_ALL".to_owned(), "C".to_owned())],
            input: Vec::new(),
            key,
        };
        run(ctx, program).await
    }

    /// What it is doing.
    pub async fn state(&self, ctx: &Context, key: RequestId) -> Outcome<State> {
        let words = ["show", "--property=LoadState,ActiveState,InvocationID"];
        let ran = self.systemctl(ctx, key, &words).await?;
        if !ran.is_good() {
            let why = format!("failed to ask systemd about {}: {}", self.unit, ran.stderr);
            return transient("systemd", why);
        }
        let text = ran.text();
        let value = |key: &str| {
            let mut pairs = text.lines().filter_map(|line| line.split_once('='));
            pairs.find(|(name, _)| *name == key).map(|(_, value)| value).unwrap_or_default()
        };
        if value("LoadState") == "not-found" {
            return permanent("missing", format!("failed to find the unit {}", self.unit));
        }
        let state = value("ActiveState");
        let runs = RUNNING.contains(&state);
        let invocation = runs.then(|| value("InvocationID").to_owned());
        Ok(State { invocation, active: state == ACTIVE })
    }

    /// Gives systemd an order and waits until it says that it is done.
    pub async fn order(&self, ctx: &Context, key: RequestId, words: &[&str]) -> Outcome<()> {
        let ran = self.systemctl(ctx, key, words).await?;
        if ran.is_good() {
            return Ok(());
        }
        let (verb, unit) = (words.first().copied().unwrap_or_default(), &self.unit);
        permanent("systemd", format!("failed to {verb} the unit {unit}: {}", ran.stderr))
    }
}
