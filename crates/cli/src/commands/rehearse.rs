//! `windlass rehearse`: a workflow against a simulated world of its own, in time that jumps.

use super::globals::Globals;
use crate::command_error::{CommandError, ErrorKind, Outcome};
use crate::exit_code::ExitCode;
use crate::file_args::FileArgs;
use crate::proof;
use crate::rehearse::crash::{CrashPoint, Moment, Write};
use crate::rehearse::fault::{ALL, How, StepFault};
use crate::rehearse::invariants;
use crate::rehearse::play::{Case, Played, beginning, play};
use crate::rehearse::scripted::{compared, play as play_story};
use crate::rehearse::series::{Judged, Named, play_all};
use crate::rehearse::stand_in::is_simulated;
use crate::rehearse::table::Told;
use crate::rehearse::verdict::{self, Verdict};
use crate::rehearse::world::Beginning;
use crate::talk;
use clap::ValueEnum;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use windlass_model::{Phase, Seq, StepDef, StepId, Work, Workflow};
use windlass_prover::Outline;
use windlass_spec::BeforeFile;

/// The word for all crash points and all steps.
const EVERYWHERE: &str = "everywhere";

/// Rehearses a workflow in a simulated world of its own, with crashes and failures
///
/// Nothing real is touched, nobody is asked, and no time is waited for: it jumps. Each crash drops
/// the engine and its store and goes on from what lies on the disk; each rehearsal is compared with
/// the clean one.
///
/// Examples:
///
///   windlass rehearse workflows/hotfix_qa4_setup.yaml --env rehearsal
///
///   windlass rehearse workflows/hotfix_qa4_setup.yaml --env rehearsal --crash everywhere
///
///   windlass rehearse release.yaml --env rehearsal --fail restore_backup:lost_reply
///
///   windlass rehearse workflows/hotfix_qa4_setup.yaml --env rehearsal --fail everywhere
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct RehearseArgs {
    /// The workflow file
    file: PathBuf,
    #[command(flatten)]
    with: FileArgs,
    /// Kills the engine before and after each write (`everywhere`), or around one event
    #[arg(long, value_name = "everywhere|SEQ")]
    crash: Option<String>,
    /// Lets a step go wrong: refused, lost_reply, lost_request or half_done; `everywhere` tries all
    #[arg(long, value_name = "STEP[:HOW]")]
    fail: Vec<String>,
    /// So many more rehearsals, each with another order of parallel steps
    #[arg(long, value_name = "N", default_value_t = 0)]
    interleavings: u64,
    /// Plays what `check` says that can be broken: each story happens to the engine's own core in a
    /// world that changes as the actions declare, and its end is looked at
    #[arg(long, conflicts_with_all = ["crash", "fail", "interleavings", "without_probes"])]
    stories: bool,
    /// Compares what `check` says with every rehearsal on the engine's own core: every order of the
    /// steps that matter, with one incident anywhere and three where it matters
    #[arg(long, conflicts_with_all = ["stories", "crash", "fail", "interleavings"])]
    every_way: bool,
    /// Lets every probe say "absent", as if what was in doubt were just tried again: shows that the
    /// rehearsal sees what that does
    #[arg(long)]
    without_probes: bool,
}

/// Rehearses.
pub async fn run(args: &RehearseArgs, globals: &Globals) -> Outcome {
    let (def, checked) = args.with.resolve_checked(&args.file).await?;
    // These happen to the engine's core alone: nothing of an environment is called.
    if args.stories || args.every_way {
        let outline = proof::outlined(&checked).await.map_err(CommandError::failed)?;
        let verdict = windlass_prover::prove(&outline, windlass_prover::Options::default());
        let verdict =
            verdict.map_err(|bug| CommandError::new(ErrorKind::Bug, anyhow::anyhow!(bug.0)))?;
        return match args.stories {
            true => Ok(stories(&outline, &verdict, globals.json)),
            false => every_way(&outline, &verdict, globals.json),
        };
    }
    if !def.environment.simulator {
        let name = &def.environment.name;
        let message = format!("failed to rehearse: the environment `{name}` is no simulated one");
        return Err(CommandError::usage(message).hint("add --env rehearsal"));
    }
    let workflow = Workflow::new(def).map_err(|e| CommandError::new(ErrorKind::Invalid, e))?;
    let workflow = Arc::new(workflow);
    let wanted = Wanted::read(args, &workflow)?;
    let before = prelude(args, &checked.before()).await?;
    let (shared, json) = (workflow.clone(), globals.json);
    // It has runtimes of its own, which must not begin within this one.
    let done = tokio::task::spawn_blocking(move || rehearse(&shared, &before, &wanted, json)).await;
    done.map_err(|error| CommandError::new(ErrorKind::Bug, error))?
}

