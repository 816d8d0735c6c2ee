//! Drift: what somebody else changed while a run lay stopped is found, told with who did it, and
//! never silently overwritten.

use crate::home::Home;
use crate::stage::{Stage, expect_code};
use crate::terminal::Terminal;
use serde_json::{Value, json};

/// Stops one app, has another one on a database of its own with a release of `prod`, and asks.
const LEFT: &str = "\
name: left
resources: { qa4: azure.app_service, qa4rnapi: azure.app_service, backup: azure.sql_database }
max_parallel: 1
steps:
  - id: stop
    uses: azure.app_service.stop
    with: { app: qa4rnapi }
  - id: copy
    uses: azure.sql.copy_database
    with: { from: backup, to: dispatchernew }
  - id: rename
    needs: [copy]
    uses: azure.sql.rename_database
    with: { name: dispatchernew, beside: backup, to: dispatcherleft }
  - id: point
    needs: [rename]
    uses: azure.app_service.set_connection_string
    with: { app: qa4, name: Default, database: dispatcherleft }
  - id: deploy
    needs: [point]
    uses: azure_devops.release.deploy
    with: { branch: prod, stage: qa4, apps: [qa4] }
  - id: go
    needs: [stop, deploy]
    uses: approve
    with: { prompt: Go on? }
";

/// Writes a file, and asks.
const NOTE: &str = "\
name: note
steps:
  - id: note
    uses: file.write
    with: { path: note.txt, content: ours }
  - id: go
    needs: [note]
    uses: approve
    with: { prompt: Go on? }
";

/// Somebody else's release on the same stage.
const OTHER: &str = "\
name: other
resources: { qa4: azure.app_service }
steps:
  - id: deploy
    uses: azure_devops.release.deploy
    with: { branch: main, stage: qa4, apps: [qa4] }
";

/// A run that lies at its question while somebody else has changed all that it did.
struct Left {
    stage: Stage,
    run: String,
    world: Value,
}

impl Left {
    fn new() -> Self {
        Self::of(LEFT)
    }

    fn of(workflow: &str) -> Self {
        let stage = Stage::new().unwrap();
        let start = |name: &str, text: &str, code: i32| {
            let file = stage.path().join(name);
            std::fs::write(&file, text).unwrap();
            let file = file.to_string_lossy();
            let words = ["start", &file, "--env", stage.environment(), "--exit-when-waiting"];
            let ended = stage.windlass(&words).run().unwrap();
            expect_code(&ended, code, name).unwrap();
        };
        start("left.yaml", workflow, 4);
        let run = stage.newest_run().unwrap().unwrap();
        start("other.yaml", OTHER, 0);
        let string = json!({ "value": "Server=s;Database=theirs;Password=x", "type": "SQLAzure" });
        for change in [
            json!({ "change": "running", "site": "qa4rnapi", "running": true }),
            json!({
                "change": "connection_string", "site": "qa4", "name": "Default", "value": string
            }),
            json!({
                "change": "rename_database", "server": "sql-qa",
                "name": "dispatcherleft", "to": "dispatchertheirs"
            }),
        ] {
            stage.cloud.change(&change).unwrap();
        }
        let world = stage.cloud.world().unwrap();
        Self { stage, run, world }
    }

    fn asked(&self, words: &[&str], code: i32) -> (String, String) {
        let ended = self.stage.windlass(&[words, &[&self.run]].concat()).run().unwrap();
        expect_code(&ended, code, words[0]).unwrap();
        (ended.stdout, ended.stderr)
    }

    /// What somebody else made of the four.
    fn theirs(&self) -> Value {
        theirs(&self.stage.cloud.world().unwrap())
    }
}

fn theirs(world: &Value) -> Value {
    let app = |name: &str| {
        let mut sites = world["sites"].as_array().unwrap().iter();
        sites.find(|site| site["name"] == name).unwrap()["app"].clone()
    };
    let servers = world["servers"].as_array().unwrap().iter();
    let databases = servers.flat_map(|server| server["databases"].as_array().unwrap());
    let names: Vec<&Value> = databases.map(|database| &database["name"]).collect();
    json!([
        app("qa4rnapi")["running"],
        app("qa4")["connection_strings"],
        app("qa4")["deployed"],
        names,
    ])
}

/// A deployment that came after the run itself had started the app.
const STARTED: &str = "\
name: left
resources: { qa4: azure.app_service, qa4rnapi: azure.app_service, backup: azure.sql_database }
steps:
  - { id: copy, uses: azure.sql.copy_database, with: { from: backup, to: dispatcherleft } }
  - { id: start, uses: azure.app_service.start, with: { app: qa4 } }
  - id: deploy
    uses: azure_devops.release.deploy
    with: { branch: prod, stage: qa4, apps: [qa4] }
  - { id: go, uses: approve, with: { prompt: Go on? } }
";

