//! Variables that one block of a page sets and a later one reads: in the page they are typed into
//! one shell, in a workflow each block has a shell of its own. It must not know what a block does.

use crate::draft::{Draft, Entry, Said, Step, Value};
use crate::secrecy::sounds_secret;
use std::collections::{BTreeMap, BTreeSet};

/// Hands each variable on from the block that sets it last to those that read it.
pub fn carry(draft: &mut Draft) {
    let mut set_by: BTreeMap<String, usize> = BTreeMap::new();
    let mut read: Vec<(usize, BTreeMap<String, usize>)> = Vec::new();
    for (at, entry) in draft.body.iter().enumerate() {
        let Some(script) = step_of(entry).and_then(script) else { continue };
        let own = step_of(entry).and_then(|step| step.get("env"));
        let reads = read_before_set(script).into_iter().filter(|name| !has(own, name));
        let from = reads.filter_map(|name| Some((name.clone(), *set_by.get(&name)?)));
        let from: BTreeMap<String, usize> = from.collect();
        if !from.is_empty() {
            read.push((at, from));
        }
        set_by.extend(script.lines().filter_map(assigned).map(|name| (name.to_owned(), at)));
    }
    refuse_secrets(draft, &mut read);
    let told: BTreeSet<(usize, String)> = read
        .iter()
        .flat_map(|(_, from)| from.iter().map(|(name, by)| (*by, name.clone())))
        .collect();
    for (at, name) in told {
        let line = format!("echo \"{name}=${name}\" >> \"$WINDLASS_OUTPUT\"\n");
        if let Some(Value::Raw(script)) = step_at(draft, at).and_then(|step| key_of(step, "run")) {
            script.push_str(&line);
        }
    }
    for (at, from) in read {
        let ids: Vec<(String, String)> = from
            .into_iter()
            .filter_map(|(name, by)| Some((name, step_of(draft.body.get(by)?)?.id.clone())))
            .collect();
        let Some(step) = step_at(draft, at).filter(|_| !ids.is_empty()) else { continue };
        for (name, id) in &ids {
            let text = format!("`{name}` is the one that `{id}` sets");
            step.said.push(Said::guessed(text, step.line));
        }
        let env = ids.into_iter().map(|(name, id)| {
            let value = format!("${{{{ steps.{id}.outputs.outputs.{name} }}}}");
            (name, Value::template(value))
        });
        match key_of(step, "env") {
            Some(Value::Map(there)) => there.extend(env),
            _ => step.keys.push(("env".to_owned(), Value::Map(env.collect()))),
        }
    }
}

/// An output stands in the history in clear: what sounds like a secret is left to a human.
fn refuse_secrets(draft: &mut Draft, read: &mut [(usize, BTreeMap<String, usize>)]) {
    for (at, from) in read {
        let Some(step) = step_at(draft, *at) else { continue };
        for (name, _) in from.extract_if(.., |name, _| sounds_secret(name)) {
            let text = format!(
                "`{name}` of an earlier block sounds like a secret: give it as \
                 `env: {{ {name}: \"${{{{ env.secrets.NAME }}}}\" }}`"
            );
            step.said.push(Said::not_mapped(text, step.line));
        }
    }
}

fn has(env: Option<&Value>, name: &str) -> bool {
    matches!(env, Some(Value::Map(env)) if env.iter().any(|(key, _)| key == name))
}

fn step_of(entry: &Entry) -> Option<&Step> {
    match entry {
        Entry::Step(step) => Some(step),
        Entry::Said(_) => None,
    }
}

fn step_at(draft: &mut Draft, at: usize) -> Option<&mut Step> {
    match draft.body.get_mut(at)? {
        Entry::Step(step) => Some(step),
        Entry::Said(_) => None,
    }
}

fn key_of<'s>(step: &'s mut Step, key: &str) -> Option<&'s mut Value> {
    step.keys.iter_mut().find(|(name, _)| name == key).map(|(_, value)| value)
}

fn script(step: &Step) -> Option<&str> {
    match step.get("run") {
        Some(Value::Raw(script)) => Some(script),
        _ => None,
    }
}

/// Names that a script reads in a line before it has set them.
fn read_before_set(script: &str) -> BTreeSet<String> {
    let mut set: BTreeSet<&str> = BTreeSet::new();
    let mut read = BTreeSet::new();
    for line in script.lines() {
        read.extend(names_read(line).filter(|name| !set.contains(name)).map(str::to_owned));
        set.extend(assigned(line));
    }
    read
}

/// The name that a line sets for those after it: `NAME=…` and `export NAME=…`, and no command
/// behind it, which alone would have it.
fn assigned(line: &str) -> Option<&str> {
    let line = line.trim();
    let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
    let (name, value) = line.split_once('=')?;
    (is_name(name) && is_one_word(value)).then_some(name)
}

fn is_name(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

/// Whether nothing follows the first word, quotes and `$(…)` being parts of one.
fn is_one_word(text: &str) -> bool {
    let (mut quote, mut depth) = (None, 0usize);
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match (quote, letter) {
            (_, '\\') => drop(letters.next()),
            (Some(open), letter) if letter == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'' | '`') => quote = Some(letter),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, ' ' | '\t' | ';' | '&') if depth == 0 => {
                let rest = text[at..].trim_start_matches([' ', '\t', ';']);
                return rest.is_empty() || rest.starts_with('#');
            }
            (None, _) => {}
        }
    }
    true
}

/// Names behind a `$`, in braces or bare, outside single quotes.
fn names_read(line: &str) -> impl Iterator<Item = &str> {
    let mut single = false;
    let mut double = false;
    let dollars = line.char_indices().filter_map(move |(at, letter)| {
        match letter {
            '\'' if !double => single = !single,
            '"' if !single => double = !double,
            '$' if !single => return Some(at + 1),
            _ => {}
        }
        None
    });
    dollars.filter_map(|from| {
        let rest = line.get(from..)?;
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let end = rest.find(|one: char| !one.is_ascii_alphanumeric() && one != '_');
        let name = &rest[..end.unwrap_or(rest.len())];
        is_name(name).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_sets_what_those_after_it_have() {
        let cases = [
            ("VERSION=1.2.3", Some("VERSION")),
            ("export TAG=\"v $VERSION\"  # the tag", Some("TAG")),
            ("AT=$(date -u +%F)", Some("AT")),
            ("EMPTY=", Some("EMPTY")),
            ("ONLY=one ./command", None),
            ("if a=b", None),
            ("git tag v=1", None),
            ("1ST=x", None),
        ];
        for (line, name) in cases {
            assert_eq!(assigned(line), name, "{line}");
        }
    }

    #[test]
    fn what_a_block_sets_itself_first_is_its_own() {
        let read = |script: &str| read_before_set(script).into_iter().collect::<Vec<_>>();
        assert_eq!(read("echo $A ${B:-x} \"$C\" '$D' $1 $$"), ["A", "B", "C"]);
        assert_eq!(read("A=1\necho $A $B"), ["B"]);
        assert_eq!(read("A=$A:more\necho $A"), ["A"]);
        assert_eq!(read("echo \"it's $E\""), ["E"]);
    }
}
