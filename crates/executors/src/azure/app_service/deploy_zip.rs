//! `azure.app_service.deploy_zip`: a package of this machine runs in an app or a slot.

use super::binding::AppBinding;
use super::deploy_shapes::{Before, Handle, Input, Output};
use super::kudu::{Deployment, Kudu};
use super::package::Package;
use super::site::Site;
use crate::azure::arm::Arm;
use std::sync::Arc;
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, Failure, Millis, Value};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, Seen, TypedAttempt};
use windlass_ports::{ActionError, Context, Outcome, TypedAction, Verdict};

pub use super::deploy_shapes::{KIND, spec};

/// How long between two looks: a small package is deployed in some 20 s.
const LOOK_MS: Millis = 5_000;

/// The action.
pub struct DeployZip {
    arm: Arc<Arm>,
    spec: ActionSpec,
}

/// Where a deployment stands.
enum Standing {
    /// Nobody knows it.
    Unseen,
    /// It is at work, or something is that has no name yet.
    Working(Handle, Option<String>),
    /// It ended well.
    Done(String),
    /// It ended badly.
    Failed(Failure),
}

fn refuse<T>(code: &str, app: &str, why: &str) -> Outcome<T> {
    let message = format!("failed to deploy the package to {app}: {why}");
    Err(ActionError::Permanent(Failure::permanent(code, message)))
}

impl DeployZip {
    /// The action.
    pub fn new(arm: Arc<Arm>) -> Self {
        Self { arm, spec: spec() }
    }

    async fn site(&self, bindings: &Bindings, app: &str) -> Outcome<Site> {
        Site::read(&self.arm, app, &AppBinding::find(bindings, app)?).await
    }

    fn output(attempt: &TypedAttempt<'_, Self>, deployment: String) -> Outcome<Output> {
        let Some(before) = attempt.captured.clone() else {
            return refuse("no_capture", &attempt.input.app, "its sum is not in the history");
        };
        Ok(Output { deployment, replaced: before.active, sha256: before.sha256 })
    }

    /// Looks for the deployment of an attempt: by its id, else by the message that was sent along.
    async fn look(
        &self,
        kudu: &Kudu<'_>,
        attempt: &TypedAttempt<'_, Self>,
        handle: &Handle,
    ) -> Outcome<Standing> {
        if let Some(id) = &handle.deployment
            && let Some(found) = kudu.find(id).await?
        {
            return Ok(Self::standing(kudu, &attempt.input.app, found).await);
        }
        let (all, ours) = (kudu.list().await?, attempt.raw.request_id.to_string());
        let found = all.iter().find(|one| one.message.as_ref() == Some(&ours)).cloned();
        Ok(match found {
            Some(found) => Self::standing(kudu, &attempt.input.app, found).await,
            None => match all.into_iter().find(|one| !one.complete) {
                Some(nameless) => Standing::Working(Handle::default(), nameless.progress),
                None => Standing::Unseen,
            },
        })
    }

    async fn standing(kudu: &Kudu<'_>, app: &str, found: Deployment) -> Standing {
        if !found.complete {
            return Standing::Working(Handle { deployment: Some(found.id) }, found.progress);
        }
        if found.succeeded() {
            return Standing::Done(found.id);
        }
        let complaint = kudu.complaint(&found.id).await;
        let message = format!(
            "failed to deploy the package to {app}: {} Its log is at {}",
            complaint.unwrap_or_else(|| "its host gives no reason.".to_owned()),
            kudu.log_address(&found.id)
        );
        Standing::Failed(Failure::permanent("deployment_failed", message))
    }
}

impl TypedAction for DeployZip {
    type Input = Input;
    type Output = Output;
    type Captured = Before;
    type Handle = Handle;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    /// Which build a package holds, only the world knows.
    fn effects(&self, bindings: &Bindings, input: &Value) -> Vec<Effect> {
        let app = input["app"].as_str();
        let Some(binding) = app.and_then(|app| AppBinding::find(bindings, app).ok()) else {
            return Vec::new();
        };
        let fields = |name: &str| {
            ["version", "branch"].map(|field| Effect {
                resource: name.to_owned(),
                field: field.to_owned(),
                value: Value::Null,
            })
        };
        binding.names(bindings, binding.slot.as_deref()).flat_map(fields).collect()
    }

