//! Who may start a workflow, and bend what a run of it does: people of the workflow's roles, by the
//! environment's list. Who may answer a question is the question's affair.

use crate::command_error::{CommandError, Outcome};
use std::collections::BTreeSet;
use windlass_model::{Confirm, WorkflowDef};

/// What somebody wants of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// A new one.
    Start,
    /// That it goes on.
    Resume,
    /// That it is undone.
    RollBack,
    /// That it stops for now.
    Pause,
    /// That it ends.
    Cancel,
    /// That a step counts as done, is left, or is tried again.
    Decide,
    /// That another run takes its place.
    TakeOver,
}

impl Wish {
    fn words(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Resume => "resume",
            Self::RollBack => "roll back",
            Self::Pause => "pause",
            Self::Cancel => "cancel",
            Self::Decide => "decide about a step of",
            Self::TakeOver => "take over",
        }
    }
}

/// Refuses whoever has none of the workflow's roles.
pub fn check(def: &WorkflowDef, by: &str, wish: Wish) -> Outcome<()> {
    may(def, by, wish).map_err(|why| {
        let verb = wish.words();
        let who = format!(
            "somebody of that role may {verb} it with `--as NAME`; `approvers:` of the environment \
             file lists people"
        );
        CommandError::usage(why).hint(who)
    })
}

/// The same as a sentence. An environment that rehearses asks nobody for his name.
fn may(def: &WorkflowDef, by: &str, wish: Wish) -> Result<(), String> {
    let environment = &def.environment;
    if def.roles.is_empty() || environment.confirm == Confirm::Relaxed {
        return Ok(());
    }
    let people: BTreeSet<&str> = def
        .roles
        .iter()
        .filter_map(|role| environment.approvers.get(role))
        .flat_map(|people| people.iter().map(String::as_str))
        .collect();
    if people.contains(by) {
        return Ok(());
    }
    let (name, roles) = (&environment.name, def.roles.join(" or "));
    let who = match people.is_empty() {
        true => format!("the environment `{name}` gives to nobody"),
        false => {
            let people: Vec<&str> = people.into_iter().collect();
            format!("the environment `{name}` gives to {}", people.join(", "))
        }
    };
    let (verb, workflow) = (wish.words(), &def.name);
    Err(format!("`{by}` may not {verb} `{workflow}`: it is for the role {roles}, which {who}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_people_of_its_roles_have_a_say_in_a_strict_environment() {
        let mut def = WorkflowDef { name: "release".into(), ..WorkflowDef::default() };
        assert!(may(&def, "eve", Wish::Start).is_ok());
        def.roles = vec!["release".into(), "owner".into()];
        assert!(may(&def, "eve", Wish::Start).unwrap_err().contains("to nobody"));
        def.environment.approvers.insert("owner".into(), vec!["ann".into()]);
        assert!(may(&def, "ann", Wish::RollBack).is_ok());
        assert!(may(&def, "eve", Wish::Start).unwrap_err().ends_with("gives to ann"));
        def.environment.confirm = Confirm::Relaxed;
        assert!(may(&def, "eve", Wish::Start).is_ok());
    }
}
