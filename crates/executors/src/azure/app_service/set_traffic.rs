//! `azure.app_service.set_traffic`: a slot's share of production's requests, or all of them back to
//! production.

use super::binding::{AppBinding, KIND as APP};
use super::power::SETTLE_MS;
use super::site::Site;
use super::traffic::{Rules, Traffic, key, rule, share, shares, shown};
use super::whole_set::{Change, Standing, since, standing};
use crate::azure::arm::Arm;
use crate::schema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, EffectClass, Failure, Side};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, TypedAttempt};
use windlass_ports::{ActionError, Context, Outcome, TypedAction, Verdict};

/// The action's kind.
pub const KIND: &str = "azure.app_service.set_traffic";

/// All requests.
const ALL: f64 = 100.0;

/// Shares that differ by less are the same share, which went through text.
const SAME: f64 = 0.005;

/// The action.
pub struct SetTraffic {
    arm: Arc<Arm>,
    spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The slot, or the production app.
    pub app: String,
    /// Its share.
    #[serde(deserialize_with = "percent")]
    pub percent: f64,
}

/// An expression may give a text.
fn percent<'de, D: Deserializer<'de>>(source: D) -> Result<f64, D::Error> {
    let value = Value::deserialize(source)?;
    let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
    number.ok_or_else(|| serde::de::Error::custom("`percent` is no number"))
}

/// What was before, and what is to be: a change for each host.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// The rules that change.
    pub changes: Vec<Change>,
    /// The share that the app had.
    pub percent: f64,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Its share now.
    pub percent: f64,
    /// Its share before.
    pub previous_percent: f64,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    let number = json!({
        "type": "number", "minimum": 0, "maximum": 100,
        "description": "its share of the requests; a production app takes 100 only, which sends \
                        nothing to any slot",
    });
    let share = |text: &str| json!({"type": "number", "description": text});
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Sends a share of production's requests to a slot, or all back to production; \
                  undone by putting the previous shares back."
            .to_owned(),
        input: schema::object(
            [
                ("app", schema::resource(APP, "the slot, or the production app")),
                ("percent", number),
            ],
            &["app", "percent"],
        ),
        output: schema::object(
            [("percent", share("its share now")), ("previous_percent", share("its share before"))],
            &["percent", "previous_percent"],
        ),
        traits: ActionTraits {
            class: EffectClass::Reversible,
            captures: true,
            compensates: true,
            compensates_in_progress: false,
            idempotent: true,
            settle_ms: SETTLE_MS,
        },
        guide: ActionGuide::new(
            "the traffic rules that it changes",
            "reads the traffic rules and compares those that were to change",
            "puts exactly those rules back, and only where nobody changed them again; the rules of \
             other slots stay as they are",
            &["Website Contributor on the production app (Microsoft.Web/sites/config/read, write)"],
        ),
        example: format!(
            "- id: a_little\n  uses: {KIND}\n  with: {{ app: pwaapi_slot, percent: 5 }}\n"
        ),
    }
}

fn refuse<T>(code: &str, app: &str, why: &str) -> Outcome<T> {
    let message = format!("failed to set the traffic of {app}: {why}");
    Err(ActionError::Permanent(Failure::permanent(code, message)))
}

impl SetTraffic {
    /// The action.
    pub fn new(arm: Arc<Arm>) -> Self {
        Self { arm, spec: spec() }
    }

    fn traffic<'a>(&'a self, app: &'a str, binding: &AppBinding) -> Traffic<'a> {
        Traffic { arm: &self.arm, app, production: binding.production() }
    }

    /// What changes for a slot to get its share.
    async fn slot_change(
        &self,
        app: &str,
        binding: &AppBinding,
        slot: &str,
        percent: f64,
        rules: &Rules,
    ) -> Outcome<Before> {
        let Some(site) = Site::find(&self.arm, app, binding).await? else {
            return refuse("no_slot", app, "there is no such slot");
        };
        let Some(host) = site.host.as_deref().filter(|_| percent == 0.0 || site.runs()) else {
            return refuse("stopped", app, "the slot is stopped, and would answer nobody");
        };
        let before = share(rules, host);
        if shares(rules) - before + percent > ALL + SAME {
            let others = shares(rules) - before;
            let why = format!("other slots get {others} % already");
            return refuse("over_100", app, &why);
        }
        let name = key(host);
        let was = rules.get(&name).cloned();
        let after = match (&was, percent > 0.0) {
            (_, false) => None,
            (Some(was), true) => {
                let mut same = was.clone();
                same["reroutePercentage"] = json!(percent);
                Some(same)
            }
            (None, true) => Some(rule(slot, host, percent)),
        };
        Ok(Before { changes: vec![Change { key: name, before: was, after }], percent: before })
    }

    fn output(attempt: &TypedAttempt<'_, Self>) -> Output {
        Output {
            percent: attempt.input.percent,
            previous_percent: attempt.captured.as_ref().map_or(0.0, |before| before.percent),
        }
    }

    async fn share_of(&self, ctx: &Context, app: &str) -> Outcome<f64> {
        let binding = AppBinding::find(&ctx.bindings, app)?;
        let (rules, _) = self.traffic(app, &binding).read().await?;
        if binding.slot.is_none() {
            return Ok(ALL - shares(&rules));
        }
        let site = Site::find(&self.arm, app, &binding).await?;
        let host = site.and_then(|site| site.host);
        Ok(host.map_or(0.0, |host| share(&rules, &host)))
    }
}