/// Both verdicts on each condition. The end is a good one where they agree, whatever they are.
fn every_way(outline: &Outline, proved: &windlass_prover::Verdict, json: bool) -> Outcome {
    let compared = compared(outline, proved).map_err(CommandError::failed)?;
    let word = |broken: bool| if broken { "broken" } else { "kept" };
    let mut agree = true;
    for one in &compared {
        agree &= one.proved_broken == one.seen_broken;
        match json {
            true => talk::json(&json!({
                "condition": one.name, "proved": word(one.proved_broken),
                "rehearsed": word(one.seen_broken), "worlds": one.worlds,
                "situations": one.situations,
            })),
            false => talk::data(&format!(
                "{}: proved {}, rehearsed {} ({} worlds, {} situations)",
                one.name,
                word(one.proved_broken),
                word(one.seen_broken),
                one.worlds,
                one.situations
            )),
        }
    }
    Ok(if agree { ExitCode::Succeeded } else { ExitCode::Failed })
}

/// Plays every story of the proof. The end is a good one where there is none.
fn stories(outline: &Outline, verdict: &windlass_prover::Verdict, json: bool) -> ExitCode {
    let told: Vec<_> = verdict.stories.iter().filter_map(|one| play_story(outline, one)).collect();
    for one in &told {
        let (broken, world) = (&one.broken, one.world.join(", "));
        match json {
            true => talk::json(&json!({
                "broken": broken, "seen": one.seen, "world": one.world, "why": one.why,
            })),
            false => talk::data(&match (&one.why, one.seen) {
                (Some(why), _) => format!("{broken}: NOT PLAYED: {why}"),
                (None, true) => format!("{broken}: seen: {world}"),
                (None, false) => format!("{broken}: NOT SEEN: {world}"),
            }),
        }
    }
    if told.is_empty() && !json {
        talk::data("no story is to be played");
    }
    if verdict.is_kept() { ExitCode::Succeeded } else { ExitCode::Failed }
}

/// A workflow that runs in the world before, and what goes wrong with it.
type Before = (Arc<Workflow>, Case);

/// What the environment says happened before, as workflows. They run with its defaults.
async fn prelude(args: &RehearseArgs, before: &[BeforeFile]) -> Outcome<Vec<Before>> {
    let with = FileArgs { env: args.with.env.clone(), ..FileArgs::default() };
    let mut all = Vec::new();
    for BeforeFile { file, fail } in before {
        let def = with.resolve(file).await?;
        let workflow = Workflow::new(def).map_err(|e| CommandError::new(ErrorKind::Invalid, e))?;
        let faults = match fail {
            Some(text) => read_fault(text, &workflow)?,
            None => Vec::new(),
        };
        let fault = faults.into_iter().next();
        all.push((Arc::new(workflow), Case { fault, ..Case::default() }));
    }
    Ok(all)
}

/// Lets happen what happened before; how the world begins then.
fn beginning_after(workflow: &Workflow, before: &[Before]) -> Outcome<Beginning> {
    let mut beginning = beginning(workflow);
    for (earlier, case) in before {
        let played = play(earlier, case, &beginning).map_err(CommandError::failed)?;
        if case.fault.is_none() && played.phase != Phase::Succeeded {
            let name = &earlier.def().name;
            let why = played.why.unwrap_or_else(|| played.phase.to_string());
            let message = format!("failed to rehearse: `{name}` comes before, and ended: {why}");
            return Err(CommandError::failed(message).hint(format!("rehearse {name} alone")));
        }
        beginning = Beginning { at: played.ended, left: Some(played.after) };
    }
    Ok(beginning)
}

/// What was asked for.
struct Wanted {
    crash: Option<Option<Seq>>,
    faults: Vec<StepFault>,
    interleavings: u64,
    blind: bool,
}

impl Wanted {
    fn read(args: &RehearseArgs, workflow: &Workflow) -> Outcome<Self> {
        let crash = match args.crash.as_deref() {
            None => None,
            Some(EVERYWHERE) => Some(None),
            Some(text) => Some(Some(text.parse().map_err(|_| {
                let message = format!("`--crash {text}` names no event");
                CommandError::usage(message).hint("write `--crash everywhere` or `--crash 12`")
            })?)),
        };
        let mut faults = Vec::new();
        for text in &args.fail {
            faults.extend(read_fault(text, workflow)?);
        }
        let blind = args.without_probes;
        Ok(Self { crash, faults, interleavings: args.interleavings, blind })
    }

