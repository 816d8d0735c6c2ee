//! Tasks of Azure Pipelines that an action or a command does as well. To teach one more, add an arm
//! to `task`, and a step that has it to a pipeline in `tests/pipelines/`.

use super::holes::text;
use super::scope::Scope;
use super::work::{Work, asked, in_folder, minutes, run};
use crate::draft::{Resource, Said, Step, Value};
use crate::names::as_name;

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
        "gulp" | "grunt" => {
            let targets = work.input("targets").unwrap_or_default();
            Some(run(work, format!("npx {low} {targets}").trim_end(), "sh", scope))
        }
        "archivefiles" => pack(work, scope),
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

/// Packs a folder, where what comes of it is an archive that an action makes.
fn pack(work: &Work, scope: &mut Scope) -> Option<Step> {
    let file = work.input("archiveFile")?;
    let known = file.ends_with(".zip") || file.ends_with(".tar.gz");
    let from = work.input("rootFolderOrFile").filter(|_| known)?;
    let from = text(in_folder(from), work.line, scope);
    let file = text(in_folder(file), work.line, scope);
    let step = work
        .step()
        .with("uses", Value::raw("archive.create"))
        .with("with", Value::map([("from", from), ("file", file)]));
    Some(match work.input("includeRootFolder") {
        Some("false") => step,
        _ => step.not_mapped("the archive held the folder itself, not only what is in it"),
    })
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
    let name = match text(variable(name, scope).unwrap_or(name), work.line, scope) {
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

/// The name of a variable that is an app's name, where the file does not hold its value: the
/// environment file binds a resource of that name.
fn variable<'a>(text: &'a str, scope: &Scope) -> Option<&'a str> {
    let name = text.trim().strip_prefix("$(")?.strip_suffix(')')?;
    let known = scope.variables.contains_key(&name.to_lowercase());
    (!known && !name.contains(['.', '$', '('])).then_some(name)
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
