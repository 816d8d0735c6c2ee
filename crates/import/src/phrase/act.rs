//! A clause as the steps that it asks for, by the table of phrases.

use super::context::Context;
use super::place::{with_inputs, with_variables};
use super::sentence::{Sentence, lead, without_asides};
use super::slot::kind_of;
use super::table::{Phrase, phrases};
use super::value::{Came, Filled, fill, work_out};
use crate::draft::{Said, Step, Value};
use crate::names::as_name;
use regex::Regex;
use std::sync::LazyLock;

/// Actions that work for long, and the longest that one attempt may take.
const LONG: [(&str, &str); 3] = [
    ("azure.sql.copy_database", "6h"),
    ("azure.sql.export_bacpac", "6h"),
    ("azure.sql.delete_database", "1h"),
];

/// A clause without what only explains it, and the condition that stands behind it.
pub fn core_of(clause: &str) -> (String, Option<String>) {
    static TAIL: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"(?ix)[\s,]*(?:\be\.g\.|\bi\.e\.|\bfor\ example\b|\bsuch\ as\b|\bsince\b|\bbecause\b|
            \bso\ that\b|\bin\ order\ to\b|\bas\ described\b|\bsee\ also\b).*$",
        )
        .ok()
    });
    static CONDITION: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)[\s,]+(?P<why>(?:only )?(?:if|unless|when|as needed|where needed)\b.*)$")
            .ok()
    });
    static LOOK: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i)^(?:re-?)?(?:check|see|verify|test|ask|confirm)\b").ok());
    let mut core = lead(clause).to_owned();
    if let Some(tail) = TAIL.as_ref().filter(|_| !core.contains("://")) {
        core = tail.replace(&core, "").into_owned();
    }
    let mut condition = None;
    if let Some(found) = CONDITION.as_ref().and_then(|why| why.captures(&core)) {
        let before = found.get(0).map_or(0, |all| all.start());
        let why = found["why"].to_owned();
        // "check if it runs" asks for a look, and has no condition
        let look = LOOK.as_ref().is_some_and(|look| look.is_match(&core));
        if !look {
            condition = Some(why);
            core.truncate(before);
        }
    }
    let trimmed = core.trim().trim_end_matches(['.', ',', ':', ';', '!']).trim();
    (trimmed.to_owned(), condition)
}

/// The steps that a clause asks for; nothing where no phrase fits.
pub fn act(clause: &str, sentence: &Sentence, context: &mut Context<'_>) -> Option<Vec<Step>> {
    let bare = without_asides(clause).0;
    // A version in parentheses is what is deployed.
    let spoken = clause.replace(['(', ')'], "");
    let mut forms = vec![core_of(&bare).0, core_of(&spoken).0];
    forms.dedup();
    for form in forms {
        for phrase in phrases() {
            let Some(found) = phrase.form.captures(&form) else { continue };
            let mut filled = Filled::new();
            let fits = phrase.places.iter().all(|place| {
                let Some(words) = found.name(place) else { return true };
                let read = fill(place, kind_of(place), words.as_str(), sentence, context);
                read.map(|names| filled.insert(place.clone(), names)).is_some()
            });
            for name in ["percent", "version", "count", "unit", "mail"] {
                if let Some(words) = found.name(name) {
                    filled.insert(name.to_owned(), vec![words.as_str().to_owned()]);
                }
            }
            context.guesses.clear();
            if fits && let Some(steps) = build(phrase, &filled, sentence, context) {
                return Some(steps);
            }
        }
    }
    None
}

fn build(
    phrase: &Phrase,
    filled: &Filled,
    sentence: &Sentence,
    context: &mut Context<'_>,
) -> Option<Vec<Step>> {
    let mut with = Vec::new();
    let mut apps = Vec::new();
    let mut stages = Vec::new();
    for (key, word) in &phrase.with {
        context.renamed = None;
        let came = one_value(word, filled, sentence, context)?;
        let key = context.renamed.unwrap_or(key).to_owned();
        match came {
            Came::Nothing => {}
            Came::Value(value) => with.push((key, value)),
            Came::Each(names) if key == "stage" => stages = names,
            Came::Each(names) => {
                context.last_apps.clone_from(&names);
                let app = match names.as_slice() {
                    [one] => Value::plain(one),
                    _ => Value::template("${{ item }}"),
                };
                with.push((key, app));
                apps = names;
            }
        }
    }
    if let Some(branch) = filled.get("from").or_else(|| filled.get("branch")) {
        context.last_branch = branch.first().cloned();
    }
    if let Some((_, Value::Plain(name))) = with.iter().find(|_| filled.contains_key("db")) {
        context.last_database = Some(name.clone());
    }
    if !phrase.guess.is_empty() {
        context.guess(phrase.guess.clone());
    }
    let object = filled.get("db").or_else(|| filled.get("name")).and_then(|names| names.first());
    let object = apps.first().filter(|_| apps.len() == 1).or(object);
    let id = match object {
        Some(object) => as_name(&format!("{} {object}", phrase.verb)),
        None => as_name(&phrase.verb),
    };
    let mut step = Step::new(id, sentence.line);
    if apps.len() > 1 {
        let each = apps.iter().map(Value::plain).collect();
        step.keys.push(("for_each".to_owned(), Value::List(each)));
    }
    if !stages.is_empty() {
        return Some(deployments(phrase, &stages, &with, sentence, context));
    }
    Some(vec![shaped(phrase, step, with, sentence, context)])
}

