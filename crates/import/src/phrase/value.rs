//! What the table's `@` words are worked out to.

use super::context::Context;
use super::place::{asked, with_inputs};
use super::sentence::Sentence;
use super::slot::{Kind, read};
use crate::draft::Value;
use regex::Regex;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What stands in the places of a phrase that fits, by place.
pub type Filled = BTreeMap<String, Vec<String>>;

/// What a value of the table came to.
pub enum Came {
    /// A value.
    Value(Value),
    /// One value for each of several steps or elements.
    Each(Vec<String>),
    /// The key is left out.
    Nothing,
}

/// Works out a value; nothing where the phrase does not fit after all.
pub fn work_out(
    word: &str,
    filled: &Filled,
    sentence: &Sentence,
    context: &mut Context<'_>,
) -> Option<Came> {
    let first = |place: &str| filled.get(place).and_then(|all| all.first()).cloned();
    let value = match word {
        "apps" => match filled.get("apps") {
            Some(apps) => return Some(Came::Each(context.apps(apps, sentence.line))),
            None if context.last_apps.is_empty() => Value::blank("the resource of the app"),
            None => {
                context.guess("the apps are those that were named before");
                return Some(Came::Each(context.last_apps.clone()));
            }
        },
        "stages" if !context.last_stages.is_empty() => {
            context.guess("the stages are those that were deployed to before");
            return Some(Came::Each(context.last_stages.clone()));
        }
        "stages" => Value::blank("the stage of the release"),
        "database" => Value::plain(context.last_database.clone()?),
        "repository" => Value::plain(context.repository(sentence.line)),
        "percent" => Value::Int(first("percent")?.parse().ok().filter(|n| *n <= 100)?),
        "setting" => {
            let text = first("text")?.trim_matches(['"', '\'', '`']).to_owned();
            Value::Map(vec![(first("name")?, Value::plain(text))])
        }
        "server" => Value::plain(context.server_of(&first("db")?, sentence.line)),
        "container" => Value::plain(context.container(sentence.line)),
        "bacpac" => Value::template(format!("{}-${{{{ run.date }}}}.bacpac", first("db")?)),
        "backup" => backup(first("new"), &first("db")?, sentence, context),
        "version" => asked(context.draft, "version", "number of the build that is deployed"),
        "copied" => {
            let from = Value::map([("from", Value::plain(first("name")?))]);
            Value::Map(vec![(first("other")?, from)])
        }
        "incremented" => {
            context.guess("the second number grows; `major` and `patch` grow the others");
            let grows = Value::map([("increment", Value::plain("minor"))]);
            Value::Map(vec![(first("name")?, grows)])
        }
        "skip_ci" if sentence.text.to_lowercase().contains("[skip ci]") => Value::Bool(true),
        "skip_ci" => return Some(Came::Nothing),
        "not_into" => match not_into(&sentence.text) {
            Some(branch) => Value::List(vec![Value::plain(branch)]),
            None => return Some(Came::Nothing),
        },
        "branch" => match first("from") {
            Some(from) if filled.contains_key("into") => Value::plain(from),
            _ => asked(context.draft, "branch", "name of the branch"),
        },
        "title" => Value::plain(context.draft.title.clone()),
        "urls" => return urls(sentence, context),
        "span" => Value::plain(span(&first("count")?, &first("unit")?)),
        "sentence" => Value::plain(sentence.text.clone()),
        "mail" => Value::List(vec![Value::plain(first("mail")?)]),
        "command" => command(&first("text")?, sentence)?,
        _ => return None,
    };
    Some(Came::Value(value))
}

/// The branch that a pull request must not go into.
fn not_into(text: &str) -> Option<String> {
    static NOT: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i)\bnot (?:into|to|against) `?([\w/.-]*\w)").ok());
    Some(NOT.as_ref()?.captures(text)?[1].to_owned())
}

/// The name of a backup: the given one, the page's example with what changes in it, or the
/// database's with the date.
fn backup(
    new: Option<String>,
    database: &str,
    sentence: &Sentence,
    context: &mut Context<'_>,
) -> Value {
    static EXAMPLE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i)e\.g\.,? (?:in|into|to|as) (\S+[^\s.,;)])").ok());
    static DATE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\d{4}-\d{2}-\d{2}").ok());
    static VERSION: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\d+(?:-\d+){2,3}$").ok());
    if let Some(new) = new {
        return with_inputs(&new, sentence.line, context.draft);
    }
    let example = EXAMPLE.as_ref().and_then(|example| example.captures(&sentence.text));
    let Some(example) = example.and_then(|found| found.get(1)) else {
        context.guess("the backup is named after the database and the day");
        return Value::template(format!("{database}-${{{{ run.date }}}}"));
    };
    let mut name = example.as_str().to_owned();
    context.guess(format!("the backup is named as the example `{name}` is"));
    if let Some(date) = DATE.as_ref() {
        name = date.replace(&name, "$${{{{ run.date }}}}").into_owned();
        name = name.replace("{{{{", "{{").replace("}}}}", "}}");
    }
    if VERSION.as_ref().is_some_and(|version| version.is_match(&name)) {
        asked(context.draft, "version", "number of the build that is deployed");
        let dashed = "$${{ inputs.version.replace('.', '-') }}";
        if let Some(version) = VERSION.as_ref() {
            name = version.replace(&name, dashed).into_owned();
        }
    }
    Value::template(name)
}

fn urls(sentence: &Sentence, context: &mut Context<'_>) -> Option<Came> {
    if sentence.urls.is_empty() {
        return None;
    }
    let apps: Option<Vec<String>> = sentence
        .urls
        .iter()
        .map(|url| context.known.at_url(url).map(|app| app.name.clone()))
        .collect();
    if let Some(apps) = apps {
        apps.iter().for_each(|app| context.declare(app, "azure.app_service", None));
        context.renamed = Some("apps");
        return Some(Came::Value(Value::List(apps.into_iter().map(Value::plain).collect())));
    }
    if context.known.simulated {
        context.renamed = Some("apps");
        let what = format!("the apps behind {}; no address is real here", sentence.urls.join(", "));
        return Some(Came::Value(Value::blank(what)));
    }
    let urls = sentence.urls.iter().map(Value::plain).collect();
    Some(Came::Value(Value::List(urls)))
}

fn span(count: &str, unit: &str) -> String {
    let unit = unit.chars().next().unwrap_or('m').to_ascii_lowercase();
    format!("{count}{unit}")
}

/// A command stands on the page as code, and is more than a word that could be a name.
fn command(text: &str, sentence: &Sentence) -> Option<Value> {
    let marked = sentence.names.iter().find(|name| text.starts_with(name.as_str()))?;
    let is_command = marked.contains(' ') || marked.contains('/') || marked.ends_with(".sh");
    is_command.then(|| Value::raw(marked.clone()))
}

/// The names in a place of a phrase.
pub fn fill(
    place: &str,
    kind: Kind,
    words: &str,
    sentence: &Sentence,
    context: &Context<'_>,
) -> Option<Vec<String>> {
    let that = matches!(words.trim().to_ascii_lowercase().as_str(), "that" | "it" | "this");
    if place == "from" && that {
        return context.last_branch.clone().map(|branch| vec![branch]);
    }
    read(kind, words, sentence, context.known)
}
