//! `show --watch`: a screen on a terminal, else a line an event. Whoever drives the run is not
//! disturbed by it.

use super::globals::Globals;
use crate::command_error::Outcome;
use crate::compose::clocks::RunTime;
use crate::compose::program::Program;
use crate::compose::standing::Standing;
use crate::follow::interrupts::Interrupts;
use crate::follow::watch::rests;
use crate::outlook::past;
use crate::render::ahead::Times;
use crate::render::event_text;
use crate::render::plain::Tenths;
use crate::render::world::sentences;
use crate::screen::{Look, Paper, sheet};
use crate::talk;
use windlass_engine::reader::Loaded;
use windlass_model::{Millis, RunId, Seq};

/// How long one waits for an event before the times on a screen are drawn anew.
const TICK_MS: Millis = 1_000;

/// How long one waits for an event before one looks whether the driver still lives.
const LOOK_MS: Millis = 2_000;

/// How long a driver may take to let go of a run that rests: one write.
const LETS_GO_MS: Millis = 100;
const LETS_GO_LOOKS: usize = 20;

/// Events read at once.
const PAGE: usize = 500;

/// Events that a screen is given: more than it has rows for.
const LAST: Seq = 20;

/// Whether a screen is drawn.
pub fn on_screen(globals: &Globals) -> bool {
    !globals.plain && !globals.json && talk::can_fill()
}

/// Draws the run until it rests, or somebody has seen enough. Says whether it rests.
pub async fn draw(program: &Program, run: RunId) -> Outcome<bool> {
    let mut interrupts = Interrupts::hear();
    let head = program.head(run).await?;
    let times = past(&program.store, &head.workflow, &head.environment).await?.took();
    let mut loaded = program.reader.load(run).await?;
    let mut last = last(program, &loaded).await?;
    let mut paper = Paper::take();
    loop {
        if rests(loaded.run.phase()) {
            let_go(program, run, loaded.run.seq).await?;
            return Ok(true);
        }
        let standing = program.standing(&loaded).await?;
        let (width, height) = paper.size();
        paper.draw(sheet(&look(&loaded, &standing, &times, &last), width, height));
        let seen = loaded.run.seq;
        let now = tokio::select! {
            biased;
            () = interrupts.next() => break,
            now = program.store.wait_events(run, seen, TICK_MS) => now?,
        };
        if now > seen {
            loaded = program.reader.load(run).await?;
            last = self::last(program, &loaded).await?;
        }
    }
    drop(paper);
    let again = program.command(&format!("show {run} --watch"));
    talk::say(&format!("stopped watching: the run goes on; `{again}` comes back"));
    Ok(false)
}

async fn last(program: &Program, loaded: &Loaded) -> Outcome<Vec<String>> {
    let after = loaded.run.seq.saturating_sub(LAST);
    let events = program.reader.events(loaded.head.run, after, LAST as usize).await?;
    Ok(events.iter().map(|event| event_text::line(event, &loaded.workflow)).collect())
}

fn look<'a>(
    loaded: &'a Loaded,
    standing: &Standing,
    times: &'a Times,
    last: &[String],
) -> Look<'a> {
    let Loaded { head, workflow, run, .. } = loaded;
    let time = RunTime::of(head.run, &workflow.def().environment, head.started_at);
    let driven = standing.queued(head.run).unwrap_or_else(|| driven(standing));
    let world = sentences(workflow, run, standing.driver.is_some(), standing.before.as_ref());
    let now = time.now().max(run.updated_at);
    Look { workflow, run, now, times, driven, world, events: last.to_vec() }
}

/// Who drives a run, in words.
pub fn driven(standing: &Standing) -> String {
    match &standing.driver {
        Some(owner) => format!("driven by process {}", owner.split('/').nth(1).unwrap_or(owner)),
        None => "NOBODY drives it now".to_owned(),
    }
}

/// Waits until whoever drove a run that rests has let go of it: what leads on from there is known
/// only then. One that does not is none of a watcher's business.
async fn let_go(program: &Program, run: RunId, seen: Seq) -> Outcome<()> {
    for _ in 0..LETS_GO_LOOKS {
        if program.driver(run).await?.is_none() {
            break;
        }
        program.store.wait_events(run, seen, LETS_GO_MS).await?;
    }
    Ok(())
}

/// Writes a line an event until the run rests.
pub async fn tell(program: &Program, run: RunId, mut seen: Seq) -> Outcome<()> {
    let tenths = Tenths::default();
    let mut left_alone = false;
    loop {
        program.store.wait_events(run, seen, LOOK_MS).await?;
        let loaded = program.reader.load(run).await?;
        for event in program.reader.events(run, seen, PAGE).await? {
            seen = event.seq;
            if tenths.tells(&event) {
                talk::data(&event_text::line(&event, &loaded.workflow));
            }
        }
        if seen < loaded.run.seq {
            continue;
        }
        if rests(loaded.run.phase()) {
            return let_go(program, run, seen).await;
        }
        let nobody = program.driver(run).await?.is_none();
        if nobody && !left_alone {
            talk::data(&driven(&Standing::default()));
        }
        left_alone = nobody;
    }
}
