//! What this process can answer by itself, by `--yes` and `--confirm`, and what it must leave to a
//! human: the one place that knows the rules of `confirm: strict` and `relaxed`.

use super::questions::Question;
use crate::command_error::{CommandError, Outcome};
use crate::render::foreseen::{Foreseen, never, nobody};
use std::collections::{BTreeMap, BTreeSet};
use windlass_model::rollback::point_of_no_return;
use windlass_model::scope::RunScope;
use windlass_model::{
    Confirm, Decision, Environment, StepDef, StepId, StepIdx, Value, Work, Workflow,
};

/// The answers that a command line brought along.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// `--yes`.
    pub yes: bool,
    /// `--confirm STEP=NAME`.
    pub confirm: BTreeMap<String, String>,
    /// Whether a human sits in front of this process.
    pub human: bool,
    /// How the environment understands `--yes`.
    pub rules: Confirm,
}

impl Answers {
    /// The answers for runs of a workflow.
    pub fn given(
        yes: bool,
        confirm: &[(String, String)],
        human: bool,
        workflow: &Workflow,
    ) -> Outcome<Self> {
        for (step, _) in confirm {
            if workflow.find(&StepId::new(step)).is_none() {
                let message = format!("`--confirm {step}=…` names no step of this workflow");
                return Err(CommandError::usage(message));
            }
        }
        let rules = workflow.def().environment.confirm;
        Ok(Self { yes, confirm: confirm.iter().cloned().collect(), human, rules })
    }

    /// What is answered without a human; none where one must.
    pub fn to(&self, question: &Question) -> Option<Value> {
        let relaxed = self.yes && self.rules == Confirm::Relaxed;
        let named = self.confirm.get(question.step.as_str());
        let confirmed = question.typed.is_some() && question.typed.as_ref() == named;
        match question.ty.as_deref() {
            None => (relaxed || confirmed).then_some(Value::Bool(true)),
            // A yes is an answer to what is asked for a yes or no.
            Some("bool") => relaxed.then_some(Value::Bool(true)),
            Some(_) => None,
        }
    }

    /// Steps whose questions nobody here will answer, as far as one can tell before they are asked.
    /// A name that must be typed is known only then: such a step counts, and an answer by
    /// `--confirm` brings whoever left back.
    pub fn left_open(&self, workflow: &Workflow) -> BTreeSet<StepId> {
        if self.human {
            return BTreeSet::new();
        }
        let relaxed = self.yes && self.rules == Confirm::Relaxed;
        let steps = workflow.def().steps.iter();
        let open = steps.filter(|step| match &step.work {
            Work::Input { ty, .. } => ty != "bool" || !relaxed,
            Work::Approve { .. } => !relaxed,
            _ => false,
        });
        open.map(|step| step.id.clone()).collect()
    }

    /// Points of no return that a strict environment does not let pass, each with the name that
    /// `--confirm` or a human must give; none that these inputs leave out.
    pub fn unconfirmed(&self, workflow: &Workflow) -> Vec<(StepId, String)> {
        if self.rules == Confirm::Relaxed {
            return Vec::new();
        }
        let nobody = nobody(workflow);
        let all = 0..workflow.len() as StepIdx;
        let points = all.filter(|at| {
            let step = workflow.step(*at);
            let scope = Foreseen { workflow, nobody: &nobody, step: *at };
            let runs = !step.condition.as_ref().is_some_and(|only| never(only, &scope));
            runs && point_of_no_return(step) && !matches!(step.work, Work::Approve { .. })
        });
        let named = points.map(|at| (workflow.step(at).id.clone(), touched(workflow, at)));
        named.filter(|(step, name)| self.confirm.get(step.as_str()) != Some(name)).collect()
    }
}

/// Keys of an action's input that name what it touches, the most telling first.
const TELLING: [&str; 5] = ["database", "app", "target", "to", "name"];

/// The name of what a step touches, as far as it is known beforehand, which a human types before it
/// is touched for good; the step's own name where its input tells none.
pub fn touched(workflow: &Workflow, at: StepIdx) -> String {
    let step = workflow.step(at);
    let nobody = nobody(workflow);
    let scope = RunScope { workflow, run: &nobody, step: at, output: None };
    let input = match &step.work {
        Work::Action { with, .. } => with.preview(&scope),
        _ => Value::Null,
    };
    let told = TELLING.iter().find_map(|key| input.get(*key)?.as_str());
    told.unwrap_or(step.id.as_str()).to_owned()
}