    fn check(&self, _bindings: &Bindings, input: &Input) -> Vec<String> {
        let is_zip = input.package.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("zip"));
        let place = input.package.display();
        (!is_zip).then(|| format!("`{place}`: a package is a .zip")).into_iter().collect()
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Capture<Before>> {
        let package = Package::open(&input.package).await?;
        let sha256 = package.sum.sha256;
        if input.sha256.as_ref().is_some_and(|wanted| !wanted.eq_ignore_ascii_case(&sha256)) {
            let why = format!("the sum of {} is {sha256}", input.package.display());
            return refuse("sum", &input.app, &why);
        }
        let site = self.site(&ctx.bindings, &input.app).await?;
        let all = Kudu::of(&self.arm, &input.app, &site)?.list().await?;
        let active = all.into_iter().find(|one| one.active).map(|one| one.id);
        Ok(Capture { state: Before { sha256, active }, not_before: site.date })
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, Handle>> {
        let (input, request) = (&attempt.input, attempt.raw.request_id);
        let Some(before) = &attempt.captured else {
            return refuse("no_capture", &input.app, "its sum is not in the history");
        };
        let package = Package::open(&input.package).await?;
        if package.sum.sha256 != before.sha256 {
            let why = format!("{} was changed since the step began", input.package.display());
            return refuse("changed", &input.app, &why);
        }
        let site = self.site(&ctx.bindings, &input.app).await?;
        let kudu = Kudu::of(&self.arm, &input.app, &site)?;
        let ours = request.to_string();
        let known = kudu.list().await?.into_iter().find(|one| one.message.as_ref() == Some(&ours));
        if let Some(known) = known {
            return Ok(Acted::Accepted(Handle { deployment: Some(known.id) }));
        }
        kudu.send(&package, request).await?;
        Ok(Acted::Accepted(Handle::default()))
    }

    async fn poll(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Handle,
    ) -> Outcome<Seen<Output, Handle>> {
        let app = &attempt.input.app;
        let site = self.site(&ctx.bindings, app).await?;
        let kudu = Kudu::of(&self.arm, app, &site)?;
        match self.look(&kudu, &attempt, &handle).await? {
            Standing::Done(id) => Ok(Seen::Done(Self::output(&attempt, id)?)),
            Standing::Failed(failure) => Err(ActionError::Permanent(failure)),
            Standing::Working(handle, message) => {
                Ok(Seen::InProgress { handle, percent: None, message, after_ms: LOOK_MS })
            }
            Standing::Unseen => Err(ActionError::InDoubt(format!(
                "failed to see the deployment of {app}: its host took the package and does not \
                 show it"
            ))),
        }
    }

    async fn probe(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Option<Handle>,
    ) -> Outcome<Found<Output, Handle>> {
        let app = &attempt.input.app;
        let site = self.site(&ctx.bindings, app).await?;
        let kudu = Kudu::of(&self.arm, app, &site)?;
        Ok(match self.look(&kudu, &attempt, &handle.unwrap_or_default()).await? {
            Standing::Done(id) => Found::Done(Self::output(&attempt, id)?),
            Standing::Failed(failure) => Found::Failed(failure),
            Standing::Working(handle, _) => Found::InProgress(handle),
            Standing::Unseen => Found::Absent,
        })
    }

    async fn verify(&self, ctx: &Context, input: Input, output: Output) -> Outcome<Verdict> {
        let site = self.site(&ctx.bindings, &input.app).await?;
        let all = Kudu::of(&self.arm, &input.app, &site)?.list().await?;
        Ok(match all.iter().any(|one| one.active && one.id == output.deployment) {
            true => Verdict::Holds,
            false => Verdict::Drifted(format!("{} runs another deployment", input.app)),
        })
    }
}
