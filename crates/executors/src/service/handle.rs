//! One service, whatever it is: who of it runs, and how it is made to. It must not know why.

use super::binding::ServiceBinding;
use super::process::Processes;
use super::unit::Unit;
use crate::http::HttpClient;
use std::path::Path;
use windlass_model::RequestId;
use windlass_ports::{Context, Outcome};

/// A service.
pub struct Service {
    /// The resource's name.
    pub name: String,
    binding: ServiceBinding,
    kind: Kind,
}

enum Kind {
    Process(Processes),
    Unit(Unit),
}

/// What a look sees.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Look {
    /// Who runs.
    pub running: Option<String>,
    /// Whether any of it was started by the step that looks.
    pub ours: bool,
    /// Whether any of it was not.
    pub others: bool,
    /// What systemd lacks before it is ready.
    lacks: Option<String>,
}

impl Service {
    /// The service of a resource's name.
    pub fn find(ctx: &Context, name: &str, state: &Path) -> Outcome<Self> {
        Ok(Self::new(name, ServiceBinding::find(&ctx.bindings, name)?, state))
    }

    /// A service as it is bound.
    pub fn new(name: &str, binding: ServiceBinding, state: &Path) -> Self {
        let kind = match &binding.unit {
            Some(unit) => Kind::Unit(Unit { unit: unit.clone(), binding: binding.clone() }),
            None => {
                let own = state.join("services").join(format!("{name}.log"));
                let log = binding.log.clone().unwrap_or(own);
                let (name, binding) = (name.to_owned(), binding.clone());
                Kind::Process(Processes { name, binding, log })
            }
        };
        Self { name: name.to_owned(), binding, kind }
    }

    /// Who of it runs. A unit's start is not the step's own where it is the one of before.
    pub async fn look(&self, ctx: &Context, key: RequestId, before: Option<&str>) -> Outcome<Look> {
        match &self.kind {
            Kind::Process(processes) => {
                let living = processes.living(key).await?;
                let running = living.leader.map(|leader| leader.to_string());
                Ok(Look { running, ours: living.ours, others: living.others, lacks: None })
            }
            Kind::Unit(unit) => {
                let state = unit.state(ctx, key).await?;
                let same = state.invocation.as_deref() == before;
                let runs = state.invocation.is_some();
                let lacks = (!state.active).then(|| "systemd does not call it active".to_owned());
                Ok(Look {
                    running: state.invocation,
                    ours: runs && !same,
                    others: runs && same,
                    lacks,
                })
            }
        }
    }

    /// What it lacks before it is ready, where it runs.
    pub async fn lacks(
        &self,
        ctx: &Context,
        key: RequestId,
        look: &Look,
        http: &HttpClient,
    ) -> Option<String> {
        match &look.lacks {
            Some(lack) => Some(lack.clone()),
            None => self.binding.lacks_to_be_ready(ctx, key, http).await,
        }
    }

    /// Whether it says when it is ready; where it does not, it must live for a moment.
    pub fn says_ready(&self) -> bool {
        matches!(self.kind, Kind::Unit(_)) || !self.binding.ready.is_empty()
    }

    /// Starts it.
    pub async fn start(&self, ctx: &Context, key: RequestId) -> Outcome<()> {
        match &self.kind {
            Kind::Process(processes) => processes.start(ctx, key).await,
            Kind::Unit(unit) => unit.order(ctx, key, &["start"]).await,
        }
    }

    /// Asks all of it to end.
    pub async fn ask(&self, ctx: &Context, key: RequestId) -> Outcome<()> {
        match &self.kind {
            Kind::Process(processes) => processes.ask().await.map(drop),
            Kind::Unit(unit) => unit.order(ctx, key, &["stop"]).await,
        }
    }

    /// Kills all of it.
    pub async fn kill(&self, ctx: &Context, key: RequestId) -> Outcome<()> {
        match &self.kind {
            Kind::Process(processes) => processes.kill().await.map(drop),
            Kind::Unit(unit) => unit.order(ctx, key, &["kill", "--signal=KILL"]).await,
        }
    }

    /// What it said last, as the end of a sentence.
    pub async fn last_words(&self, ctx: &Context) -> String {
        match &self.kind {
            Kind::Process(processes) => processes.last_words(ctx).await,
            Kind::Unit(unit) => format!("; look at `journalctl --unit={}`", unit.unit),
        }
    }
}
