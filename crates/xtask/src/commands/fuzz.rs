//! `xtask fuzz`: what comes from outside, in bytes that a fuzzer makes up, target by target. What
//! was found lies in `target/fuzz/found`; mended, it belongs into `crates/fuzz/corpus`, which
//! every `cargo test` tries again. It must not know what a target does.

use crate::campaign::range::seconds;
use crate::talk::say;
use crate::{metadata, process, repo};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// What was found and mended, and a specimen of each kind: a folder for each target.
const CORPUS: &str = "crates/fuzz/corpus";

/// A counter at every branch and every comparison told, by the compiler's own pass: the stable
/// toolchain has no other way in.
const COUNTERS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares \
    -Cdebug-assertions=on -Coverflow-checks=on";

/// Longest input: a little more than a shipped workflow has.
const BYTES_MAX: u32 = 64 * 1024;

/// An input that takes longer than that hangs, in seconds.
const HANGS_AFTER: u32 = 20;

/// Memory that no input may need, in MiB.
const MEMORY_MAX: u32 = 2_048;

/// Tries made-up bytes on everything that comes from outside.
#[derive(Debug, clap::Args)]
pub struct FuzzArgs {
    /// How long each target is tried: 30m, 45s.
    #[arg(long = "for", value_parser = seconds, default_value = "30m")]
    seconds_each: u64,
    /// Only these targets.
    #[arg(long = "target")]
    targets: Vec<String>,
}

/// Tries the targets and says what was found.
pub fn run(arguments: &FuzzArgs) -> Result<()> {
    let known = targets()?;
    if let Some(unknown) = arguments.targets.iter().find(|name| !known.contains(name)) {
        bail!("there is no target `{unknown}`; there are {}", known.join(", "));
    }
    let folder = Path::new(&metadata::workspace()?.target_directory).join("fuzz");
    let binary = build(&folder)?;
    let mut found = Vec::new();
    let chosen = if arguments.targets.is_empty() { &known } else { &arguments.targets };
    for target in chosen {
        say(format!("== {target}, {} s", arguments.seconds_each));
        if !tried(&binary, &folder, target, arguments.seconds_each)? {
            found.push(target.as_str());
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    bail!("{}: the inputs lie in {}", found.join(", "), folder.join("found").display())
}

/// The targets, by the folders of their corpus.
fn targets() -> Result<Vec<String>> {
    let folders = std::fs::read_dir(repo::at(CORPUS)).context("failed to read the corpus")?;
    let names = folders.map(|folder| Ok(folder?.file_name().to_string_lossy().into_owned()));
    let mut names = names.collect::<Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

fn build(folder: &Path) -> Result<PathBuf> {
    let host = process::read("rustc", &["--print", "host-tuple"])?.trim().to_owned();
    let into = folder.display().to_string();
    let words = [
        "build",
        "--release",
        "--locked",
        "-p",
        "windlass-fuzz",
        "--features",
        "libfuzzer",
        "--target",
        &host,
        "--target-dir",
        &into,
    ];
    let mut command = process::command(&process::cargo(), &words);
    // With a target named, build scripts and macros have no counters.
    command.env("RUSTFLAGS", COUNTERS);
    process::stream_prepared(command).context("failed to build the fuzzer")?;
    Ok(folder.join(host).join("release").join("windlass-fuzz"))
}

/// Tries one target; false where something was found.
fn tried(binary: &Path, folder: &Path, target: &str, seconds: u64) -> Result<bool> {
    let own = folder.join("corpus").join(target);
    let found = folder.join("found");
    for made in [&own, &found] {
        std::fs::create_dir_all(made)
            .with_context(|| format!("failed to make {}", made.display()))?;
    }
    let kept = repo::at(CORPUS).join(target);
    let words = [
        own.display().to_string(),
        kept.display().to_string(),
        format!("-max_total_time={seconds}"),
        format!("-timeout={HANGS_AFTER}"),
        format!("-rss_limit_mb={MEMORY_MAX}"),
        format!("-max_len={BYTES_MAX}"),
        format!("-artifact_prefix={}/{target}-", found.display()),
        "-print_final_stats=1".to_owned(),
        "-verbosity=0".to_owned(),
    ];
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut command = process::command(&binary.display().to_string(), &words);
    command.env("WINDLASS_FUZZ", target);
    process::each_line(command, |line| say(line))
}