    /// All cases; the clean one tells how many writes there are.
    fn cases(&self, clean: &Played) -> Vec<Named> {
        let writes: Vec<Write> = match self.crash {
            None => Vec::new(),
            Some(None) => (1..=clean.writes).map(Write::Nth).collect(),
            Some(Some(seq)) => vec![Write::Holding(seq)],
        };
        let both = [Moment::Before, Moment::After];
        let points =
            writes.iter().flat_map(|write| both.map(|moment| CrashPoint { write: *write, moment }));
        let blind = self.blind;
        let crashes = points.map(|point| Named {
            name: format!("crash {point}"),
            case: Case { crash: Some(point), blind, ..Case::default() },
        });
        let faults = self.faults.iter().map(|fault| Named {
            name: format!("fail {fault}"),
            case: Case { fault: Some(fault.clone()), blind, ..Case::default() },
        });
        let orders = (0..self.interleavings).map(|seed| Named {
            name: format!("order {seed}"),
            case: Case { seed: Some(seed), blind, ..Case::default() },
        });
        crashes.chain(faults).chain(orders).collect()
    }
}

fn read_fault(text: &str, workflow: &Workflow) -> Outcome<Vec<StepFault>> {
    let actions = || workflow.def().steps.iter().filter(|step| acts(step));
    if text == EVERYWHERE {
        let each = |step: &StepDef| ALL.map(|how| StepFault { step: step.id.clone(), how });
        return Ok(actions().flat_map(each).collect());
    }
    let (step, how) = match text.rsplit_once(':') {
        None => (text, How::Refused),
        Some((step, word)) => {
            let how = ALL.into_iter().find(|how| how.word() == word);
            let how = how.or_else(|| How::from_str(word, true).ok()).ok_or_else(|| {
                let words: Vec<&str> = ALL.iter().map(|how| how.word()).collect();
                CommandError::usage(format!("`{word}` is no way for a step to fail"))
                    .hint(format!("there is: {}", words.join(", ")))
            })?;
            (step, how)
        }
    };
    if !actions().any(|known| known.id.as_str() == step) {
        let ids: Vec<&str> = actions().map(|step| step.id.as_str()).collect();
        let hint = windlass_spec::nearest::did_you_mean(step, ids);
        let message = format!("`--fail {text}`: no step `{step}` of this workflow calls an action");
        return Err(CommandError::usage(message).hint(hint));
    }
    Ok(vec![StepFault { step: StepId::new(step), how }])
}

fn acts(step: &StepDef) -> bool {
    matches!(step.work, Work::Action { .. })
}

/// Sentences about what is not rehearsed.
fn stand_ins(workflow: &Workflow) -> Vec<String> {
    let kinds: BTreeSet<&str> = workflow
        .def()
        .steps
        .iter()
        .filter_map(|step| match &step.work {
            Work::Action { uses, .. } => Some(uses.as_str()),
            _ => None,
        })
        .filter(|kind| !is_simulated(kind))
        .collect();
    let say = |kind: &str| format!("`{kind}`: a stand-in does nothing and gives sample outputs");
    kinds.into_iter().map(say).collect()
}

fn rehearse(workflow: &Arc<Workflow>, before: &[Before], wanted: &Wanted, json: bool) -> Outcome {
    let beginning = beginning_after(workflow, before)?;
    let clean = play(workflow, &Case::default(), &beginning).map_err(CommandError::failed)?;
    let cases = wanted.cases(&clean);
    let judge = |case: &Case, played: &Played| -> Verdict {
        match &case.fault {
            Some(fault) => verdict::of_failure(workflow, &clean, played, fault),
            None => verdict::like_clean(workflow, &clean, played),
        }
    };
    let judged = play_all(workflow, &cases, &beginning, judge);
    let def = workflow.def();
    let stand_ins = stand_ins(workflow);
    let title = format!("{} in {}", def.name, def.environment.name);
    let broken = invariants::broken(workflow, &clean.ledger);
    let told =
        Told { title, clean: &clean, broken: &broken, judged: &judged, stand_ins: &stand_ins };
    match json {
        true => talk::json(&told.json()),
        false => told.lines().iter().for_each(|line| talk::data(line)),
    }
    let well = judged.iter().all(|one: &Judged| one.verdict.is_well());
    let ended = clean.phase == Phase::Succeeded && broken.is_empty();
    Ok(if well && ended { ExitCode::Succeeded } else { ExitCode::Failed })
}
