//! The key `notify`: who is told of a step, when, and by which action.

use super::context::Context;
use super::policies::action_input;
use crate::cel::{Names, Ty};
use crate::diagnostic::Findings;
use crate::yaml::{Yaml, YamlKind};
use windlass_model::notice::{Moment, Notice};

/// What the kinds of actions that tell people begin with.
const FAMILY: &str = "notify.";

/// Reads it.
pub fn notices(
    step: &Yaml,
    context: &Context<'_>,
    (names, outputs): (&Names, &Ty),
    findings: &mut Findings,
) -> Vec<Notice> {
    let Some(yaml) = step.get("notify") else { return Vec::new() };
    let fields = ["on", "step", "says"].map(|name| (name.to_owned(), Ty::String));
    let names = names.clone().with("outputs", outputs.clone());
    let names = names.with("notice", Ty::record("`notice`", fields));
    let one = |yaml: &Yaml, findings: &mut Findings| notice(yaml, context, &names, findings);
    match &yaml.kind {
        YamlKind::List(list) => list.iter().filter_map(|yaml| one(yaml, findings)).collect(),
        _ => one(yaml, findings).into_iter().collect(),
    }
}

fn notice(
    yaml: &Yaml,
    context: &Context<'_>,
    names: &Names,
    findings: &mut Findings,
) -> Option<Notice> {
    // what does not fit the schema has been said
    let (uses, on) = (yaml.get("uses")?, yaml.get("on")?);
    let kind = uses.text()?;
    if !kind.starts_with(FAMILY) {
        let known = context.catalog.actions.keys().filter(|kind| kind.starts_with(FAMILY));
        let known: Vec<String> = known.map(|kind| format!("`{kind}`")).collect();
        let message = format!("`{kind}` tells nobody anything");
        let help = format!("there is: {}", known.join(", "));
        findings.error("notify", uses.span, message).help(help);
        return None;
    }
    let mut moments: Vec<Moment> = match &on.kind {
        YamlKind::List(list) => list.iter().filter_map(moment).collect(),
        _ => moment(on).into_iter().collect(),
    };
    moments.sort_unstable();
    moments.dedup();
    if matches!(&on.kind, YamlKind::List(list) if list.is_empty()) {
        let message = "a message is for one moment at least";
        let help = "write `on: failure`, or a list of `start`, `success`, `failure`, `waiting`";
        findings.error("notify", on.span, message).help(help);
    }
    let (with, _) = action_input(kind, yaml.get("with"), uses.span, context, names, findings)?;
    Some(Notice { on: moments, uses: kind.to_owned(), with })
}

fn moment(yaml: &Yaml) -> Option<Moment> {
    serde_json::from_value(yaml.text()?.into()).ok()
}
