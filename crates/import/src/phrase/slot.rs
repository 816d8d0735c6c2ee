//! What stands in the open places of a phrase, read: names of apps, databases, branches. A place is
//! filled only by what looks like a name; a wrong guess costs more than none.

use super::sentence::Sentence;
use crate::known::Known;
use regex::Regex;
use std::sync::LazyLock;

/// Words that only point at something.
const POINTING: [&str; 20] = [
    "the", "a", "an", "it", "its", "them", "they", "all", "any", "each", "both", "this", "that",
    "these", "those", "new", "old", "latest", "last", "current",
];

/// Words that name no thing unless a page marks them as names.
const KINDS: [&str; 36] = [
    "previous",
    "everything",
    "app",
    "apps",
    "service",
    "services",
    "server",
    "servers",
    "site",
    "database",
    "databases",
    "db",
    "branch",
    "version",
    "build",
    "release",
    "pr",
    "changes",
    "change",
    "code",
    "file",
    "files",
    "up",
    "down",
    "sure",
    "page",
    "traffic",
    "environment",
    "team",
    "meeting",
    "work",
    "process",
    "pipeline",
    "data",
    "container",
    "slot",
];

/// What is said of apps before and behind their names.
static APP_NOISE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?xi)^(?:(?:the|both|all|our|remaining|following)\s+)*
    |\s*\b(?:(?:azure\s+)?(?:app\s+services?|web\s*apps?|function\s+apps?|apps?|applications?
    |services?|slots?))\s*$",
    )
    .ok()
});

/// The same of databases.
static DATABASE_NOISE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?xi)
    ^(?:(?:the|a|an|full|new|existing|current|whole|already)\s+)*
    |\s*\b(?:databases?|dbs?|backup|copy)\s*$",
    )
    .ok()
});

/// The same of branches and stages.
static OTHER_NOISE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?xi)
    ^(?:(?:the|a|an|new|remaining|our|latest|last|your)\s+)*
    |\s*\b(?:branch|stages?|environments?|slots?)\s*$",
    )
    .ok()
});

/// What a place is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One app or several.
    Apps,
    /// A database that is there.
    Database,
    /// A name that something gets.
    New,
    /// A branch.
    Branch,
    /// One stage of a release or several.
    Stages,
    /// A name of anything else, one word.
    Name,
    /// Whatever stands there.
    Text,
}

/// The kind of a place by its name in the table.
pub fn kind_of(place: &str) -> Kind {
    match place {
        "apps" | "app" => Kind::Apps,
        "db" => Kind::Database,
        "new" => Kind::New,
        "branch" | "from" | "into" => Kind::Branch,
        "stages" => Kind::Stages,
        "name" | "other" => Kind::Name,
        _ => Kind::Text,
    }
}

/// The names in a place, in order; nothing where these words are no such names.
pub fn read(kind: Kind, words: &str, sentence: &Sentence, known: &Known) -> Option<Vec<String>> {
    let quotes = ['"', '\'', '`', '“', '”'];
    let words = words.trim().trim_end_matches(['.', ':']).trim_matches(quotes).trim();
    match kind {
        Kind::Text => Some(vec![words.to_owned()]).filter(|_| !words.is_empty()),
        Kind::Name => one(words, sentence, true).map(|name| vec![name]),
        Kind::New => {
            let bare = strip(words, &DATABASE_NOISE);
            one(&bare, sentence, bare.len() < words.len()).map(|name| vec![name])
        }
        Kind::Branch => {
            let bare = strip(words, &OTHER_NOISE);
            one(&bare, sentence, true).map(|name| vec![name])
        }
        Kind::Database => {
            let bare = strip(words, &DATABASE_NOISE);
            let sure =
                bare.len() < words.len() || known.find("azure.sql_database", &bare).is_some();
            one(&bare, sentence, sure).map(|name| vec![name])
        }
        Kind::Apps => {
            let bare = strip(words, &APP_NOISE);
            let sure = bare.len() < words.len();
            let each = parts(&bare).into_iter().map(|part| {
                let part = strip(&part, &APP_NOISE);
                let sure = sure || known.find("azure.app_service", &part).is_some();
                two(&part, known).or_else(|| one(&part, sentence, sure))
            });
            each.collect::<Option<Vec<_>>>().filter(|all| !all.is_empty())
        }
        Kind::Stages => {
            let each = parts(words).into_iter().map(|part| {
                let part = strip(&part, &OTHER_NOISE);
                let words = part.split_whitespace().count();
                let named = |word: &str| is_name(word) && !is_no_name(word);
                (words <= 3 && part.split_whitespace().all(named)).then_some(part)
            });
            each.collect::<Option<Vec<_>>>().filter(|all| !all.is_empty())
        }
    }
}

/// An app of the environment that has a slot's name behind its own.
fn two(words: &str, known: &Known) -> Option<String> {
    let thing = known.find("azure.app_service", words)?;
    Some(thing.name.clone())
}

/// The only word, where it looks like a name.
fn one(words: &str, sentence: &Sentence, sure: bool) -> Option<String> {
    let word = words.trim_matches(['"', '\'', '`', '“', '”']);
    let marked = sentence.names.iter().any(|name| name == word);
    let low = word.to_ascii_lowercase();
    let no_name = POINTING.contains(&low.as_str()) || !marked && is_no_name(word);
    let good = is_name(word) && !no_name && (sure || marked || is_striking(word));
    good.then(|| word.to_owned())
}

fn parts(words: &str) -> Vec<String> {
    static BETWEEN: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i)\s*(?:,\s*(?:and\s+)?|\s+and\s+|\s+&\s+|/)\s*").ok());
    let Some(between) = BETWEEN.as_ref() else { return Vec::new() };
    let cut = between.split(words).map(|part| part.trim_matches(['"', '\'', '`']).to_owned());
    cut.filter(|part| !part.is_empty()).collect()
}

fn strip(words: &str, noise: &LazyLock<Option<Regex>>) -> String {
    let Some(noise) = noise.as_ref() else { return words.to_owned() };
    let bare = noise.replace(words, "").into_owned();
    // The expression finds the words before the name, or those behind it, whichever comes first.
    noise.replace_all(&bare, "").trim().to_owned()
}

fn is_name(word: &str) -> bool {
    static NAME: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^[A-Za-z0-9{<$][A-Za-z0-9_.\-{}<>$/#]*$").ok());
    NAME.as_ref().is_some_and(|name| name.is_match(word))
}

fn is_no_name(word: &str) -> bool {
    let low = word.to_ascii_lowercase();
    POINTING.contains(&low.as_str()) || KINDS.contains(&low.as_str())
}

/// Whether no word of English looks like it.
fn is_striking(word: &str) -> bool {
    let inner = word.chars().skip(1);
    word.chars().any(|c| c.is_ascii_digit() || "-_{<".contains(c))
        || inner.clone().any(|c| c.is_ascii_uppercase()) && word.chars().any(|c| c.is_lowercase())
}
