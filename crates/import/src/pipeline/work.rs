//! A single piece of work of a pipeline as a step: scripts, and tasks that an action does as well.
//! What no action does is asked of people, so that nobody takes it for done.

use super::holes::{Shell, script, text};
use super::scope::Scope;
use crate::draft::{Resource, Said, Step, Value};
use crate::names::as_name;
use crate::secrecy::sounds_secret;

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

    fn step(&self) -> Step {
        let step = Step::new(as_name(&self.id), self.line);
        if self.title.is_empty() { step } else { step.with("name", Value::raw(self.title.clone())) }
    }

    /// The deployment of a zip to an app.
    pub fn deploys(&self, app: Value, package: Value) -> Step {
        let reason = "the pipeline kept no package to go back to";
        let none = [("uses", Value::raw("none")), ("reason", Value::plain(reason))];
        self.step()
            .with("uses", Value::raw("azure.app_service.deploy_zip"))
            .with("with", Value::map([("app", app), ("package", package)]))
            .with("compensate", Value::map(none))
            .guessed("nothing undoes it; deploying the package before it would")
    }
}

/// A script as a step.
pub fn run(work: &Work, source: &str, shell: &str, scope: &mut Scope) -> Step {
    let power = matches!(shell, "pwsh" | "powershell");
    let kind = if power { Shell::Power } else { Shell::Posix };
    let made = script(source, kind, work.line, scope);
    let mut env: Vec<(String, Value)> = Vec::new();
    let mut step = work.step();
    let program = match shell {
        "pwsh" | "powershell" => Some("pwsh -NoProfile -NonInteractive -Command \"$SCRIPT\""),
        "python" => Some("python3 -c \"$SCRIPT\""),
        "bash" if is_bash(&made.text) => Some("bash -euo pipefail -c \"$SCRIPT\""),
        "cmd" => Some("cmd /c \"$SCRIPT\""),
        _ => None,
    };
    match program {
        Some(program) => {
            step = step.with("run", Value::raw(program));
            env.push(("SCRIPT".to_owned(), Value::raw(ended(&made.text))));
        }
        None => step = step.with("run", Value::raw(ended(&made.text))),
    }
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
    for (name, value) in made.env {
        if !env.iter().any(|(known, _)| *known == name) {
            env.push((name, value));
        }
    }
    if !env.is_empty() {
        step = step.with("env", Value::Map(env));
    }
    if let Some(dir) = &work.dir {
        let below = CHECKED_OUT.iter().find_map(|root| dir.strip_prefix(root));
        let dir = below.map_or(dir.as_str(), |below| below.trim_start_matches(['/', '\\']));
        step = match text(dir, work.line, scope) {
            Value::Plain(dir) if dir.is_empty() => step,
            Value::Plain(dir) => step.with("dir", Value::plain(dir)),
            _ => {
                step.not_mapped(format!("the folder `{dir}` is computed; begin the script by `cd`"))
            }
        };
    }
    if made.between_quotes {
        step = step.guessed("a value lies between single quotes, where a shell replaces nothing");
    }
    step
}

/// Where a pipeline checks its repository out: here the folder of the workflow file.
const CHECKED_OUT: [&str; 4] = [
    "$(System.DefaultWorkingDirectory)",
    "$(Build.SourcesDirectory)",
    "$(Build.Repository.LocalPath)",
    "${{ github.workspace }}",
];

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

/// A task of Azure Pipelines, by its name without version, as a step; nothing where it only
/// prepares a machine that is thrown away.
pub fn task(name: &str, work: &Work, scope: &mut Scope) -> Option<Step> {
    let low = name.to_lowercase();
    if PREPARES.iter().any(|known| low.starts_with(known)) || low.ends_with("installer") {
        return None;
    }
    let inline = work.input("script").or_else(|| work.input("inlineScript"));
    let step = match low.as_str() {
        "bash" | "shellscript" => inline.map(|source| run(work, source, "bash", scope)),
        "cmdline" => inline.map(|source| run(work, source, "sh", scope)),
        "powershell" => inline.map(|source| run(work, source, "pwsh", scope)),
        "pythonscript" => inline.map(|source| run(work, source, "python", scope)),
        "azurecli" => inline.map(|source| {
            let shell = match work.input("scriptType") {
                Some("ps" | "pscore") => "pwsh",
                _ => "bash",
            };
            run(work, source, shell, scope).guessed("whoever runs windlass is signed in to `az`")
        }),
        "azurepowershell" => inline.map(|source| {
            run(work, source, "pwsh", scope).guessed("whoever runs windlass is signed in to Azure")
        }),
        "dotnetcorecli" => Some(dotnet(work, scope)),
        "npm" => {
            let command = match work.input("command") {
                Some("custom") => work.input("customCommand").unwrap_or("ci"),
                other => other.unwrap_or("install"),
            };
            let mut npm = work.clone();
            npm.dir = work.input("workingDir").map(str::to_owned);
            Some(run(&npm, &format!("npm {command}"), "sh", scope))
        }
        "azureappservicemanage" => manage(work, scope),
        "azurewebapp" | "azurefunctionapp" | "azurermwebappdeployment" => Some(deploy(work, scope)),
        "manualvalidation" | "manualintervention" => Some(approve(work, scope)),
        "delay" => work.input("delayForMinutes").and_then(minutes).map(|span| {
            let wait = Value::map([("for", Value::raw(span))]);
            work.step().with("uses", Value::raw("wait")).with("with", wait)
        }),
        _ => None,
    };
    Some(step.unwrap_or_else(|| asked(work, name)))
}

