//! `docs/campaigns.md`: every session of every campaign, appended, never rewritten. It must not
//! know how a session went on.

use super::state::Open;
use anyhow::{Context, Result};
use std::fmt::Write as _;
use std::path::Path;

/// The file's beginning, written once.
const OPENING: &str = "\
# Campaigns

The full matrices that CI runs a rotating slice of. `cargo xtask campaign kills --for 2h` kills the
released binary before and after every append and every request; `cargo xtask campaign seeds --for
2h` replays seeds of the simulation; `cargo xtask campaign power-cuts`, as root, cuts the power of a
disk under load. All go on where the last session ended. Each session appends what it searched, at
which commit, and what it found; nothing here is rewritten.
";

/// Appends a session.
pub fn append(path: &Path, name: &str, session: &Open) -> Result<()> {
    let present = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => OPENING.to_owned(),
        Err(error) => return Err(error).context("failed to read the campaigns' diary"),
    };
    let text = format!("{}\n\n{}", present.trim_end(), section(name, session));
    std::fs::write(path, text)
        .with_context(|| format!("failed to write {}; is its folder there?", path.display()))
}

fn section(name: &str, session: &Open) -> String {
    let Open { date, commit, from, to, total, seconds, findings } = session;
    let mut text = format!("## {date} {name}, {commit}\n\n");
    let of = total.map(|total| format!(" of {total}")).unwrap_or_default();
    let found = match findings.len() {
        0 => "nothing found".to_owned(),
        count => format!("{count} found"),
    };
    // Writing to a String cannot fail.
    let _ = writeln!(text, "Cases {from}..{to}{of} in {seconds} s, {found}.");
    if !findings.is_empty() {
        text.push('\n');
    }
    for finding in findings {
        let _ = writeln!(text, "- {finding}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(findings: &[&str]) -> Open {
        Open {
            date: "2026-01-02".to_owned(),
            commit: "abc1234".to_owned(),
            from: 0,
            to: 64,
            total: Some(640),
            seconds: 12,
            findings: findings.iter().map(|finding| (*finding).to_owned()).collect(),
        }
    }

    #[test]
    fn sessions_are_appended_below_one_opening() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("campaigns.md");
        append(&path, "kills", &session(&[])).unwrap();
        append(&path, "seeds", &session(&["seed=7 lost"])).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.matches("# Campaigns\n").count(), 1);
        assert!(
            text.contains("## 2026-01-02 kills, abc1234\n\nCases 0..64 of 640 in 12 s, nothing")
        );
        assert!(text.ends_with("Cases 0..64 of 640 in 12 s, 1 found.\n\n- seed=7 lost\n"));
    }
}
