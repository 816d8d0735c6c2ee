//! A single piece of work of a pipeline as a step: a script, or a question to people in place of
//! what nothing here does, so that nobody takes it for done.

use super::holes::{Shell, script, text};
use super::scope::{Meant, Scope};
use crate::draft::{Said, Step, Value};
use crate::names::as_name;
use crate::secrecy::sounds_secret;
use regex::Regex;
use std::sync::LazyLock;

/// A piece of work.
#[derive(Clone, Debug, Default)]
pub struct Work {
    /// What its step is called after.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// Its inputs as they are written, in order.
    pub inputs: Vec<(String, String)>,
    /// Its variables as they are written.
    pub env: Vec<(String, String)>,
    /// Its folder.
    pub dir: Option<String>,
    /// The line of the source.
    pub line: usize,
}

impl Work {
    /// An input by its name, in any case.
    pub fn input(&self, name: &str) -> Option<&str> {
        let found = self.inputs.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, text)| text.as_str()).filter(|text| !text.trim().is_empty())
    }

    /// A step that is called after it.
    pub fn step(&self) -> Step {
        let step = Step::new(as_name(&self.id), self.line);
        if self.title.is_empty() { step } else { step.with("name", Value::raw(self.title.clone())) }
    }

    /// The deployment of a zip to an app.
    pub fn deploys(&self, app: Value, package: Value) -> Step {
        self.step()
            .with("uses", Value::raw("azure.app_service.deploy_zip"))
            .with("with", Value::map([("app", app), ("package", package)]))
    }
}

/// A script as a step.
pub fn run(work: &Work, source: &str, shell: &str, scope: &mut Scope) -> Step {
    let power = matches!(shell, "pwsh" | "powershell");
    let kind = if power { Shell::Power } else { Shell::Posix };
    let made = script(source, kind, work.line, scope);
    let mut said = Vec::new();
    if shell == "python" && !made.env.is_empty() {
        said.push(Said::not_mapped("values reach Python by os.environ only", work.line));
    }
    let hands_on = ["GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY", "##vso[task."];
    if let Some(word) = hands_on.iter().find(|word| source.contains(**word)) {
        let why = "later steps do not see it; write NAME=VALUE to $WINDLASS_OUTPUT";
        said.push(Said::not_mapped(format!("`{word}`: {why}"), work.line));
    }
    if made.between_quotes {
        let why = "a value lies between single quotes, where a shell replaces nothing";
        said.push(Said::guessed(why, work.line));
    }
    let program = match shell {
        "pwsh" | "powershell" => Some("pwsh -NoProfile -NonInteractive -Command \"$SCRIPT\""),
        "cmd" => Some("cmd /c \"$SCRIPT\""),
        _ => None,
    };
    let text = ended(&made.text);
    let mut env = variables(work, source, made.env, scope);
    if program.is_some() {
        env.insert(0, ("SCRIPT".to_owned(), Value::raw(text.clone())));
    }
    let mut keys = vec![("run".to_owned(), Value::raw(program.map_or(text, str::to_owned)))];
    if !env.is_empty() {
        keys.push(("env".to_owned(), Value::Map(env)));
    }
    keys.extend(folder(work, scope, &mut said).map(|dir| ("dir".to_owned(), dir)));
    let mut step = work.step();
    step.said.extend(said);
    match shell {
        "python" => shaped(step, "python3", keys),
        "bash" | "sh" if is_bash(&made.text) => shaped(step, "bash", keys),
        _ => {
            step.keys.extend(keys);
            step
        }
    }
}

/// A script that another program than the plain shell runs.
fn shaped(step: Step, program: &str, mut keys: Vec<(String, Value)>) -> Step {
    keys.insert(1, ("shell".to_owned(), Value::raw(program)));
    step.with("uses", Value::raw("shell")).with("with", Value::Map(keys))
}

/// The variables of a script: its own, those of the pipeline that it names, and its holes.
fn variables(
    work: &Work,
    source: &str,
    holes: Vec<(String, Value)>,
    scope: &mut Scope,
) -> Vec<(String, Value)> {
    let mut env: Vec<(String, Value)> = Vec::new();
    for (name, value) in &work.env {
        env.push((variable(name), secret_or_text(name, value, work.line, scope)));
    }
    let seen = |name: &str| {
        let forms = [format!("${name}"), format!("${{{name}}}"), format!("$env:{name}")];
        forms.iter().any(|form| source.contains(form.as_str()))
    };
    for (name, value) in scope.exported.clone() {
        if seen(&name) && !env.iter().any(|(known, _)| *known == name) {
            env.push((name.clone(), secret_or_text(&name, &value, work.line, scope)));
        }
    }
    for name in surroundings(source) {
        if !env.iter().any(|(known, _)| *known == name) {
            let meant = scope.foreign(&name, work.line);
            if let Meant::Expression(text, _) = meant {
                env.push((name, Value::template(format!("${{{{ {text} }}}}"))));
            }
        }
    }
    for (name, value) in holes {
        if !env.iter().any(|(known, _)| *known == name) {
            env.push((name, value));
        }
    }
    env
}

