//! `azure.sql.set_azure_access`: who else in Azure gets to a server's databases. It changes access
//! for every database of that server; what was is captured and comes back (D10).

use super::access_shapes::{Before, Handle, Input, Output};
use super::copy_database::permanent;
use super::firewall::{AZURE_RULE, Rule, delete, put, rules};
use super::server::{AccessBy, ServerBinding, look};
use crate::azure::arm::Arm;
use crate::azure::long_running::Operation;
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, RequestId, Side};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, Seen, TypedAttempt};
use windlass_ports::{Context, Outcome, TypedAction, Verdict};

pub use super::access_shapes::{KIND, spec};

/// The action.
pub struct SetAzureAccess {
    arm: Arc<Arm>,
    spec: ActionSpec,
}

/// The public address's two states.
const ENABLED: &str = "Enabled";
const DISABLED: &str = "Disabled";

fn word(enabled: bool) -> &'static str {
    if enabled { ENABLED } else { DISABLED }
}

/// Which way in it is, for this server. Only the owners know, so nothing is guessed.
fn way(name: &str, place: &ServerBinding) -> Result<AccessBy, String> {
    match place.azure_access {
        Some(AccessBy::DatabaseRule) => Err(format!(
            "Azure gets to {name} by a rule inside the database, which only T-SQL can change; make \
             it a step of a human (sp_set_database_firewall_rule, sp_delete_database_firewall_rule)"
        )),
        Some(way) => Ok(way),
        None => Err(format!(
            "how Azure gets to {name} is not known; ask its owners and set `azure_access` of \
             `{name}` in the environment file: server_rule, database_rule or public_access"
        )),
    }
}

impl SetAzureAccess {
    /// The action.
    pub fn new(arm: Arc<Arm>) -> Self {
        Self { arm, spec: spec() }
    }

    fn place(ctx: &Context, input: &Input) -> Outcome<(ServerBinding, AccessBy)> {
        let place = ServerBinding::find(&ctx.bindings, &input.server)?;
        match way(&input.server, &place) {
            Ok(way) => Ok((place, way)),
            Err(why) => {
                permanent("azure_access", format!("failed to choose what to change: {why}"))
            }
        }
    }

    fn output(place: &ServerBinding, by: AccessBy, input: &Input, before: &Before) -> Output {
        let was = match by {
            AccessBy::PublicAccess => before.public_access == ENABLED,
            _ => !before.rules.is_empty(),
        };
        Output {
            server: place.server.clone(),
            enabled: input.enabled,
            changed: was != input.enabled,
            by,
            rules_before: before.rules.clone(),
        }
    }

    /// Whether it is now as wanted.
    async fn is(&self, place: &ServerBinding, by: AccessBy, enabled: bool) -> Outcome<bool> {
        Ok(match by {
            AccessBy::PublicAccess => look(&self.arm, place).await?.public_access == word(enabled),
            _ => rules(&self.arm, place).await?.for_azure().is_empty() != enabled,
        })
    }

    /// Whether it is again as it was: every rule that is ours to restore, none that we made.
    async fn is_back(
        &self,
        place: &ServerBinding,
        by: AccessBy,
        input: &Input,
        before: &Before,
    ) -> Outcome<bool> {
        if by == AccessBy::PublicAccess {
            return Ok(look(&self.arm, place).await?.public_access == before.public_access);
        }
        let now = rules(&self.arm, place).await?;
        let admits = |name: &str| now.named(name).is_some_and(Rule::is_for_azure);
        Ok(match input.enabled {
            true => !admits(AZURE_RULE),
            false => before.rules.iter().all(|rule| admits(&rule.name)),
        })
    }

    /// Opens or closes the public address.
    async fn set_public(
        &self,
        place: &ServerBinding,
        wanted: &str,
        request: RequestId,
    ) -> Outcome<Option<Operation>> {
        let what = format!("set the public access of {} to {wanted}", place.server);
        let body = json!({"properties": {"publicNetworkAccess": wanted}});
        let target = place.target(&self.arm, "")?;
        let reply = self.arm.write(&what, Method::PATCH, &target, Some(body), request).await?;
        Ok(Operation::announced(&reply).filter(|_| reply.status == 202))
    }

    /// Puts the rules back that let Azure in; one whose name has another range now stops it.
    async fn restore(
        &self,
        place: &ServerBinding,
        was: &[Rule],
        request: RequestId,
    ) -> Outcome<()> {
        let now = rules(&self.arm, place).await?;
        for rule in was {
            match now.named(&rule.name) {
                None => put(&self.arm, place, rule, request).await?,
                Some(known) if known.is_for_azure() => {}
                Some(_) => {
                    return permanent(
                        "rule_changed",
                        format!(
                            "failed to restore the rule {} of {}: somebody gave it another range \
                             meanwhile; look at it and say so with `windlass step done`",
                            rule.name, place.server
                        ),
                    );
                }
            }
        }
        Ok(())
    }
}

fn before(attempt: &TypedAttempt<'_, SetAzureAccess>) -> Outcome<Before> {
    match &attempt.captured {
        Some(before) => Ok(before.clone()),
        None => permanent(
            "no_capture",
            "failed to find in the history who had access before".to_owned(),
        ),
    }
}

