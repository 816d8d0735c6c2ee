//! The questions that a run asks humans, found in its history. It must not know how one answers.

use crate::command_error::Outcome;
use crate::compose::program::Program;
use std::collections::BTreeMap;
use windlass_model::run::Run;
use windlass_model::{EventKind, StepId, Timestamp, Value, Work, Workflow};

/// Events read at once while one looks for questions.
const PAGE: usize = 1_000;

/// An open question.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The step that asks.
    pub step: StepId,
    /// What it asks.
    pub prompt: String,
    /// Who may answer; anybody where empty.
    pub roles: Vec<String>,
    /// The name to type, where a bare yes is not enough.
    pub typed: Option<String>,
    /// Who may not answer, whatever his role.
    pub not_by: Option<String>,
    /// When waiting ends.
    pub deadline: Option<Timestamp>,
    /// The type of value that it asks for; none for a yes or no.
    pub ty: Option<String>,
}

impl Question {
    /// The question that an event asks. A signal is no question: a program sends it.
    pub fn asked(workflow: &Workflow, kind: &EventKind) -> Option<Self> {
        let EventKind::SignalAwaited { step, prompt, roles, typed, not_by, signal, deadline } =
            kind
        else {
            return None;
        };
        if signal.is_some() {
            return None;
        }
        let ty = match &workflow.step(workflow.find(step)?).work {
            Work::Input { ty, .. } => Some(ty.clone()),
            _ => None,
        };
        Some(Self {
            step: step.clone(),
            prompt: prompt.clone(),
            roles: roles.clone(),
            typed: typed.clone(),
            not_by: not_by.clone(),
            deadline: *deadline,
            ty,
        })
    }

    /// Reads a value of the type that is asked for.
    pub fn read_value(&self, text: &str) -> Result<Value, String> {
        let ty = self.ty.as_deref().unwrap_or("bool");
        let read = match ty {
            "int" => text.trim().parse::<i64>().ok().map(Value::from),
            "bool" => match text.trim().to_ascii_lowercase().as_str() {
                "yes" | "true" => Some(Value::Bool(true)),
                "no" | "false" => Some(Value::Bool(false)),
                _ => None,
            },
            _ => Some(Value::from(text)),
        };
        read.ok_or_else(|| format!("`{}` wants a value of type {ty}, not `{text}`", self.step))
    }
}

/// The questions that are open now, in the order of the steps.
pub async fn open(program: &Program, workflow: &Workflow, run: &Run) -> Outcome<Vec<Question>> {
    let mut found = BTreeMap::new();
    if run.awaiting.is_empty() {
        return Ok(Vec::new());
    }
    let mut after = 0;
    while after < run.seq {
        let events = program.reader.events(run.id, after, PAGE).await?;
        let Some(last) = events.last() else { break };
        after = last.seq;
        for event in &events {
            if let Some(question) = Question::asked(workflow, &event.kind) {
                found.insert(question.step.clone(), question);
            }
        }
    }
    let open = run.awaiting.iter().map(|(at, _)| &workflow.step(*at).id);
    Ok(open.filter_map(|step| found.remove(step)).collect())
}
