//! The cases: which workflow dies behind which of its events, in which world.

use super::world::{differing, things};
use crate::shipped::PACE;
use crate::stage::{Ended, Stage, expect_code};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// What is killed, and undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Story {
    Setup,
    Restore,
    Release,
}

/// Each with more points than it has events, which its last case proves by not being killed.
const STORIES: [(Story, usize); 3] =
    [(Story::Setup, 60), (Story::Restore, 30), (Story::Release, 230)];

/// How much later than the end of its preparation a release may touch production: all that comes
/// before the wait has happened by then, at this pace.
const NIGHT: &str = "4h";

/// One case.
pub struct Case {
    story: Story,
    /// The event behind which it dies.
    nth: usize,
    /// Whether no event comes behind it.
    last: bool,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}, event {}", self.story, self.nth)
    }
}

impl Case {
    /// All of them; neighbours are of different stories, so that any slice has all.
    pub fn all() -> Vec<Self> {
        let most = STORIES.iter().map(|(_, points)| *points).max().unwrap_or(0);
        let at = |nth: usize| {
            let stories = STORIES.iter().filter(move |(_, points)| nth <= *points);
            stories.map(move |(story, points)| Self { story: *story, nth, last: nth == *points })
        };
        (1..=most).flat_map(at).collect()
    }

    /// Plays the case and judges it; says whether it was killed at all.
    pub fn run(&self, worlds: &Worlds) -> Result<bool, String> {
        let stage = worlds.copy(self.story)?;
        // How often a long operation is looked at is up to the machine.
        let before = things(&stage.cloud.world()?);
        let counts = |line: &str| !line.contains("\"attempt_progressed\"");
        let killed = self.start(&stage)?.run_killed_behind(self.nth, 0, counts)?;
        if self.last && killed.code.is_none() {
            return Err(format!("it has more than {} events: raise its points", self.nth));
        }
        let at = killed.stdout.lines().last().unwrap_or_default().to_owned();
        same(&stage, &killed, &before).map_err(|why| format!("{why}; it died behind {at}"))?;
        Ok(killed.code.is_none())
    }

    fn start(&self, stage: &Stage) -> Result<crate::stage::Program, String> {
        Ok(match self.story {
            Story::Setup => stage.start("hotfix_qa4_setup"),
            Story::Restore => stage.start("hotfix_qa4_restore"),
            Story::Release => stage.start_with("release", &["--input", &night(stage)?]),
        })
    }
}

/// A time of day that lets a release begin soon.
fn night(stage: &Stage) -> Result<String, String> {
    let words = ["simulate", "status", "--env", stage.environment(), "--json"];
    let status = stage.windlass(&words).run()?;
    expect_code(&status, 0, "simulate status")?;
    let status: Value = serde_json::from_str(status.stdout.trim()).map_err(|e| e.to_string())?;
    let now = status["clock"].as_str().or_else(|| status["now"].as_str());
    let now: jiff::Timestamp =
        now.and_then(|now| now.parse().ok()).ok_or_else(|| format!("no clock: {status}"))?;
    let zone = jiff::tz::TimeZone::get("Europe/Berlin").map_err(|e| e.to_string())?;
    let later: jiff::Span = NIGHT.parse().map_err(|e: jiff::Error| e.to_string())?;
    let soon = now.to_zoned(zone).checked_add(later).map_err(|e| e.to_string())?;
    Ok(format!("at={}", soon.strftime("%H:%M")))
}

