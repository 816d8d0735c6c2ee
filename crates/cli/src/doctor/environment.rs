//! Looks at an environment from here: whether each section's account lets us in, and whether every
//! resource can be read. Nothing is changed.

use super::finding::Finding;
use super::lead::lead;
use crate::command_error::Outcome;
use crate::compose::clocks::SystemClock;
use crate::compose::outfit::{Workshop, catalog};
use crate::compose::places::Places;
use crate::compose::program::new_id;
use crate::simulate::environment;
use std::sync::Arc;
use std::time::Duration;
use windlass_engine::look::quiet;
use windlass_engine::{Outfit, Outfitter};
use windlass_model::{
    Binding, Catalog, EffectClass, Environment, Map, RunId, StepId, Value, WorkflowDef,
};
use windlass_ports::{ActionError, Context};

/// The part's name.
const PART: &str = "environment";

/// Time for one service to answer: what takes longer makes no release either.
const ANSWER: Duration = Duration::from_secs(30);

/// Names of codes by which services say that the identity may not read something.
const NOT_ALLOWED: [&str; 8] = [
    "http_401",
    "http_403",
    "AuthenticationFailed",
    "AuthorizationFailed",
    "AuthorizationPermissionMismatch",
    "LinkedAuthorizationFailed",
    "InvalidAuthenticationInfo",
    "InvalidAuthenticationToken",
];

/// One finding for each account and each resource of an environment.
pub async fn look(env: &str, places: &Places) -> Outcome<Vec<Finding>> {
    let catalog = catalog();
    let environment = environment::find(env, &catalog)?;
    let def = WorkflowDef { environment: environment.clone(), ..WorkflowDef::default() };
    let workshop = Workshop::new(places.clone());
    let outfit = match workshop.outfit(RunId(new_id()), &def, None).await {
        Ok(outfit) => outfit,
        Err(why) => return Ok(vec![Finding::wrong(PART, why, format!("look into `{env}`"))]),
    };
    let ctx = context(&environment, &outfit);
    let mut found = Vec::new();
    for account in outfit.registry.accounts() {
        let section = account.section();
        let signed = tokio::time::timeout(ANSWER, account.sign_in(&ctx)).await;
        found.push(match signed.unwrap_or_else(|_| Err(late())) {
            Ok(said) => Finding::fine(PART, format!("`{section}`: signed in {said}")),
            Err(error) => {
                let mend = match error {
                    ActionError::Transient(_) => "it may pass: look again in a while".to_owned(),
                    _ => {
                        format!("look at the section `{section}` in `{env}`, its credential first")
                    }
                };
                led(Finding::wrong(PART, format!("`{section}`: {error}"), mend), &error)
            }
        });
    }
    let mut unread: Vec<Unread> = Vec::new();
    for (name, binding) in &environment.resources {
        match resource(name, binding, &outfit, &ctx).await {
            Ok(finding) => found.push(finding),
            Err(error) => {
                let needs = match not_allowed(&error) {
                    true => permissions(&catalog, &binding.kind),
                    false => Vec::new(),
                };
                match unread.iter_mut().find(|other| other.error == error) {
                    Some(other) => other.also(name, needs),
                    None => unread.push(Unread { names: vec![name], error, needs }),
                }
            }
        }
    }
    found.extend(unread.into_iter().map(Unread::finding));
    if environment.resources.is_empty() {
        found.push(Finding::fine(PART, format!("`{}` binds no resource", environment.name)));
    }
    Ok(found)
}

async fn resource(
    name: &str,
    binding: &Binding,
    outfit: &Outfit,
    ctx: &Context,
) -> Result<Finding, ActionError> {
    let kind = &binding.kind;
    let Some(resource) = outfit.registry.resource(kind) else {
        let says = format!("{name}: the environment has no section for a `{kind}`");
        return Ok(Finding::wrong(PART, says, "`windlass check FILE --env NAME` says which one"));
    };
    let observed = tokio::time::timeout(ANSWER, resource.observe(ctx, binding)).await;
    Ok(there(name, kind, &observed.unwrap_or_else(|_| Err(late()))?))
}

