//! `xtask campaign kills|local|mutants|power-cuts|previews|seeds`: the full searches, resumable,
//! and the slices that CI runs.
//!
//! The searches themselves are tests; this is the contract between them and xtask.
//!
//! kills: `cargo test --workspace --test main kill_matrix -- --nocapture`. Cases are a matrix with
//! an end: (workflow, run or rollback, kill point) in a stable order, chosen by
//! `WINDLASS_KILL_RANGE`; `WINDLASS_BIN` names the released binary, which is what is killed.
//!
//! local: `cargo test --workspace --test main local_kills -- --nocapture`. The release without a
//! cloud, killed at random moments; `WINDLASS_LOCAL_RANGE` chooses the cases.
//!
//! mutants: `cargo test --release --workspace --test main mutants_are_judged_alike -- --nocapture`.
//! Cases are the mutants of the shipped workflows in a stable order, those that a static check
//! refuses included, chosen by `WINDLASS_MUTANTS`.
//!
//! power-cuts: `cargo test --workspace --test power_cuts -- --nocapture`, as root.
//! Cases are moments of a load at which the power of a disk goes, a loop device with a file system
//! of its own, chosen by `WINDLASS_POWER_CUTS`; `WINDLASS_BIN` names the released binary. CI runs
//! none: it need not be root.
//!
//! previews: `cargo test --workspace --test main previews_come_true -- --nocapture`. Cases are the
//! events behind which a run of the hotfix workflows or the release dies, chosen by
//! `WINDLASS_PREVIEWS`; its rollback leaves what its preview showed.
//!
//! seeds: `cargo test --release --workspace --test simulation -- campaign --nocapture`.
//! Seeds have no end; `WINDLASS_SEEDS` chooses them.
//!
//! The variable holds `FROM..TO` (cases FROM to TO - 1) or `FROM..TO/STEP` (FROM, FROM + STEP, …
//! below TO). A matrix clips TO to its total; `0..0` runs nothing and prints the total. Without
//! the variable the same test runs a small choice of its own, so that a plain `cargo test` passes
//! without xtask. The test says on stdout, each on a line of its own:
//!
//! - `campaign: total=N`: how many cases the matrix holds; all but seeds must, seeds must not;
//! - `campaign: finding TEXT`: one line a finding, e.g. `finding case=17 two copies in the ledger`;
//!   it goes on with the next case, and fails at its end when there was one;
//! - `campaign: ran=N`: how many cases were run (may come in parts, which are added up). It must
//!   be what the range holds: a filter that matches no test passes, and proves nothing.
//!
//! This file must not know what a case is or how it is judged.

use crate::campaign::diary;
use crate::campaign::range::{Range, Slice, seconds};
use crate::campaign::said::Said;
use crate::campaign::session::{Ground, Terms, judge, run as run_session};
use crate::campaign::state::{Open, State, path_of};
use crate::stopwatch::Stopwatch;
use crate::talk::say;
use crate::{metadata, process, repo, require, windlass};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// Runs a full search until the time is over, or one slice of it.
#[derive(Debug, clap::Args)]
pub struct CampaignArgs {
    /// Which search.
    kind: Kind,
    /// How long to begin new chunks: 2h, 90m, 45s.
    #[arg(long = "for", value_parser = seconds, default_value = "2h")]
    seconds_max: u64,
    /// Runs one slice (3/40) instead; neither remembered nor written down.
    #[arg(long, conflicts_with = "seconds_max")]
    slice: Option<Slice>,
}

/// A search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// SIGKILL before and after every append and every request.
    Kills,
    /// SIGKILL at random moments of the release without a cloud.
    Local,
    /// Mutants of the shipped workflows: the prover's verdict beside that of every rehearsal.
    Mutants,
    /// The power goes under load, on a loop device: needs root.
    PowerCuts,
    /// Death behind every event: what the preview of the rollback shows beside what it leaves.
    Previews,
    /// Seeds of the simulation.
    Seeds,
}

