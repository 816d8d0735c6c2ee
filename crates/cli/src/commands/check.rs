//! `windlass check`: everything that is wrong with files, before anything starts.

use super::globals::Globals;
use crate::annotate::{self, Finding};
use crate::command_error::Outcome;
use crate::compose::clocks::SystemClock;
use crate::compose::outfit::catalog;
use crate::compose::plugins;
use crate::exit_code::ExitCode;
use crate::proof;
use crate::render::duration::span;
use crate::talk;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use windlass_model::{Catalog, Millis};
use windlass_ports::Clock;
use windlass_prover::verdict::STATES_MAX;
use windlass_prover::{Options, Verdict};
use windlass_spec::diagnostic::{Findings, Severity, has_errors, in_order};
use windlass_spec::flow::environment::load;
use windlass_spec::source::SourceText;
use windlass_spec::yaml::FILE_BYTES_MAX;
use windlass_spec::{Diagnostic, DiskFiles, EnvRef, Files, render_fancy, render_plain};

/// The folder whose files are environments.
const ENVIRONMENTS: &str = "environments";

/// What is said where no environment is named: an invariant is about what it binds.
const UNPROVED: &str = "no invariant was proved: that takes the environment, by --env NAME";

/// Says everything that is wrong with workflow and environment files; starts nothing
///
/// With an environment it also proves the invariants of both, for whatever happens: every order,
/// crash, failure and rollback. Exits with 0 where there are at most warnings, with 3 where there
/// is an error or where an invariant can be broken, which it tells as a story, and with 1 where
/// that is not known: there was too much to look at.
///
/// Examples:
///
///   windlass check workflows/hotfix_qa4_setup.yaml --env rehearsal
///
///   windlass check workflows/environments/azure.yaml --json
///
///   windlass check workflows/*.yaml --env azure --format github
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct CheckArgs {
    /// Workflow files; files in a folder called `environments` are checked as environments
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The environment that the workflows are to run in: a name, or a path
    #[arg(long, value_name = "NAME|PATH")]
    env: Option<String>,
    /// How findings are shown
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Situations of one invariant after which the proof says that it does not know
    #[arg(long, value_name = "N", default_value_t = STATES_MAX)]
    states_max: usize,
}

/// How findings are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    #[default]
    Text,
    /// Lines that annotate a pull request on GitHub
    Github,
    /// One SARIF document, for code scanning and editors
    Sarif,
}

/// What a proof of a file came to.
struct Proved<'a> {
    file: &'a Path,
    verdict: Verdict,
    /// How long reading and proving took, in milliseconds.
    took: Millis,
}

/// Checks the files.
pub async fn run(args: &CheckArgs, globals: &Globals) -> Outcome {
    let catalog = catalog();
    let env = args.env.as_deref().map(EnvRef::parse);
    let options = Options { states_max: args.states_max, ..Options::default() };
    let mut all = Vec::new();
    let mut verdicts: Vec<Proved<'_>> = Vec::new();
    for file in &args.files {
        let since = SystemClock.now();
        let (found, verdict) = match is_environment(file) {
            true => (environment(file, &catalog), None),
            false => workflow(file, env.as_ref(), options).await,
        };
        let proved = verdict.as_ref().is_none_or(|it| it.as_ref().is_ok_and(Verdict::is_kept));
        match verdict {
            Some(Ok(verdict)) => {
                let took = SystemClock.now().since(since);
                verdicts.push(Proved { file, verdict, took });
            }
            Some(Err(why)) => talk::say(&format!("{}: not proved: {why}", file.display())),
            None => {}
        }
        if found.is_empty() && proved {
            talk::say(&format!("{}: ok", file.display()));
        } else if !has_errors(&found) && proved {
            talk::say(&format!("{}: ok, with warnings", file.display()));
        }
        all.extend(found);
    }
    if env.is_none() && args.files.iter().any(|file| !is_environment(file)) && !has_errors(&all) {
        talk::say(UNPROVED);
    }
    // The same environment is read for each workflow.
    let all = in_order(all);
    match args.format {
        Format::Text => show(&all, &verdicts, globals.json),
        Format::Github => annotate::lines(&findings(&all, &verdicts)).iter().for_each(|line| {
            talk::data(line);
        }),
        Format::Sarif => talk::json(&annotate::document(&findings(&all, &verdicts))),
    }
    let broken = verdicts.iter().any(|one| !one.verdict.stories.is_empty());
    let known = verdicts.iter().all(|one| one.verdict.not_proved.is_empty());
    Ok(match (has_errors(&all) || broken, known) {
        (true, _) => ExitCode::Invalid,
        (false, false) => ExitCode::Failed,
        (false, true) => ExitCode::Succeeded,
    })
}

/// Checks a workflow file, and proves it where its environment is named and nothing is wrong.
async fn workflow(
    file: &Path,
    env: Option<&EnvRef>,
    options: Options,
) -> (Vec<Diagnostic>, Option<Result<Verdict, String>>) {
    let report = plugins::check(file, env).await;
    let verdict = match report.workflow.filter(|_| env.is_some()) {
        Some(checked) => Some(proof::verdict(&checked, options).await),
        None => None,
    };
    (report.diagnostics, verdict)
}

fn findings(found: &[Diagnostic], verdicts: &[Proved<'_>]) -> Vec<Finding> {
    let stories = verdicts.iter().flat_map(|Proved { file, verdict, .. }| {
        let stories = verdict.stories.iter().map(|story| annotate::of_story(story, file));
        stories.chain(
            verdict
                .not_proved
                .iter()
                .map(|(name, bound)| annotate::of_not_proved(name, *bound, file)),
        )
    });
    found.iter().map(annotate::of_diagnostic).chain(stories).collect()
}

/// Shows findings and verdicts as this verb's data.
fn show(found: &[Diagnostic], verdicts: &[Proved<'_>], json: bool) {
    for Proved { file, verdict, took } in verdicts {
        match json {
            true => {
                let mut told = proof::as_json(verdict, file);
                told["took_ms"] = json!(took);
                talk::json(&told);
            }
            false => {
                proof::lines(verdict, file).iter().for_each(|line| talk::data(line));
                talk::data(&format!("  in {}", span(*took)));
            }
        }
    }
    if json {
        for one in found {
            talk::json(&serde_json::to_value(one).unwrap_or_default());
        }
    } else if console::colors_enabled() {
        talk::raw(&render_fancy(found));
    } else {
        talk::raw(&render_plain(found));
    }
}

fn is_environment(file: &Path) -> bool {
    let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let folder = file.parent().and_then(Path::file_name);
    folder.is_some_and(|folder| folder == ENVIRONMENTS)
}

/// Checks an environment file by itself.
fn environment(file: &Path, catalog: &Catalog) -> Vec<Diagnostic> {
    match DiskFiles.read(file, FILE_BYTES_MAX) {
        Ok(text) => {
            let name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
            let source = SourceText::new(file.display().to_string(), text);
            let mut findings = Findings::new(Arc::new(source));
            load(&name.unwrap_or_default(), catalog, &mut findings);
            findings.finish()
        }
        Err(why) => {
            let message = format!("failed to read {}: {why}", file.display());
            let mut found = Diagnostic::unplaced(Severity::Error, "unreadable", message);
            found.file = file.display().to_string();
            found.help("name a file that is there");
            vec![found]
        }
    }
}
