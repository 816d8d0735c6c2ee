//! The tasks of a stage: stop the app, deploy to it, start it again. A release holds a copy of its
//! own, which says where its build goes. They must not know how a deployment ends.

use crate::world::{AppAddress, Stage, Task};
use indexmap::IndexMap;
use serde_json::{Map, Value, json};

/// `Azure App Service manage`: stops and starts.
pub const MANAGE: &str = "f045e430-8704-11e6-968f-e717e6411619";
/// `Azure App Service deploy`.
pub const DEPLOY: &str = "497d490f-eea7-4f2b-ab94-48d9c1acdcb1";

/// The tasks that a definition's stage has.
pub fn of_stage(stage: &Stage) -> Vec<Task> {
    let task = |id: &str, name: String, inputs: Vec<(&str, String)>| Task {
        task_id: id.to_owned(),
        name,
        enabled: true,
        inputs: inputs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
    };
    let mut tasks = Vec::new();
    for app in &stage.deploys_to {
        let place = || {
            let mut place = vec![("WebAppName", app.site.clone())];
            if let Some(slot) = &app.slot {
                place.push(("ResourceGroupName", "rg".to_owned()));
                place.push(("SlotName", slot.clone()));
            }
            place
        };
        let manage = |word: &str| {
            let mut inputs = place();
            inputs.push(("Action", format!("{word} Azure App Service")));
            inputs.push(("SpecifySlotOrASE", app.slot.is_some().to_string()));
            task(MANAGE, format!("{word} {}", app.site), inputs)
        };
        if stage.stops {
            tasks.push(manage("Stop"));
        }
        let mut inputs = place();
        inputs.push(("DeployToSlotOrASEFlag", app.slot.is_some().to_string()));
        inputs.push(("Package", "$(System.DefaultWorkingDirectory)/**/*.zip".to_owned()));
        tasks.push(task(DEPLOY, format!("Deploy {}", app.site), inputs));
        if stage.stops {
            tasks.push(manage("Start"));
        }
    }
    tasks
}

/// Where the enabled tasks of a kind lead.
fn places(tasks: &[Task], fits: impl Fn(&Task) -> bool, flag: &str) -> Vec<AppAddress> {
    let enabled = tasks.iter().filter(|task| task.enabled && fits(task));
    let place = |task: &Task| {
        let input = |name: &str| task.inputs.get(name).filter(|value| !value.is_empty()).cloned();
        let to_slot = input(flag).is_some_and(|flag| flag == "true");
        Some(AppAddress {
            site: input("WebAppName")?,
            slot: input("SlotName").filter(|slot| to_slot && slot != "production"),
        })
    };
    enabled.filter_map(place).collect()
}

/// The apps that a deployment changes.
pub fn targets(tasks: &[Task]) -> Vec<AppAddress> {
    places(tasks, |task| task.task_id == DEPLOY, "DeployToSlotOrASEFlag")
}

/// The apps that a deployment stops before it begins, or starts when it is over.
pub fn managed(tasks: &[Task], word: &str) -> Vec<AppAddress> {
    let fits = |task: &Task| {
        let action = task.inputs.get("Action");
        task.task_id == MANAGE && action.is_some_and(|action| action.starts_with(word))
    };
    places(tasks, fits, "SpecifySlotOrASE")
}

/// The tasks as a release shows them: one phase that an agent goes through.
pub fn phases(tasks: &[Task]) -> Value {
    let tasks = tasks.iter().map(|task| {
        json!({
            "environment": {},
            "taskId": task.task_id,
            "version": "4.*",
            "name": task.name,
            "refName": "",
            "enabled": task.enabled,
            "alwaysRun": false,
            "continueOnError": false,
            "timeoutInMinutes": 0,
            "retryCountOnTaskFailure": 0,
            "definitionType": "task",
            "overrideInputs": {},
            "condition": "succeeded()",
            "inputs": task.inputs,
        })
    });
    json!([{
        "deploymentInput": {"queueId": 20_767, "timeoutInMinutes": 0},
        "rank": 1,
        "phaseType": "agentBasedDeployment",
        "name": "Agent phase",
        "refName": null,
        "workflowTasks": tasks.collect::<Vec<_>>(),
    }])
}

/// The tasks that a whole release brings along for a stage; none where one has another shape.
pub fn read(phases: &Value) -> Option<Vec<Task>> {
    let phases = phases.as_array()?.iter();
    let tasks = phases.flat_map(|phase| phase["workflowTasks"].as_array().into_iter().flatten());
    let one = |task: &Value| {
        let inputs = task["inputs"].as_object().cloned().unwrap_or_else(Map::new);
        let inputs =
            inputs.into_iter().filter_map(|(name, value)| Some((name, value.as_str()?.to_owned())));
        Some(Task {
            task_id: task["taskId"].as_str()?.to_owned(),
            name: task["name"].as_str()?.to_owned(),
            enabled: task["enabled"].as_bool()?,
            inputs: inputs.collect::<IndexMap<_, _>>(),
        })
    };
    tasks.map(one).collect()
}