/// How many seeds one slice holds: what the issue wants of every run of `xtask test`.
const SEEDS_PER_SLICE: u64 = 10_000;

/// How many cases a chunk holds, so that one takes about a minute and a killed session loses no
/// more than that.
const KILLS_PER_CHUNK: u64 = 64;
const LOCAL_PER_CHUNK: u64 = 6;
const MUTANTS_PER_CHUNK: u64 = 40;
const POWER_CUTS_PER_CHUNK: u64 = 10;
const PREVIEWS_PER_CHUNK: u64 = 24;
const SEEDS_PER_CHUNK: u64 = 5_000;

/// Where every session is written down.
const DIARY: &str = "docs/campaigns.md";

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Kills => "kills",
            Self::Local => "local",
            Self::Mutants => "mutants",
            Self::PowerCuts => "power-cuts",
            Self::Previews => "previews",
            Self::Seeds => "seeds",
        }
    }

    fn variable(self) -> &'static str {
        match self {
            Self::Kills => "WINDLASS_KILL_RANGE",
            Self::Local => "WINDLASS_LOCAL_RANGE",
            Self::Mutants => "WINDLASS_MUTANTS",
            Self::PowerCuts => "WINDLASS_POWER_CUTS",
            Self::Previews => "WINDLASS_PREVIEWS",
            Self::Seeds => "WINDLASS_SEEDS",
        }
    }

    fn test(self) -> &'static [&'static str] {
        match self {
            Self::Kills => &[
                "test",
                "--locked",
                "--workspace",
                "--test",
                "main",
                "kill_matrix",
                "--",
                "--nocapture",
            ],
            Self::Local => &[
                "test",
                "--locked",
                "--workspace",
                "--test",
                "main",
                "local_kills",
                "--",
                "--nocapture",
            ],
            Self::Mutants => &[
                "test",
                "--locked",
                "--release",
                "--workspace",
                "--test",
                "main",
                "mutants_are_judged_alike",
                "--",
                "--nocapture",
            ],
            Self::PowerCuts => {
                &["test", "--locked", "--workspace", "--test", "power_cuts", "--", "--nocapture"]
            }
            Self::Previews => &[
                "test",
                "--locked",
                "--workspace",
                "--test",
                "main",
                "previews_come_true",
                "--",
                "--nocapture",
            ],
            Self::Seeds => &[
                "test",
                "--locked",
                "--release",
                "--workspace",
                "--test",
                "simulation",
                "--",
                "campaign",
                "--nocapture",
            ],
        }
    }

    fn chunk(self) -> u64 {
        match self {
            Self::Kills => KILLS_PER_CHUNK,
            Self::Local => LOCAL_PER_CHUNK,
            Self::Mutants => MUTANTS_PER_CHUNK,
            Self::PowerCuts => POWER_CUTS_PER_CHUNK,
            Self::Previews => PREVIEWS_PER_CHUNK,
            Self::Seeds => SEEDS_PER_CHUNK,
        }
    }
}

/// Runs what the arguments ask for.
pub fn run(arguments: &CampaignArgs) -> Result<()> {
    match arguments.slice {
        Some(slice) => run_slice(arguments.kind, slice),
        None => run_until(arguments.kind, arguments.seconds_max),
    }
}

/// Runs one slice, as `xtask test` does.
pub fn run_slice(kind: Kind, slice: Slice) -> Result<()> {
    let mut test = Test::prepare(kind)?;
    let range = match kind {
        Kind::Seeds => slice.of_row(SEEDS_PER_SLICE),
        _ => slice.of_matrix(test.total()?),
    };
    say(format!("slice {}/{}: {}={range}", slice.index, slice.count, kind.variable()));
    let (said, passed) = test.run(range)?;
    let ran = judge(&said, passed, range)?;
    if !said.findings.is_empty() {
        bail!("{} of {ran} cases failed:\n{}", said.findings.len(), said.findings.join("\n"));
    }
    say(format!("{ran} cases, nothing found"));
    Ok(())
}