/// Resources that one error keeps from being read: a missing secret is said once.
struct Unread<'a> {
    names: Vec<&'a str>,
    error: ActionError,
    needs: Vec<String>,
}

impl<'a> Unread<'a> {
    fn also(&mut self, name: &'a str, needs: Vec<String>) {
        self.names.push(name);
        let new = needs.into_iter().filter(|need| !self.needs.contains(need)).collect::<Vec<_>>();
        self.needs.extend(new);
    }

    fn finding(self) -> Finding {
        let names = self.names.join(", ");
        let mend = match &self.error {
            ActionError::Transient(_) => "it may pass: look again in a while".to_owned(),
            _ => format!("mend `resources:` of {names} in the environment file, or what they name"),
        };
        let says = format!("{names}: {}", self.error);
        let finding = led(Finding::wrong(PART, says, mend), &self.error);
        self.needs
            .into_iter()
            .fold(finding, |finding, one| finding.mend(format!("what reads them needs: {one}")))
    }
}

/// The finding with what a person does next.
fn led(finding: Finding, error: &ActionError) -> Finding {
    lead(error).into_iter().fold(finding, Finding::mend)
}

fn there(name: &str, kind: &str, fields: &Map<String, Value>) -> Finding {
    let blank: Vec<&str> = fields
        .iter()
        .filter(|(_, value)| value.is_null())
        .map(|(field, _)| field.as_str())
        .collect();
    let read = fields.len() - blank.len();
    if fields.get("exists") == Some(&Value::Bool(false)) {
        let says = format!("{name}: there is no such {kind} now");
        return Finding::note(PART, says)
            .mend("all is well where a workflow makes it; else look at its name");
    }
    let says = format!("{name}: can be read ({read} of {} fields are known)", fields.len());
    Finding::fine(PART, says)
}

/// Whether a service says that the identity may not do something.
pub fn not_allowed(error: &ActionError) -> bool {
    let code = match error {
        ActionError::Transient(failure) | ActionError::Permanent(failure) => &failure.code,
        ActionError::InDoubt(_) => return false,
    };
    NOT_ALLOWED.contains(&code.as_str())
}

/// What those actions need that only read resources of a kind.
fn permissions(catalog: &Catalog, kind: &str) -> Vec<String> {
    let actions = catalog.actions.values();
    let reading = actions.filter(|spec| spec.traits.class == EffectClass::ReadOnly);
    let of_kind = reading.filter(|spec| names(&spec.input, kind));
    let mut needs: Vec<String> =
        of_kind.flat_map(|spec| spec.guide.permissions.iter().cloned()).collect();
    needs.sort();
    needs.dedup();
    needs
}

/// Whether an input of this schema names a resource of a kind.
fn names(schema: &Value, kind: &str) -> bool {
    match schema {
        Value::Object(map) => {
            map.get("x-resource").and_then(Value::as_str) == Some(kind)
                || map.values().any(|value| names(value, kind))
        }
        Value::Array(list) => list.iter().any(|value| names(value, kind)),
        _ => false,
    }
}

fn late() -> ActionError {
    ActionError::InDoubt(format!("no answer within {} s", ANSWER.as_secs()))
}

fn context(environment: &Environment, outfit: &Outfit) -> Context {
    let bindings = Arc::new(environment.resources.clone());
    Context {
        // A clock that is scaled would let a patient call run out of time at once.
        clock: Arc::new(SystemClock),
        ..quiet(outfit, RunId(new_id()), StepId::new("doctor"), &bindings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_of_azure_has_an_action_that_says_what_reading_it_needs() {
        let catalog = catalog();
        let kinds = ["azure.app_service", "azure.sql_database", "azure.storage_blob"];
        for kind in kinds.into_iter().chain(["azure.storage_container", "postgres.database"]) {
            let needs = permissions(&catalog, kind);
            assert!(needs.iter().any(|one| one.contains("read")), "{kind}: {needs:?}");
        }
        assert!(permissions(&catalog, "no.such_kind").is_empty());
    }
}