impl TypedAction for SetAzureAccess {
    type Input = Input;
    type Output = Output;
    type Captured = Before;
    type Handle = Handle;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, _bindings: &Bindings, input: &Value) -> Vec<Effect> {
        let (Some(server), Some(enabled)) = (input["server"].as_str(), input["enabled"].as_bool())
        else {
            return Vec::new();
        };
        vec![Effect {
            resource: server.to_owned(),
            field: "azure_access".to_owned(),
            value: json!(enabled),
        }]
    }

    fn check(&self, bindings: &Bindings, input: &Input) -> Vec<String> {
        let bound = bindings.get(&input.server).and_then(|bound| ServerBinding::read(bound).ok());
        let wrong = bound.and_then(|place| way(&input.server, &place).err());
        wrong.into_iter().collect()
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Capture<Before>> {
        let (place, by) = Self::place(ctx, input)?;
        let server = look(&self.arm, &place).await?;
        let known = rules(&self.arm, &place).await?;
        let other = known.named(AZURE_RULE).is_some_and(|rule| !rule.is_for_azure());
        if by == AccessBy::ServerRule && input.enabled && other {
            return permanent(
                "rule_exists",
                format!(
                    "failed to let Azure into {}: its rule {AZURE_RULE} has another range; rename \
                     that rule first",
                    place.server
                ),
            );
        }
        let state = Before { rules: known.for_azure(), public_access: server.public_access };
        Ok(Capture { state, not_before: server.date })
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, Handle>> {
        let (place, by) = Self::place(ctx, &attempt.input)?;
        let before = before(&attempt)?;
        let (enabled, request) = (attempt.input.enabled, attempt.raw.request_id);
        let done = Self::output(&place, by, &attempt.input, &before);
        if self.is(&place, by, enabled).await? {
            return Ok(Acted::Done(done));
        }
        match (by, enabled) {
            (AccessBy::PublicAccess, _) => {
                if let Some(operation) = self.set_public(&place, word(enabled), request).await? {
                    return Ok(Acted::Accepted(Handle { operation }));
                }
            }
            (_, true) => put(&self.arm, &place, &Rule::azure(), request).await?,
            (_, false) => {
                for rule in rules(&self.arm, &place).await?.for_azure() {
                    delete(&self.arm, &place, &rule.name, request).await?;
                }
            }
        }
        Ok(Acted::Done(done))
    }

    async fn poll(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Handle,
    ) -> Outcome<Seen<Output, Handle>> {
        let (place, by) = Self::place(ctx, &attempt.input)?;
        let what = format!("set the public access of {}", place.server);
        let Some((operation, after_ms)) = handle.operation.rest(&self.arm, &what).await? else {
            let before = before(&attempt)?;
            return Ok(Seen::Done(Self::output(&place, by, &attempt.input, &before)));
        };
        let message = Some(format!("the public access of {} is changing", place.server));
        Ok(Seen::InProgress { handle: Handle { operation }, percent: None, message, after_ms })
    }

    async fn probe(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Option<Handle>,
    ) -> Outcome<Found<Output, Handle>> {
        let (place, by) = Self::place(ctx, &attempt.input)?;
        let before = before(&attempt)?;
        let output = Self::output(&place, by, &attempt.input, &before);
        let done = match attempt.raw.side {
            Side::Forward => self.is(&place, by, attempt.input.enabled).await?,
            // What was not changed has nothing to undo.
            Side::Undo => {
                !output.changed || self.is_back(&place, by, &attempt.input, &before).await?
            }
        };
        if done {
            return Ok(Found::Done(output));
        }
        Ok(match handle {
            Some(handle) => Found::InProgress(handle),
            None => Found::Absent,
        })
    }

    async fn verify(&self, ctx: &Context, input: Input, _output: Output) -> Outcome<Verdict> {
        let (place, by) = Self::place(ctx, &input)?;
        let are = if input.enabled { "do not get" } else { "get" };
        Ok(match self.is(&place, by, input.enabled).await? {
            true => Verdict::Holds,
            false => Verdict::Drifted(format!("Azure's services {are} to {} again", place.server)),
        })
    }

    async fn compensate(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<(), Handle>> {
        let (place, by) = Self::place(ctx, &attempt.input)?;
        let before = before(&attempt)?;
        let output = Self::output(&place, by, &attempt.input, &before);
        let request = attempt.raw.request_id;
        if !output.changed || self.is_back(&place, by, &attempt.input, &before).await? {
            return Ok(Acted::Done(()));
        }
        match (by, attempt.input.enabled) {
            (AccessBy::PublicAccess, enabled) => {
                if let Some(operation) = self.set_public(&place, word(!enabled), request).await? {
                    return Ok(Acted::Accepted(Handle { operation }));
                }
            }
            (_, false) => self.restore(&place, &before.rules, request).await?,
            (_, true) => {
                let now = rules(&self.arm, &place).await?;
                if now.named(AZURE_RULE).is_some_and(Rule::is_for_azure) {
                    delete(&self.arm, &place, AZURE_RULE, request).await?;
                }
                let others = now.for_azure().into_iter().filter(|rule| rule.name != AZURE_RULE);
                for rule in others {
                    ctx.output.kept(&format!(
                        "the firewall rule {} of {}, which somebody else made meanwhile, stays: \
                         Azure's services still get in",
                        rule.name, place.server
                    ));
                }
            }
        }
        Ok(Acted::Done(()))
    }
}
