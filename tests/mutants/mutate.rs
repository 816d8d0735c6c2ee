//! Mutants of a workflow file: each with one thing otherwise that somebody may get wrong. It must
//! not know what comes of it.

use super::parts::{Parts, Step, id, named, property, saying, value, without};

/// Properties that are taken away.
const DROPPED: [&str; 7] =
    ["if", "needs", "requires", "verify", "compensate", "irreversible", "on_in_doubt"];

/// Words that are taken for each other in what a step does, and on what.
const TAKEN_FOR: [(&str, &str); 22] = [
    (".stop", ".start"),
    (".start", ".stop"),
    ("branch: main", "branch: prod"),
    ("branch: prod", "branch: main"),
    ("percent: 100", "percent: 0"),
    ("percent: \"${{ inputs.percent }}\"", "percent: 0"),
    ("enabled: true", "enabled: false"),
    ("enabled: false", "enabled: true"),
    ("allow: false", "allow: true"),
    ("dispatcherqa4prod${{ inputs.n }}", "${{ env.main_database }}"),
    ("${{ env.main_database }}", "dispatcherqa4prod7"),
    ("prod_old_db", "prod_db"),
    ("prod_db", "prod_old_db"),
    ("prod2", "prod2rnapi"),
    ("prod2rnapi", "prod2pwaapi"),
    ("qa4rnapi", "qa4"),
    ("rnapi_slot", "pwaapi_slot"),
    ("api", "web"),
    ("web", "api"),
    ("test", "before"),
    ("before", "test"),
    ("fresh", "test"),
];

/// A changed file, and what was changed in it.
pub struct Mutant {
    pub what: String,
    pub text: String,
}

/// Every mutant of a file, in a stable order.
pub fn mutants(text: &str) -> Vec<Mutant> {
    let parts = Parts::of(text);
    let mut found = Vec::new();
    let mut add = |what: String, text: String| found.push(Mutant { what, text });
    for at in 0..parts.steps.len() {
        places(&parts, at, &mut add);
        for (what, step) in steps(&parts, at) {
            add(format!("`{}` {what}", id(&parts.steps[at])), parts.with(at, step));
        }
    }
    head(&parts, &mut add);
    found
}

type Add<'a> = dyn FnMut(String, String) + 'a;

/// A step in another place, left out, or done twice.
fn places(parts: &Parts, at: usize, add: &mut Add<'_>) {
    let name = id(&parts.steps[at]);
    for far in [1, 2] {
        if let Some(other) = parts.steps.get(at + far) {
            let mut steps = parts.steps.clone();
            steps.swap(at, at + far);
            add(format!("`{name}` and `{}` swapped", id(other)), parts.text(&steps));
        }
    }
    let mut rest = parts.steps.clone();
    let step = rest.remove(at);
    add(format!("`{name}` left out"), parts.text(&rest));
    let last = at + 1 == parts.steps.len();
    if !last {
        let again = named(&step, &format!("{name}_again"));
        add(
            format!("`{name}` once more in the end"),
            parts.text(&[&parts.steps[..], &[again]].concat()),
        );
        rest.push(step.clone());
        add(format!("`{name}` last"), parts.text(&rest));
        rest.pop();
    }
    if at > 0 {
        rest.insert(0, step);
        add(format!("`{name}` first"), parts.text(&rest));
    }
}

