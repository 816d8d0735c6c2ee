//! A message that is to be told: which action, with which input, under which name. It must not know
//! how it is sent.

use windlass_model::expr::EvalError;
use windlass_model::notice::{NoticeId, Untold};
use windlass_model::run::Run;
use windlass_model::scope::{NoticeScope, RunScope};
use windlass_model::{RequestId, StepId, Value, Workflow};

/// A message with all it needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Telling {
    /// Which.
    pub id: NoticeId,
    /// Of which step.
    pub step: StepId,
    /// The action that sends it.
    pub uses: String,
    /// Its input.
    pub input: Value,
    /// The same for every try, over crashes too: by it one knows again what was sent.
    pub request_id: RequestId,
}

impl Telling {
    /// The message; nothing where the step has no such notice.
    pub fn new(workflow: &Workflow, run: &Run, untold: &Untold) -> Result<Option<Self>, EvalError> {
        let step = workflow.step(untold.step);
        let id = untold.id;
        let Some(notice) = step.notify.get(id.which as usize) else { return Ok(None) };
        let output = &run.steps[untold.step as usize].output;
        let scope = RunScope { workflow, run, step: untold.step, output: Some(output) };
        let input = notice.with.render(&NoticeScope { step: scope, untold })?;
        let request_id = RequestId::derive(run.id, &Self::name(&step.id, id), "notice", 0);
        let (step, uses) = (step.id.clone(), notice.uses.clone());
        Ok(Some(Self { id, step, uses, input, request_id }))
    }

    /// The name under which the action knows it: two messages of one step are two.
    pub fn name(step: &StepId, id: NoticeId) -> StepId {
        StepId::new(format!("{step}#{}.{}", id.event, id.which))
    }
}
