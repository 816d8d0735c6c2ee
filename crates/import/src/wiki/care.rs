//! What stands before a step that nobody can take back: a typed name, and a proof.

use crate::draft::{Step, Value};
use crate::phrase::context::Context;

/// Actions after which there is no way back, with the key that names what is lost.
const FOR_GOOD: [(&str, &str); 2] =
    [("azure.sql.delete_database", "database"), ("azure.app_service.delete_slot", "app")];

/// Puts a question before a step that is for good, and makes its answer the proof.
pub fn before(step: &mut Step, context: &mut Context<'_>, when: &[String]) {
    let Some(Value::Raw(uses)) = step.get("uses").cloned() else { return };
    let Some((_, key)) = FOR_GOOD.iter().find(|(kind, _)| *kind == uses) else { return };
    let Some(Value::Map(with)) = step.get("with").cloned() else { return };
    let Some((_, Value::Plain(lost))) = with.iter().find(|(name, _)| name == key) else { return };
    let name = match uses.starts_with("azure.sql.") {
        true => format!("${{{{ resources.{lost}.database }}}}"),
        false => lost.clone(),
    };
    let mut confirm = Step::new(format!("confirm_{}", step.id), step.line)
        .with("name", Value::raw("Somebody types the name of what is deleted"));
    if !when.is_empty() {
        let mut when = when.to_vec();
        when.dedup();
        confirm = confirm.with("if", Value::raw(when.join(" && ")));
    }
    let prompt = "It is deleted for good. Is everything there that is needed without it?";
    let confirm = confirm
        .with("uses", Value::raw("confirm_by_name"))
        .with(
            "with",
            Value::map([("prompt", Value::plain(prompt)), ("name", Value::template(name))]),
        )
        .guessed("nothing brings it back, so somebody types its name first");
    let asked = context.draft.step(confirm);
    let mut proof = format!("steps.{asked}.outputs.approved");
    if let Some(export) = context.exported.get(lost) {
        proof = format!("steps.{export}.outputs.length > 0 && {proof}");
    }
    step.keys.push(("requires".to_owned(), Value::raw(proof)));
}

/// The database that a step exports.
pub fn exported(step: &Step) -> Option<String> {
    let exports = step.get("uses") == Some(&Value::raw("azure.sql.export_bacpac"));
    match step.get("with") {
        Some(Value::Map(with)) if exports => with.iter().find_map(|(key, value)| match value {
            Value::Plain(name) if key == "database" => Some(name.clone()),
            _ => None,
        }),
        _ => None,
    }
}