/// Tasks that only prepare the machine of a pipeline.
const PREPARES: [&str; 14] = [
    "usedotnet",
    "usenode",
    "nodetool",
    "usepython",
    "javatoolinstaller",
    "gotool",
    "cache",
    "publishpipelineartifact",
    "downloadpipelineartifact",
    "publishbuildartifacts",
    "downloadbuildartifacts",
    "publishtestresults",
    "publishcodecoverage",
    "nugettoolinstaller",
];

/// The command of .NET that a task makes, for each of its projects.
fn dotnet(work: &Work, scope: &mut Scope) -> Step {
    let command = match work.input("command") {
        Some("custom") => work.input("custom").unwrap_or("build"),
        other => other.unwrap_or("build"),
    };
    let arguments = work.input("arguments").unwrap_or_default().trim();
    let projects: Vec<&str> =
        work.input("projects").unwrap_or_default().split_whitespace().collect();
    let line = |project: &str| format!("dotnet {command} {project} {arguments}").trim().to_owned();
    let source = match projects.iter().any(|project| project.contains('*')) {
        true => format!(
            "shopt -s globstar\nfor project in {}; do\n  {}\ndone\n",
            projects.join(" "),
            line("\"$project\"")
        ),
        false if projects.is_empty() => line("").replace("  ", " "),
        false => projects.iter().map(|project| line(project) + "\n").collect(),
    };
    run(work, &source, "bash", scope).guessed("the task is the command of the same name")
}

/// Stops, starts, restarts or swaps an app.
fn manage(work: &Work, scope: &mut Scope) -> Option<Step> {
    let action = work.input("action").unwrap_or("Swap Slots").to_lowercase();
    let kind = match action.split(' ').next()? {
        "start" if action.contains("app service") => "start",
        "stop" if action.contains("app service") => "stop",
        "restart" => "restart",
        "swap" => "swap_slots",
        _ => return None,
    };
    let slot = match kind {
        "swap_slots" => Some(work.input("sourceSlot").unwrap_or("staging")),
        _ => work
            .input("slot")
            .or_else(|| work.input("slotName"))
            .filter(|slot| !slot.eq_ignore_ascii_case("production")),
    };
    let app = app(work, slot, scope);
    Some(
        work.step()
            .with("uses", Value::raw(format!("azure.app_service.{kind}")))
            .with("with", Value::map([("app", app)])),
    )
}

fn deploy(work: &Work, scope: &mut Scope) -> Step {
    let slot = work.input("slotName").or_else(|| work.input("deploymentSlot"));
    let slot = slot.filter(|slot| !slot.eq_ignore_ascii_case("production"));
    let app = app(work, slot, scope);
    let package = work.input("package").or_else(|| work.input("packageForLinux"));
    let package = match package {
        Some(path) if !path.contains(['*', '$']) => Value::plain(path),
        Some(path) => Value::blank(format!("the zip on this machine; the pipeline had {path}")),
        None => Value::blank("the zip on this machine"),
    };
    work.deploys(app, package)
}

/// The app that a task names, declared as a resource.
pub fn app(work: &Work, slot: Option<&str>, scope: &mut Scope) -> Value {
    let names = ["webAppName", "appName", "app-name", "webAppKind"];
    let Some(name) = names.iter().find_map(|name| work.input(name)) else {
        return Value::blank("the resource of the app");
    };
    let name = match text(name, work.line, scope) {
        Value::Plain(name) => name,
        _ => return Value::blank(format!("the resource of the app; the pipeline had {name}")),
    };
    let words = slot.map_or(name.clone(), |slot| format!("{name} {slot}"));
    let id = as_name(&words);
    let said = format!("`{words}` is an app; the environment file must bind it");
    scope.draft.resources.entry(id.clone()).or_insert_with(|| Resource {
        kind: "azure.app_service".to_owned(),
        said: vec![Said::guessed(said, work.line)],
    });
    Value::plain(id)
}

/// Somebody is asked.
fn approve(work: &Work, scope: &mut Scope) -> Step {
    let words = work.input("instructions").unwrap_or("Go on?");
    let prompt = text(words, work.line, scope);
    let mut step = work
        .step()
        .with("uses", Value::raw("approve"))
        .with("with", Value::map([("prompt", prompt)]));
    if let Some(people) = work.input("notifyUsers").or_else(|| work.input("approvers")) {
        step =
            step.not_mapped(format!("who is told or may answer ({people}): see `roles`, `notify`"));
    }
    match work.input("onTimeout").map(str::to_lowercase).as_deref() {
        Some("resume") => step.with("on_timeout", Value::raw("skip")),
        _ => step,
    }
}

/// A number of minutes as a span.
pub fn minutes(text: &str) -> Option<String> {
    let count: u32 = text.trim().parse().ok()?;
    (count > 0).then(|| format!("{count}m"))
}
