//! `azure.sql.add_firewall_rule` and `azure.sql.remove_firewall_rule`: one rule, by its name, put
//! back as it was.

use super::copy_database::permanent;
use super::firewall::{Rule, delete, put, rules};
use super::server::{KIND as SERVER, ServerBinding};
use crate::azure::arm::Arm;
use crate::schema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::net::Ipv4Addr;
use std::sync::Arc;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, EffectClass, RequestId, Side};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, TypedAttempt};
use windlass_ports::{Context, Outcome, TypedAction, Verdict};

/// The kind of the action that makes a rule.
pub const ADD: &str = "azure.sql.add_firewall_rule";
/// The kind of the action that removes one.
pub const REMOVE: &str = "azure.sql.remove_firewall_rule";

/// How long a request may still be on its way.
const SETTLE_MS: u64 = 120_000;

/// The action.
pub struct FirewallRule {
    arm: Arc<Arm>,
    spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// Which server.
    pub server: String,
    /// The rule's name.
    pub name: String,
    /// The first address; of a rule to be made.
    pub start: Option<String>,
    /// The last one; the first where absent.
    pub end: Option<String>,
}

/// The rule as it was, if there was one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// The rule.
    pub rule: Option<Rule>,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The server.
    pub server: String,
    /// The rule's name.
    pub name: String,
    /// Whether anything changed.
    pub changed: bool,
}

/// What the one that makes a rule declares.
pub fn add_spec() -> ActionSpec {
    let input = schema::object(
        [
            ("server", schema::resource(SERVER, "which server")),
            ("name", schema::text("the rule's name")),
            ("start", schema::text("the first IPv4 address")),
            ("end", schema::text("the last one; the first where absent")),
        ],
        &["server", "name", "start"],
    );
    spec(
        ADD,
        "Admits a range of addresses to a SQL server. Undone by removing the rule, or giving it \
         the range that it had.",
        input,
        "- id: admit_office\n  uses: azure.sql.add_firewall_rule\n  with: { server: prod_sql, \
         name: office2, start: 203.0.113.8 }\n",
    )
}

/// What the one that removes a rule declares.
pub fn remove_spec() -> ActionSpec {
    let input = schema::object(
        [
            ("server", schema::resource(SERVER, "which server")),
            ("name", schema::text("the rule's name")),
        ],
        &["server", "name"],
    );
    spec(
        REMOVE,
        "Removes a rule of a SQL server's firewall. Undone by making the same rule again.",
        input,
        "- id: refuse_office\n  uses: azure.sql.remove_firewall_rule\n  with: { server: prod_sql, \
         name: office2 }\n",
    )
}

fn spec(kind: &str, summary: &str, input: Value, example: &str) -> ActionSpec {
    ActionSpec {
        kind: kind.to_owned(),
        summary: summary.to_owned(),
        input,
        output: schema::object(
            [
                ("server", schema::text("the server")),
                ("name", schema::text("the rule's name")),
                ("changed", schema::boolean("whether anything changed")),
            ],
            &["server", "name", "changed"],
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
            "the range of the rule of that name, or that there is none",
            "reads the rule and compares its range",
            "gives the rule the range that it had, or removes it; a rule that somebody else \
             changed meanwhile stays",
            &["SQL Security Manager on the server (Microsoft.Sql/servers/firewallRules/read, \
               write, delete)"],
        ),
        example: example.to_owned(),
    }
}

impl FirewallRule {
    /// Makes a rule.
    pub fn add(arm: Arc<Arm>) -> Self {
        Self { arm, spec: add_spec() }
    }

    /// Removes one.
    pub fn remove(arm: Arc<Arm>) -> Self {
        Self { arm, spec: remove_spec() }
    }

    fn wanted(&self, input: &Input) -> Option<Rule> {
        let start = input.start.as_ref().filter(|_| self.spec.kind == ADD)?;
        Some(Rule {
            name: input.name.clone(),
            start: start.clone(),
            end: input.end.as_ref().unwrap_or(start).clone(),
        })
    }

    async fn now(&self, place: &ServerBinding, name: &str) -> Outcome<Option<Rule>> {
        Ok(rules(&self.arm, place).await?.named(name).cloned())
    }

    /// Lets the rule be as wanted.
    async fn make(
        &self,
        place: &ServerBinding,
        name: &str,
        wanted: Option<&Rule>,
        request: RequestId,
    ) -> Outcome<()> {
        match wanted {
            Some(rule) => put(&self.arm, place, rule, request).await,
            None => delete(&self.arm, place, name, request).await,
        }
    }
}