fn captured(attempt: &TypedAttempt<'_, SetTraffic>) -> Outcome<Vec<Change>> {
    match &attempt.captured {
        Some(before) => {
            let again = attempt.acted_again().map(|before| before.changes.as_slice());
            Ok(since(before.changes.clone(), again))
        }
        None => {
            refuse("no_capture", &attempt.input.app, "the previous rules are not in the history")
        }
    }
}

fn reversed(changes: &[Change]) -> Vec<Change> {
    changes.iter().map(Change::reversed).collect()
}

impl TypedAction for SetTraffic {
    type Input = Input;
    type Output = Output;
    type Captured = Before;
    type Handle = ();

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    /// The share of the app; what production keeps is known only while one slot alone gets some.
    fn effects(&self, bindings: &Bindings, input: &Value) -> Vec<Effect> {
        let Some(app) = input["app"].as_str() else { return Vec::new() };
        let effect = |name: &str, value: Value| Effect {
            resource: name.to_owned(),
            field: "traffic".to_owned(),
            value,
        };
        let Ok(binding) = AppBinding::find(bindings, app) else { return Vec::new() };
        let percent = input["percent"].as_f64();
        let mut effects = vec![effect(app, percent.map_or(Value::Null, shown))];
        let others =
            bindings.iter().filter(|(name, _)| *name != app).filter_map(|(name, other)| {
                let bound = AppBinding::read(other).ok().filter(|_| other.kind == APP)?;
                bound.is_beside(&binding).then_some((name, bound.slot))
            });
        let others: Vec<_> = others.collect();
        let own = binding.slot.as_deref();
        let alone = others.iter().all(|(_, slot)| slot.is_none() || slot.as_deref() == own);
        for (name, slot) in &others {
            match (own, slot) {
                (None, Some(_)) => effects.push(effect(name, json!(0))),
                (Some(_), None) if alone => {
                    let rest = percent.map_or(Value::Null, |percent| shown(ALL - percent));
                    effects.push(effect(name, rest));
                }
                (Some(_), None) => effects.push(effect(name, Value::Null)),
                _ => {}
            }
        }
        effects
    }

    fn check(&self, bindings: &Bindings, input: &Input) -> Vec<String> {
        if !(0.0..=ALL).contains(&input.percent) {
            return vec![format!("`percent` is {}, and must be from 0 to 100", input.percent)];
        }
        let bound = AppBinding::find(bindings, &input.app);
        match bound {
            Ok(AppBinding { slot: None, .. }) if input.percent != ALL => vec![format!(
                "`{}` is a production app, and takes 100 only: name the slot that gets a share",
                input.app
            )],
            _ => Vec::new(),
        }
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Capture<Before>> {
        let app = &input.app;
        let binding = AppBinding::find(&ctx.bindings, app)?;
        let (rules, not_before) = self.traffic(app, &binding).read().await?;
        let state = match binding.slot.as_deref() {
            Some(slot) => self.slot_change(app, &binding, slot, input.percent, &rules).await?,
            None => Before {
                percent: ALL - shares(&rules),
                changes: rules
                    .into_iter()
                    .map(|(key, rule)| Change { key, before: Some(rule), after: None })
                    .collect(),
            },
        };
        Ok(Capture { state, not_before })
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, ()>> {
        let changes = captured(&attempt)?;
        let app = &attempt.input.app;
        let binding = AppBinding::find(&ctx.bindings, app)?;
        let traffic = self.traffic(app, &binding);
        traffic.write(&changes, false, attempt.raw.request_id).await?;
        Ok(Acted::Done(Self::output(&attempt)))
    }

    async fn probe(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        _handle: Option<()>,
    ) -> Outcome<Found<Output, ()>> {
        let undo = attempt.raw.side == Side::Undo;
        let mut changes = captured(&attempt)?;
        if undo {
            changes = reversed(&changes);
        }
        let app = &attempt.input.app;
        let binding = AppBinding::find(&ctx.bindings, app)?;
        let (rules, _) = self.traffic(app, &binding).read().await?;
        Ok(match standing(&rules, &changes) {
            Standing::After => Found::Done(Self::output(&attempt)),
            Standing::Before => Found::Absent,
            Standing::Foreign(hosts) if undo => {
                ctx.output.kept(&left(&hosts));
                Found::Done(Self::output(&attempt))
            }
            Standing::Foreign(hosts) => Found::Unknown(format!(
                "the share of {} is neither what it was nor what this step sets: look who did it",
                hosts.join(", ")
            )),
        })
    }

    async fn verify(&self, ctx: &Context, input: Input, output: Output) -> Outcome<Verdict> {
        let now = self.share_of(ctx, &input.app).await?;
        Ok(match (now - output.percent).abs() < SAME {
            true => Verdict::Holds,
            false => Verdict::Drifted(format!(
                "{} was left with {} % of the requests and has {now} %",
                input.app, output.percent
            )),
        })
    }

    async fn compensate(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<(), ()>> {
        let changes = reversed(&captured(&attempt)?);
        let app = &attempt.input.app;
        let binding = AppBinding::find(&ctx.bindings, app)?;
        let traffic = self.traffic(app, &binding);
        let written = traffic.write(&changes, true, attempt.raw.request_id).await?;
        if !written.left.is_empty() {
            ctx.output.kept(&left(&written.left));
        }
        Ok(Acted::Done(()))
    }
}

fn left(hosts: &[String]) -> String {
    format!("the share of {} was changed by somebody else meanwhile, and stays", hosts.join(", "))
}