/// Compares what the preview shows of the world with what the rollback leaves, by its own words and
/// by the cloud's: whatever is another than before the run is one that the preview names.
fn same(stage: &Stage, killed: &Ended, before: &BTreeMap<String, Value>) -> Result<(), String> {
    let event: Option<Value> =
        killed.stdout.lines().next().and_then(|line| serde_json::from_str(line).ok());
    let run = event.and_then(|event| event["run"].as_str().map(str::to_owned));
    let run = run.ok_or_else(|| format!("no run began: {}", killed.stderr))?;
    let preview = stage.windlass(&["rollback", &run, "--preview", "--json"]).run()?;
    expect_code(&preview, 0, "the preview")?;
    let preview: Value = serde_json::from_str(preview.stdout.trim()).map_err(|e| e.to_string())?;
    let steps = preview["steps"].as_array().ok_or("it has no steps")?;
    // Past a point of no return a rollback goes nowhere, and says so.
    let stops = steps.iter().any(|step| step["reached"] == false);
    let undone = stage.windlass(&["rollback", &run, "--past-guard", "--yes", "--json"]).run()?;
    expect_code(&undone, if stops { 6 } else { 5 }, "rollback")?;
    let last = undone.stdout.lines().last().unwrap_or_default();
    let last: Value = serde_json::from_str(last).map_err(|e| e.to_string())?;
    let sure = fields(&preview["world_afterwards"]);
    let perhaps = fields(&preview["perhaps_afterwards"]);
    let left = fields(&last["world"]);
    let kept = sure.iter().all(|said| left.contains(said));
    let known = left.iter().all(|said| sure.contains(said) || perhaps.contains(said));
    if !kept || !known {
        return Err(format!(
            "the preview showed {sure:?} and perhaps {perhaps:?}, and {left:?} was left"
        ));
    }
    let foreseen = format!("{} {}", preview["world_afterwards"], preview["perhaps_afterwards"]);
    let differing = differing(before, &things(&stage.cloud.world()?)).into_iter();
    let untold: Vec<String> = differing.filter(|it| !names(&foreseen, it)).collect();
    match untold.is_empty() {
        true => Ok(()),
        false => {
            Err(format!("{untold:?} is not as before the run, and the preview said {foreseen}"))
        }
    }
}

/// What runs call things that the environment file binds to a name.
const BOUND: [(&str, &str); 3] = [
    ("sql-prod", "prod_sql"),
    ("sql-prod/DispatcherProd2old", "prod_old_db"),
    ("prod2/staging", "prod2_staging"),
];

/// Whether words name a thing: one that the environment binds, an app, a database.
fn names(words: &str, thing: &str) -> bool {
    let bound = BOUND.iter().find(|(name, _)| *name == thing).map(|(_, bound)| *bound);
    let own = thing.rsplit('/').next().unwrap_or(thing);
    let mut said = words.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    said.any(|word| word == bound.unwrap_or(own))
}

/// What the run says of the fields of the world, without what it did on the way, and its lock.
fn fields(world: &Value) -> Vec<String> {
    let said = world.as_array().into_iter().flatten().filter_map(Value::as_str);
    let on_the_way =
        |said: &&str| ["put back:", "done:", "the lock "].iter().any(|of| said.starts_with(of));
    said.filter(|said| !on_the_way(said)).map(str::to_owned).collect()
}

/// The worlds in which stories begin: each is made once, and copied for each case.
pub struct Worlds {
    hotfixed: Stage,
    prepared: Option<Stage>,
}

impl Worlds {
    /// Those that these cases need.
    pub fn of(cases: &[&Case]) -> Result<Self, String> {
        let needs = |story| cases.iter().any(|case| case.story == story);
        let hotfixed = Stage::at_pace(PACE)?;
        if needs(Story::Restore) {
            played(&hotfixed, "hotfix_qa4_setup")?;
        }
        let prepared = match needs(Story::Release) {
            true => {
                let stage = Stage::at_pace(PACE)?;
                played(&stage, "prepare_release")?;
                Some(stage)
            }
            false => None,
        };
        Ok(Self { hotfixed, prepared })
    }

    fn copy(&self, story: Story) -> Result<Stage, String> {
        match story {
            Story::Setup => Stage::at_pace(PACE),
            Story::Restore => Stage::copy(&self.hotfixed),
            Story::Release => Stage::copy(self.prepared.as_ref().ok_or("it was not prepared")?),
        }
    }
}

/// Plays a workflow to its end, and lets its world lie still.
fn played(stage: &Stage, name: &str) -> Result<(), String> {
    expect_code(&stage.start(name).run()?, 0, name)?;
    let words = ["simulate", "stop", "--env", stage.environment()];
    expect_code(&stage.windlass(&words).run()?, 0, "simulate stop")
}