/// Whether two rules of one name admit the same.
fn same(one: Option<&Rule>, other: Option<&Rule>) -> bool {
    let range = |rule: &Rule| (rule.start.clone(), rule.end.clone());
    one.map(range) == other.map(range)
}

fn before(attempt: &TypedAttempt<'_, FirewallRule>) -> Outcome<Option<Rule>> {
    match &attempt.captured {
        Some(before) => Ok(before.rule.clone()),
        None => permanent(
            "no_capture",
            "failed to find the previous firewall rule in the history".to_owned(),
        ),
    }
}

impl TypedAction for FirewallRule {
    type Input = Input;
    type Output = Output;
    type Captured = Before;
    type Handle = ();

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, _bindings: &Bindings, input: &Value) -> Vec<Effect> {
        let server = input["server"].as_str().into_iter();
        server
            .map(|server| Effect {
                resource: server.to_owned(),
                field: "firewall_rules".to_owned(),
                value: Value::Null,
            })
            .collect()
    }

    fn check(&self, _bindings: &Bindings, input: &Input) -> Vec<String> {
        let addresses = [("start", &input.start), ("end", &input.end)];
        let wrong = addresses.iter().filter_map(|(key, address)| {
            let address = address.as_ref()?;
            let bad = address.parse::<Ipv4Addr>().is_err();
            bad.then(|| format!("`{key}` is no IPv4 address: `{address}`"))
        });
        wrong.collect()
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Capture<Before>> {
        let place = ServerBinding::find(&ctx.bindings, &input.server)?;
        let rules = rules(&self.arm, &place).await?;
        let state = Before { rule: rules.named(&input.name).cloned() };
        Ok(Capture { state, not_before: rules.date })
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, ()>> {
        let place = ServerBinding::find(&ctx.bindings, &attempt.input.server)?;
        let (name, wanted) = (&attempt.input.name, self.wanted(&attempt.input));
        let before = before(&attempt)?;
        if !same(self.now(&place, name).await?.as_ref(), wanted.as_ref()) {
            self.make(&place, name, wanted.as_ref(), attempt.raw.request_id).await?;
        }
        let changed = !same(before.as_ref(), wanted.as_ref());
        Ok(Acted::Done(Output { server: place.server, name: name.clone(), changed }))
    }

    async fn probe(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        _handle: Option<()>,
    ) -> Outcome<Found<Output, ()>> {
        let place = ServerBinding::find(&ctx.bindings, &attempt.input.server)?;
        let (name, wanted) = (&attempt.input.name, self.wanted(&attempt.input));
        let before = before(&attempt)?;
        let now = self.now(&place, name).await?;
        let changed = !same(before.as_ref(), wanted.as_ref());
        let undo = attempt.raw.side == Side::Undo;
        let (target, other) = if undo { (before, wanted) } else { (wanted, before) };
        let output = Output { server: place.server.clone(), name: name.clone(), changed };
        Ok(if same(now.as_ref(), target.as_ref()) {
            Found::Done(output)
        } else if same(now.as_ref(), other.as_ref()) {
            Found::Absent
        } else if undo {
            // Somebody else's rule stays: there is nothing left to undo.
            Found::Done(output)
        } else {
            Found::Unknown(format!(
                "the firewall rule {name} of {} is neither what it was nor what this step makes: \
                 look who changed it",
                place.server
            ))
        })
    }

    async fn verify(&self, ctx: &Context, input: Input, _output: Output) -> Outcome<Verdict> {
        let place = ServerBinding::find(&ctx.bindings, &input.server)?;
        let now = self.now(&place, &input.name).await?;
        Ok(match same(now.as_ref(), self.wanted(&input).as_ref()) {
            true => Verdict::Holds,
            false => Verdict::Drifted(format!(
                "the firewall rule {} of {} is not as it was left",
                input.name, place.server
            )),
        })
    }

    async fn compensate(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<(), ()>> {
        let place = ServerBinding::find(&ctx.bindings, &attempt.input.server)?;
        let (name, wanted) = (&attempt.input.name, self.wanted(&attempt.input));
        let before = before(&attempt)?;
        let now = self.now(&place, name).await?;
        if same(now.as_ref(), before.as_ref()) {
            return Ok(Acted::Done(()));
        }
        if !same(now.as_ref(), wanted.as_ref()) {
            ctx.output.kept(&format!(
                "the firewall rule {name} of {} was changed by somebody else meanwhile, and stays",
                place.server
            ));
            return Ok(Acted::Done(()));
        }
        self.make(&place, name, before.as_ref(), attempt.raw.request_id).await?;
        Ok(Acted::Done(()))
    }
}
