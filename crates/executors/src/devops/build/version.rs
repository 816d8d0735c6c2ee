//! Versions such as `7.1.214`, and the next one. It must not know where they are kept.

use serde::Deserialize;
use windlass_model::Failure;
use windlass_ports::{ActionError, Outcome};

/// Which part of a version grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// The first: 7.1.214 becomes 8.0.0.
    Major,
    /// The second: 7.1.214 becomes 7.2.0.
    Minor,
    /// The third: 7.1.214 becomes 7.1.215.
    Patch,
}

/// The words for a schema.
pub const PARTS: [&str; 3] = ["major", "minor", "patch"];

/// The next version: the part grows by one, all after it begin at 0 again.
pub fn next(version: &str, part: Part) -> Outcome<String> {
    let numbers: Option<Vec<u64>> = version.split('.').map(|one| one.parse().ok()).collect();
    let at = match part {
        Part::Major => 0,
        Part::Minor => 1,
        Part::Patch => 2,
    };
    let next = numbers.and_then(|mut numbers| {
        let grown = numbers.get_mut(at)?;
        *grown = grown.checked_add(1)?;
        numbers.iter_mut().skip(at + 1).for_each(|number| *number = 0);
        Some(numbers.iter().map(u64::to_string).collect::<Vec<_>>().join("."))
    });
    next.ok_or_else(|| {
        let word = PARTS[at];
        ActionError::Permanent(Failure::permanent(
            "no_version",
            format!(
                "failed to increment the {word} part of `{version}`: it is no version such as \
                 7.1.214"
            ),
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_grows_and_what_follows_begins_again() {
        for (from, part, to) in [
            ("7.1.214", Part::Minor, "7.2.0"),
            ("7.1.214", Part::Major, "8.0.0"),
            ("7.1.214", Part::Patch, "7.1.215"),
            ("7.9.9.3", Part::Minor, "7.10.0.0"),
            ("7.1", Part::Minor, "7.2"),
        ] {
            assert_eq!(next(from, part), Ok(to.to_owned()), "{from} {part:?}");
        }
    }

    #[test]
    fn what_is_no_version_is_told() {
        for (text, part) in [("", Part::Major), ("7", Part::Minor), ("7.x.1", Part::Patch)] {
            let Err(ActionError::Permanent(failure)) = next(text, part) else { panic!("{text}") };
            assert!(failure.message.contains(&format!("`{text}`")), "{}", failure.message);
        }
        assert!(next("18446744073709551615.0.0", Part::Major).is_err());
    }
}