/// A step with something otherwise, and what that is.
fn steps(parts: &Parts, at: usize) -> Vec<(String, Step)> {
    let step = &parts.steps[at];
    let mut found: Vec<(String, Step)> = Vec::new();
    for dropped in DROPPED.into_iter().filter(|name| property(step, name).is_some()) {
        found.push((format!("without {dropped}"), without(step, dropped)));
    }
    if let Some(value) = value(step, "if") {
        conditions(value.trim_matches('"'), &mut |what, condition| {
            found.push((what, saying(step, "if", &format!("\"{condition}\""))));
        });
    }
    found.push(("waits for nothing".to_owned(), saying(step, "needs", "[]")));
    if let Some(before) = at.checked_sub(2).map(|at| id(&parts.steps[at])) {
        found.push((format!("waits for `{before}` only"), saying(step, "needs", before)));
    }
    if let Some(items) = value(step, "for_each").and_then(|items| {
        let items = items.strip_prefix('[')?.strip_suffix(']')?;
        Some(items.split(", ").collect::<Vec<_>>())
    }) {
        let (first, last) = (items[1..].join(", "), items[..items.len() - 1].join(", "));
        found.push((
            format!("not for {}", items[0]),
            saying(step, "for_each", &format!("[{first}]")),
        ));
        let dropped = items[items.len() - 1];
        found.push((format!("not for {dropped}"), saying(step, "for_each", &format!("[{last}]"))));
    }
    if let Some(uses) = value(step, "uses") {
        let none = "{ uses: none, reason: nobody minds }";
        found.push(("stays on the way back".to_owned(), saying(step, "compensate", none)));
        if let Some(with) = value(step, "with") {
            let again = format!("{{ uses: {uses}, with: {with} }}");
            let what = "is done once more on the way back".to_owned();
            found.push((what, saying(step, "compensate", &again)));
        }
    }
    for (word, other) in TAKEN_FOR {
        if let Some(step) = taken_for(step, word, other) {
            found.push((format!("with {other} for {word}"), step));
        }
    }
    found
}

/// A condition that says something else.
fn conditions(condition: &str, add: &mut dyn FnMut(String, String)) {
    add("where it is not so".to_owned(), format!("!({condition})"));
    let parts: Vec<&str> = condition.split(" && ").collect();
    if parts.len() > 1 && !condition.contains("||") {
        add("where one of its conditions holds".to_owned(), parts.join(" || "));
        for left_out in 0..parts.len() {
            let rest = [&parts[..left_out], &parts[left_out + 1..]].concat();
            add(format!("whether or not {}", parts[left_out]), rest.join(" && "));
        }
    }
}

/// The first such word of what a step does, taken for another one.
fn taken_for(step: &[String], word: &str, other: &str) -> Option<Step> {
    let told =
        ["name:", "- id:", "if:", "needs:", "requires:", "reason:", "#", "verify:", "prompt:"];
    let says = |line: &str| !told.iter().any(|key| line.trim_start().starts_with(key));
    let lettered = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let whole = |line: &str| {
        let found = line.match_indices(word).find(|(from, _)| {
            let before = line[..*from].chars().next_back();
            let after = line[from + word.len()..].chars().next();
            (word.starts_with('.') || !before.is_some_and(lettered)) && !after.is_some_and(lettered)
        });
        found.map(|(from, _)| from)
    };
    let (at, from) = step
        .iter()
        .enumerate()
        .filter(|(_, line)| says(line))
        .find_map(|(at, line)| Some((at, whole(line)?)))?;
    let mut step = step.to_vec();
    step[at].replace_range(from..from + word.len(), other);
    Some(step)
}

/// What stands before the steps.
fn head(parts: &Parts, add: &mut Add<'_>) {
    let head = &parts.head;
    let rolls = "on_failure: rollback";
    match head.iter().position(|line| line == rolls) {
        Some(at) => {
            let rest = [&head[..at], &head[at + 1..]].concat();
            add("no rollback by itself".to_owned(), parts.headed(&rest));
        }
        None => {
            let at = head.iter().position(|line| line == "steps:").unwrap_or(head.len());
            let more = [&head[..at], &[rolls.to_owned()], &head[at..]].concat();
            add("a rollback by itself".to_owned(), parts.headed(&more));
        }
    }
    let given = head.iter().position(|line| line.starts_with("given:"));
    for from in given.into_iter().flat_map(|at| at + 1..head.len()) {
        if !head[from].starts_with("  ") {
            break;
        }
        if head[from].starts_with("  - ") {
            let more = head[from + 1..].iter().take_while(|line| line.starts_with("    ")).count();
            let rest = [&head[..from], &head[from + 1 + more..]].concat();
            add(format!("not given: {}", head[from + more].trim()), parts.headed(&rest));
        }
    }
}