/// Variables of a pipeline's own that a script names: a machine of a pipeline has them, this one
/// has not.
fn surroundings(source: &str) -> Vec<String> {
    static OWN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"\$\{?((?:GITHUB|RUNNER|BUILD|SYSTEM|AGENT|RELEASE)_[A-Z0-9_]+)").ok()
    });
    let Some(own) = OWN.as_ref() else { return Vec::new() };
    let mut names: Vec<String> =
        own.captures_iter(source).map(|found| found[1].to_owned()).collect();
    names.retain(|name| !HANDED_ON.contains(&name.as_str()));
    names.dedup();
    names
}

/// Files through which a step of GitHub hands something on.
const HANDED_ON: [&str; 5] =
    ["GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY", "GITHUB_STATE"];

/// The folder of a script, from the workflow file's on.
fn folder(work: &Work, scope: &mut Scope, said: &mut Vec<Said>) -> Option<Value> {
    let dir = in_folder(work.dir.as_ref()?);
    match text(dir, work.line, scope) {
        Value::Plain(dir) => Some(Value::plain(dir)).filter(|dir| *dir != Value::plain("")),
        _ => {
            let why = format!("the folder `{dir}` is computed; begin the script by `cd`");
            said.push(Said::not_mapped(why, work.line));
            None
        }
    }
}

/// Where a pipeline checks its repository out: here the folder of the workflow file.
const CHECKED_OUT: [&str; 4] = [
    "$(System.DefaultWorkingDirectory)",
    "$(Build.SourcesDirectory)",
    "$(Build.Repository.LocalPath)",
    "${{ github.workspace }}",
];

/// A path as it is from the folder of the workflow file on.
pub fn in_folder(path: &str) -> &str {
    let below = CHECKED_OUT.iter().find_map(|root| path.strip_prefix(root));
    below.map_or(path, |below| below.trim_start_matches(['/', '\\']))
}

/// A value of a variable; one that is written down and sounds secret is not copied.
pub fn secret_or_text(name: &str, value: &str, line: usize, scope: &mut Scope) -> Value {
    let holes = value.contains("${{") || value.contains("$(");
    match sounds_secret(name) && !holes {
        true => Value::template(format!("${{{{ env.secrets.{} }}}}", as_name(name))),
        false => text(value, line, scope),
    }
}

/// A name of a variable as a script has it.
fn variable(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' };
    let name: String = name.chars().map(plain).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name }
}

/// Whether a script needs more than a POSIX shell.
fn is_bash(text: &str) -> bool {
    ["[[", "pipefail", "declare ", "mapfile", "<(", "=(", "shopt "]
        .iter()
        .any(|word| text.contains(word))
}

fn ended(text: &str) -> String {
    let text = text.trim_matches('\n').trim_end();
    if text.contains('\n') { format!("{text}\n") } else { text.to_owned() }
}

/// A question in place of what no action does.
pub fn asked(work: &Work, what: &str) -> Step {
    let prompt = format!("Do what `{what}` did, then say so");
    let inputs: Vec<String> = work
        .inputs
        .iter()
        .map(|(key, value)| match sounds_secret(key) {
            true => format!("{key}: (not copied)"),
            false => format!("{key}: {}", value.split_whitespace().collect::<Vec<_>>().join(" ")),
        })
        .collect();
    let mut step = work
        .step()
        .with("uses", Value::raw("approve"))
        .with("with", Value::map([("prompt", Value::plain(prompt))]));
    let mut said = format!("no action does what `{what}` did, so somebody is asked");
    if !inputs.is_empty() {
        said = format!("{said}; it had {}", inputs.join(", "));
    }
    step.said.push(Said::not_mapped(said, work.line));
    step
}

/// A number of minutes as a span.
pub fn minutes(text: &str) -> Option<String> {
    let count: u32 = text.trim().parse().ok()?;
    (count > 0).then(|| format!("{count}m"))
}