/// What a deployment does to an app on its way says nothing of whether its release is still there.
#[test]
fn d20_a_release_that_somebody_redeployed_is_found_behind_a_start_too() {
    let left = Left::of(STARTED);
    let (shown, _) = left.asked(&["show", "--drift"], 0);
    let found = shown.lines().find(|line| line.contains("deploy") && line.contains("is there now"));
    assert!(found.is_some(), "{shown}");
}

#[test]
fn d20_four_changes_of_somebody_else_are_found_and_none_is_overwritten() {
    let left = Left::new();
    let (shown, _) = left.asked(&["show", "--drift"], 0);
    let found: Vec<&str> = shown.lines().skip_while(|line| !line.contains("DRIFT: 4")).collect();
    for (step, what) in [
        ("stop", "qa4rnapi was left Stopped and is Running"),
        ("point", "qa4"),
        ("rename", "dispatcherleft"),
        ("deploy", "was left on qa4 and"),
    ] {
        let line = found.iter().find(|line| line.trim().starts_with(&format!("{step}: ")));
        let line = line.unwrap_or_else(|| panic!("{step} has not drifted: {shown}"));
        assert!(line.contains(what), "{shown}");
    }
    let by = ", by somebody@example.com at ";
    assert!(shown.contains(by) && shown.contains("Microsoft.Web/sites/start/action"), "{shown}");
    assert!(!shown.contains("Password"), "{shown}");
    assert_eq!(left.theirs(), theirs(&left.world), "looking changes nothing");

    let (_, said) = left.asked(&["resume", "--exit-when-waiting"], 6);
    assert!(said.contains("nothing is done before somebody has decided"), "{said}");
    assert_eq!(left.theirs(), theirs(&left.world), "a stop changes nothing");
    let (shown, _) = left.asked(&["show"], 0);
    assert!(!shown.contains("STOPPED by this run"), "it is known to run: {shown}");
    assert!(shown.contains("otherwise since `stop`: qa4rnapi was left Stopped"), "{shown}");

    let (_, said) = left.asked(&["resume", "--drift", "accept", "--exit-when-waiting"], 4);
    assert_eq!(said.matches("accepted that").count(), 4, "{said}");
    assert_eq!(left.theirs(), theirs(&left.world), "what was accepted stays as it is");
    let (history, _) = left.asked(&["history"], 0);
    assert_eq!(history.matches("stopped at that").count(), 4, "{history}");
    assert_eq!(history.matches("accepted that").count(), 4, "{history}");

    // An undo leaves alone what somebody else made of it, and says so. A database that is nowhere
    // is nothing that a rollback could pass over.
    let (_, said) = left.asked(&["rollback", "--yes", "--past-guard"], 6);
    assert!(said.contains("is under neither name"), "{said}");
    let after = left.theirs();
    assert_eq!(after[1], theirs(&left.world)[1], "his connection string stays: {said}");
}

#[test]
fn d20_what_drifted_is_put_back_by_the_steps_that_had_set_it() {
    let left = Left::new();
    let drift = ["rename=accept", "stop=put-back", "deploy=put-back", "point=put-back"];
    let drift = drift.into_iter().flat_map(|one| ["--drift", one]);
    let words: Vec<&str> = ["resume", "--exit-when-waiting"].into_iter().chain(drift).collect();
    let (_, said) = left.asked(&words, 4);
    assert_eq!(said.matches("has it put back").count(), 3, "{said}");
    let after = left.theirs();
    assert_eq!(after[0], false, "qa4rnapi is stopped again: {said}");
    let string = after[1]["Default"]["value"].as_str().unwrap();
    assert!(string.contains("dispatcherleft"), "{string}");
    assert_eq!(after[2]["branch"], "prod", "{after}");
    assert!(after[3].to_string().contains("dispatchertheirs"), "accepted: {after}");
    let (shown, _) = left.asked(&["show", "--drift"], 0);
    assert!(shown.contains("qa4rnapi is STOPPED by this run"), "{shown}");
    assert!(shown.contains("everything is as the run's finished steps left it"), "{shown}");
}

/// Whoever sits in front of it is asked for each thing, and anything but the two words stops.
#[test]
fn d20_a_human_at_a_terminal_is_asked_what_becomes_of_it() {
    let home = Home::new();
    home.file("note.yaml", NOTE);
    let asked = home.windlass(&["start", "note.yaml", "--exit-when-waiting", "--json"]).expect(4);
    let run = asked.json()["run"].as_str().unwrap().to_owned();
    let theirs = || std::fs::read_to_string(home.path().join("note.txt")).unwrap();
    home.file("note.txt", "theirs");
    let question = "accept it as it is";
    let answers = |typed: &str, then: &str| {
        let words = ["resume", &run, "--exit-when-waiting"];
        let mut terminal = Terminal::start(&home, &words);
        terminal.until(question);
        terminal.types(typed);
        terminal.until(then);
        terminal.end()
    };
    let (code, all) = answers("perhaps\r", "nothing is done before somebody has decided");
    assert_eq!((code, theirs().as_str()), (6, "theirs"), "{all}");
    let (code, all) = answers("put-back\r", "windlass answer");
    assert_eq!((code, theirs().as_str()), (4, "ours"), "{all}");
}
