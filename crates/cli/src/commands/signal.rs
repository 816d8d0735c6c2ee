//! `windlass signal`.

use super::delivery::{Delivery, DeliveryArgs};
use super::globals::Globals;
use crate::command_error::{CommandError, Outcome};
use crate::exit_code::ExitCode;
use crate::follow::answers::may_send;
use std::collections::BTreeSet;
use windlass_model::observation::Signal;
use windlass_model::run::Run;
use windlass_model::settle::SIGNALS_KEPT_MAX;
use windlass_model::{Phase, StepDef, Value, Work, Workflow};

/// Most bytes of `--data`: the history keeps them for ever, and expressions read them.
const DATA_BYTES_MAX: usize = 64 * 1024;

/// Sends a signal to a run, for a step that waits for it by name
///
/// A signal that comes before the wait is kept until it is the step's turn. Each ends one wait:
/// where two steps wait for one name, send it twice.
///
/// Where no process drives the run, this one goes on with it (`--detach` only posts the signal).
///
/// Examples:
///
///   windlass signal run_0193f0 tests_passed
///
///   windlass signal run_0193f0 tests_passed --data '{"passed": 812}' --note "build 4711"
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct SignalArgs {
    /// The run: its id, or any unique beginning of it
    pub run: String,

    /// The signal's name, as `with: { signal: NAME }` has it
    pub name: String,

    /// What it says: JSON, or else a text; steps see it as `steps.ID.outputs.data`. It stands in
    /// the history in clear
    #[arg(long, value_name = "JSON")]
    pub data: Option<String>,

    /// Why, for the history
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,

    /// How the signal gets there.
    #[command(flatten)]
    pub delivery: DeliveryArgs,
}

/// Runs the verb.
pub async fn run(args: &SignalArgs, globals: &Globals) -> Outcome {
    let program = globals.open().await?;
    let head = program.find(&args.run).await?;
    let loaded = program.reader.load(head.run).await?;
    let by = args.delivery.acting();
    let waits = waiting(&loaded.workflow, &args.name).map_err(|why| {
        let show = program.command(&format!("show {}", head.run));
        CommandError::usage(why).hint(format!("`{show}` says what the run waits for"))
    })?;
    fits(&loaded.run, &args.name, &waits).map_err(CommandError::usage)?;
    may_send(&loaded.workflow.def().environment, &waits, &by).map_err(|why| {
        CommandError::usage(why).hint("somebody who has the role may send it with `--as NAME`")
    })?;
    let data = data(args.data.as_deref())?;
    let signal = Signal::Send { name: args.name.clone(), data, by, note: args.note.clone() };
    let delivery = Delivery { program: &program, globals, args: &args.delivery, wanted: &[] };
    let phase = loaded.run.phase();
    let stands = matches!(phase, Phase::Paused | Phase::Failed | Phase::Stuck | Phase::Queued);
    if stands && program.driver(head.run).await?.is_none() {
        // Going on with a run that was stopped, or that failed, is a decision of its own.
        program.engine.signal(head.run, &signal).await?;
        delivery.posted(head.run);
        return Ok(ExitCode::Succeeded);
    }
    delivery.send(&loaded.run, signal).await
}

/// The steps that wait for a signal of this name.
fn waiting<'a>(workflow: &'a Workflow, name: &str) -> Result<Vec<&'a StepDef>, String> {
    let mut known: BTreeSet<&str> = BTreeSet::new();
    let mut steps = Vec::new();
    for step in &workflow.def().steps {
        let Work::WaitSignal { name: other } = &step.work else { continue };
        known.insert(other);
        if other == name {
            steps.push(step);
        }
    }
    if !steps.is_empty() {
        return Ok(steps);
    }
    let known: Vec<String> = known.into_iter().map(|name| format!("`{name}`")).collect();
    Err(match known.is_empty() {
        true => format!("failed to send `{name}`: no step of this run waits for a signal"),
        false => format!(
            "failed to send `{name}`: no step of this run waits for it; they wait for {}",
            known.join(", ")
        ),
    })
}

/// Refuses a signal that nothing would come of.
fn fits(run: &Run, name: &str, waits: &[&StepDef]) -> Result<(), String> {
    if run.phase().ended() || run.going_back() {
        return Err(format!("failed to send `{name}`: the run is {}", run.phase()));
    }
    if run.signals.len() >= SIGNALS_KEPT_MAX {
        return Err(format!(
            "failed to send `{name}`: {SIGNALS_KEPT_MAX} signals wait for `{}` already",
            waits.first().map(|step| step.id.as_str()).unwrap_or_default()
        ));
    }
    Ok(())
}

fn data(text: Option<&str>) -> Outcome<Value> {
    let Some(text) = text else { return Ok(Value::Null) };
    if text.len() > DATA_BYTES_MAX {
        let why = format!("`--data` has {} bytes; a history takes {DATA_BYTES_MAX}", text.len());
        return Err(CommandError::usage(why).hint("put it into a file, and send where that is"));
    }
    Ok(serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn data_is_json_or_else_a_text() {
        assert_eq!(data(None).unwrap(), Value::Null);
        assert_eq!(data(Some("{\"n\": 7}")).unwrap(), json!({ "n": 7 }));
        assert_eq!(data(Some("build 4711")).unwrap(), json!("build 4711"));
        assert!(data(Some(&"x".repeat(DATA_BYTES_MAX + 1))).is_err());
    }
}