/// Returns the slice whose turn it is: each commit takes another one.
pub fn slice_of_commit(count: u64) -> Slice {
    let id = process::read("git", &["rev-parse", "--short=8", "HEAD"]).unwrap_or_default();
    let number = u64::from_str_radix(id.trim(), 16).unwrap_or(0);
    Slice { index: number % count, count }
}

fn run_until(kind: Kind, seconds_max: u64) -> Result<()> {
    let mut test = Test::prepare(kind)?;
    let mut state = State::load(&test.state_path)?;
    if let Some(open) = state.open.take().filter(|open| open.to > open.from) {
        // A session that was killed is written down by the next one.
        diary::append(&repo::at(DIARY), kind.name(), &open)?;
    }
    let today = process::read("date", &["-u", "+%F"])?.trim().to_owned();
    let (commit, next) = (commit()?, state.next);
    let (from, findings) = (next, Vec::new());
    let open = Open { date: today, commit, from, to: from, total: None, seconds: 0, findings };
    state.open = Some(open);
    run_session(&mut test, &mut state, Terms { chunk: kind.chunk(), seconds_max })?;
    let Some(open) = state.open.take() else { return Ok(()) };
    diary::append(&repo::at(DIARY), kind.name(), &open)?;
    test.save(&state)?;
    say(format!("cases {}..{} are written down in {DIARY}", open.from, open.to));
    match open.findings.len() {
        0 => Ok(()),
        count => bail!("{count} cases failed:\n{}", open.findings.join("\n")),
    }
}

/// Returns the commit that is searched, and whether it is only that.
fn commit() -> Result<String> {
    let commit = process::read("git", &["rev-parse", "--short", "HEAD"])?;
    let changed = process::read("git", &["status", "--porcelain", "--untracked-files=no"])?;
    let mark = if changed.trim().is_empty() { "" } else { " with uncommitted changes" };
    Ok(format!("{}{mark}", commit.trim()))
}

/// The test of a campaign, ready to be run.
struct Test {
    kind: Kind,
    binary: PathBuf,
    state_path: PathBuf,
    since: Stopwatch,
}

impl Test {
    /// Sees to what the test needs: kills wants strace and the released binary.
    fn prepare(kind: Kind) -> Result<Self> {
        let target = metadata::workspace()?.target_directory;
        let target = Path::new(&target);
        if kind == Kind::PowerCuts {
            require::root("a loop device is made and mounted for each cut")?;
            require::require(&require::XFS)?;
        }
        if kind == Kind::Kills {
            require::require(&require::STRACE)?;
        }
        if matches!(kind, Kind::Kills | Kind::PowerCuts) {
            windlass::released()?;
        }
        if kind == Kind::Local {
            require::require(&require::POSTGRES)?;
            require::require(&require::PYTHON)?;
        }
        Ok(Self {
            kind,
            binary: target.join("release").join("windlass"),
            state_path: path_of(target, kind.name()),
            since: Stopwatch::start(),
        })
    }

    /// Asks a matrix for its total.
    fn total(&mut self) -> Result<u64> {
        let (said, _) = self.run(Range::new(0, 0))?;
        said.total.context("the test printed no `campaign: total=`; see xtask's campaign.rs")
    }
}

impl Ground for Test {
    fn run(&mut self, range: Range) -> Result<(Said, bool)> {
        let mut command = process::command(&process::cargo(), self.kind.test());
        command.env(self.kind.variable(), range.to_string());
        if matches!(self.kind, Kind::Kills | Kind::PowerCuts) {
            command.env("WINDLASS_BIN", &self.binary);
        }
        say(format!("{} s: {range}", self.seconds()));
        let mut said = Said::default();
        let passed = process::each_line(command, |line| {
            said.take(line);
            say(line);
        })?;
        Ok((said, passed))
    }

    fn seconds(&self) -> u64 {
        self.since.elapsed().as_secs()
    }

    fn save(&mut self, state: &State) -> Result<()> {
        state.save(&self.state_path)
    }
}