/// Whether somebody may answer a question by the environment's list of approvers. A role without a
/// list is anybody's, and a relaxed environment, which rehearses, asks nobody for his name.
pub fn may_answer(environment: &Environment, question: &Question, by: &str) -> Result<(), String> {
    if environment.confirm == Confirm::Strict && question.not_by.as_deref() == Some(by) {
        return Err(format!(
            "`{by}` may not answer `{}`: it asks for other eyes than those of whoever started the \
             run",
            question.step
        ));
    }
    has_role(environment, &question.roles, by)
        .map_err(|whose| format!("`{by}` may not answer `{}`: {whose}", question.step))
}

/// Whether somebody may decide about a step. To go on past a question is an answer to it, so that
/// whoever may not answer may not do that either; to have it asked again, anybody of its roles may.
pub fn may_decide(
    workflow: &Workflow,
    step: &StepDef,
    decision: Decision,
    by: &str,
) -> Result<(), String> {
    if decision != Decision::Retry && workflow.barred(step) == Some(by) {
        return Err(format!(
            "`{by}` may not decide about `{}`: it asks for other eyes than those of whoever \
             started the run",
            step.id
        ));
    }
    has_role(&workflow.def().environment, &step.roles, by)
        .map_err(|whose| format!("`{by}` may not decide about `{}`: {whose}", step.id))
}

/// Whether somebody may send a signal that these steps wait for, by the same list.
pub fn may_send(environment: &Environment, waits: &[&StepDef], by: &str) -> Result<(), String> {
    let mut refused = None;
    for step in waits {
        match has_role(environment, &step.roles, by) {
            Ok(()) => return Ok(()),
            Err(whose) => refused = Some(format!("`{by}` may not send to `{}`: {whose}", step.id)),
        }
    }
    refused.map_or(Ok(()), Err)
}

fn has_role(environment: &Environment, roles: &[String], by: &str) -> Result<(), String> {
    let listed: Vec<&Vec<String>> =
        roles.iter().filter_map(|role| environment.approvers.get(role)).collect();
    let anybody = listed.is_empty() || environment.confirm == Confirm::Relaxed;
    if anybody || listed.iter().any(|people| people.iter().any(|name| name == by)) {
        return Ok(());
    }
    let people: Vec<&str> = listed.iter().flat_map(|l| l.iter().map(String::as_str)).collect();
    Err(format!(
        "its role is {}, which the environment `{}` gives to {}",
        roles.join(" or "),
        environment.name,
        people.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(typed: Option<&str>, ty: Option<&str>) -> Question {
        Question {
            step: "tested".into(),
            prompt: "Tested?".into(),
            roles: vec!["release".into()],
            typed: typed.map(str::to_owned),
            not_by: None,
            deadline: None,
            ty: ty.map(str::to_owned),
        }
    }

    #[test]
    fn yes_answers_approvals_only_where_the_environment_is_relaxed() {
        let strict = Answers { yes: true, ..Answers::default() };
        let relaxed = Answers { rules: Confirm::Relaxed, ..strict.clone() };
        assert_eq!(strict.to(&question(None, None)), None);
        assert_eq!(relaxed.to(&question(None, None)), Some(Value::Bool(true)));
        assert_eq!(relaxed.to(&question(None, Some("int"))), None, "no value can be guessed");
    }

    #[test]
    fn a_name_is_confirmed_only_by_that_name() {
        let confirm = |name: &str| Answers {
            confirm: BTreeMap::from([("tested".to_owned(), name.to_owned())]),
            ..Answers::default()
        };
        let asked = question(Some("qa4"), None);
        assert_eq!(confirm("qa4").to(&asked), Some(Value::Bool(true)));
        assert_eq!(confirm("qa5").to(&asked), None);
    }

    #[test]
    fn only_listed_people_have_a_listed_role() {
        let mut environment = Environment::default();
        assert!(may_answer(&environment, &question(None, None), "eve").is_ok());
        environment.approvers.insert("release".into(), vec!["ann".into()]);
        assert!(may_answer(&environment, &question(None, None), "ann").is_ok());
        assert!(may_answer(&environment, &question(None, None), "eve").is_err());
        environment.confirm = Confirm::Relaxed;
        assert!(may_answer(&environment, &question(None, None), "eve").is_ok());
    }

    #[test]
    fn who_started_a_run_is_not_the_other_pair_of_eyes() {
        let mut environment = Environment::default();
        let asked = Question { not_by: Some("ann".to_owned()), ..question(None, None) };
        let why = may_answer(&environment, &asked, "ann").unwrap_err();
        assert!(why.contains("other eyes"), "{why}");
        assert!(may_answer(&environment, &asked, "bob").is_ok());
        environment.confirm = Confirm::Relaxed;
        assert!(may_answer(&environment, &asked, "ann").is_ok());
    }
}
