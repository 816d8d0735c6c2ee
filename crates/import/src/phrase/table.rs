//! The table of phrases, `phrases.txt`, read once. It must not know what an action needs.

use regex::{Captures, Regex};
use std::sync::LazyLock;

/// The table.
const TABLE: &str = include_str!("phrases.txt");

/// What stands for several words.
const SHORT: [(&str, &str); 5] = [
    ("the", "(?:(?:the|a|an) )?"),
    ("take", "(?:take|make|create)"),
    ("into", "(?:in|into|to|as)"),
    ("at", "(?:in|on|for|of)"),
    ("latest", "(?:the )?(?:last|latest|newest|any) "),
];

/// A phrase, ready to be looked for.
#[derive(Debug)]
pub struct Phrase {
    /// How it is said, over a whole clause.
    pub form: Regex,
    /// Its open places, in order.
    pub places: Vec<String>,
    /// The verb that begins the step's id.
    pub verb: String,
    /// The action.
    pub uses: String,
    /// The action's input, as the table writes it.
    pub with: Vec<(String, String)>,
    /// What of it is a guess; empty where the words say it.
    pub guess: String,
}

/// All phrases, in order.
pub fn phrases() -> &'static [Phrase] {
    static ALL: LazyLock<Vec<Phrase>> =
        LazyLock::new(|| lines().filter_map(|line| phrase(line).ok()).collect());
    &ALL
}

/// Lines of the table that hold a phrase.
fn lines() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Reads a line; the error says what is wrong with it.
fn phrase(line: &str) -> Result<Phrase, String> {
    let mut cells = line.strip_suffix(" |").unwrap_or(line).split(" | ");
    let mut cell = |what: &str| cells.next().ok_or(format!("{line}: it has no {what}"));
    let (says, verb, uses, input) = (cell("form")?, cell("verb")?, cell("action")?, cell("input")?);
    let guess = cells.next().unwrap_or_default().to_owned();
    let with: Option<Vec<(String, String)>> = input
        .split("; ")
        .map(|pair| pair.split_once('=').map(|(key, word)| (key.to_owned(), word.to_owned())))
        .collect();
    let with = with.ok_or(format!("{line}: an input is KEY=VALUE"))?;
    let (form, places) = form(says).map_err(|error| format!("{line}: {error}"))?;
    Ok(Phrase { form, places, verb: verb.to_owned(), uses: uses.to_owned(), with, guess })
}

fn form(says: &str) -> Result<(Regex, Vec<String>), regex::Error> {
    let mut says = says.to_owned();
    for (short, long) in SHORT {
        says = says.replace(&format!("[{short}]"), long);
    }
    let place = Regex::new(r"\{([a-z]+)\}")?;
    let places = place.captures_iter(&says).map(|found| found[1].to_owned()).collect();
    let form = place.replace_all(&says, |found: &Captures<'_>| format!("(?P<{}>.+?)", &found[1]));
    Ok((Regex::new(&format!("(?i)^(?:{form})$"))?, places))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_a_phrase() {
        lines().for_each(|line| drop(phrase(line).unwrap()));
        assert!(phrases().len() >= 30, "{}", phrases().len());
    }

    #[test]
    fn every_place_of_an_input_is_one_of_its_phrase() {
        for phrase in phrases() {
            for (key, word) in &phrase.with {
                let Some(place) = word.strip_prefix('{') else { continue };
                let place = place.trim_end_matches('}').to_owned();
                assert!(phrase.places.contains(&place), "{}: {key}", phrase.form);
            }
        }
    }
}