/// One deployment after the other.
fn deployments(
    phrase: &Phrase,
    stages: &[String],
    with: &[(String, Value)],
    sentence: &Sentence,
    context: &mut Context<'_>,
) -> Vec<Step> {
    context.last_stages = stages.to_vec();
    let one = |stage: &String| {
        let mut with = with.to_vec();
        let app = context.known.on_stage(stage);
        let definition = app.first().and_then(|app| app.key("release_definition"));
        let named = app.first().and_then(|app| app.key("stage")).unwrap_or(stage);
        let named = match app.is_empty() && context.known.has_stages() {
            true => Value::blank(format!("the stage that `{stage}` means")),
            false => Value::plain(named),
        };
        with.push(("stage".to_owned(), named));
        if let Some(definition) = definition {
            let number = definition.parse().map_or(Value::plain(definition), Value::Int);
            with.push(("definition".to_owned(), number));
        }
        let mut step = Step::new(as_name(&format!("deploy {stage}")), sentence.line)
            .with("uses", Value::raw(phrase.uses.clone()))
            .with("with", Value::Map(with))
            .with("timeout", Value::raw("1h"));
        let guesses = context.guesses.iter();
        step.said.extend(guesses.map(|text| Said::guessed(text, sentence.line)));
        step
    };
    stages.iter().map(one).collect()
}

/// A step in the shape that its action needs.
fn shaped(
    phrase: &Phrase,
    mut step: Step,
    mut with: Vec<(String, Value)>,
    sentence: &Sentence,
    context: &mut Context<'_>,
) -> Step {
    if phrase.uses == "shell" {
        if let Some((_, Value::Raw(command))) = with.pop() {
            let (run, env) = with_variables(&command, sentence.line, context.draft);
            step.keys.push(("run".to_owned(), Value::raw(run)));
            if !env.is_empty() {
                step.keys.push(("env".to_owned(), Value::Map(env)));
            }
        }
    } else {
        step.keys.push(("uses".to_owned(), Value::raw(phrase.uses.clone())));
        step.keys.push(("with".to_owned(), Value::Map(with)));
    }
    if let Some((_, timeout)) = LONG.iter().find(|(kind, _)| *kind == phrase.uses) {
        step.keys.push(("timeout".to_owned(), Value::raw(*timeout)));
    }
    let guesses = std::mem::take(&mut context.guesses).into_iter();
    step.said.extend(guesses.map(|text| Said::guessed(text, sentence.line)));
    step
}

fn one_value(
    word: &str,
    filled: &Filled,
    sentence: &Sentence,
    context: &mut Context<'_>,
) -> Option<Came> {
    if let Some(worked) = word.strip_prefix('@') {
        return work_out(worked, filled, sentence, context);
    }
    if let Some(what) = word.strip_prefix('?') {
        return Some(Came::Value(Value::blank(what)));
    }
    if let Some(truth) = word.strip_prefix('=') {
        return Some(Came::Value(Value::Bool(truth == "true")));
    }
    let Some(place) = word.strip_prefix('{').and_then(|word| word.strip_suffix('}')) else {
        return Some(Came::Value(Value::plain(word)));
    };
    let Some(names) = filled.get(place) else { return Some(Came::Nothing) };
    let first = names.first()?;
    Some(match place {
        "apps" => Came::Each(context.apps(names, sentence.line)),
        "stages" => Came::Each(names.clone()),
        "db" if first.contains(['{', '<']) => return None,
        "db" => {
            let name = context.resource("azure.sql_database", first, sentence.line);
            Came::Value(Value::plain(name))
        }
        _ => Came::Value(with_inputs(first, sentence.line, context.draft)),
    })
}
