//! The simulated cloud's passwords carry a canary, and no verb, log, error or file of ours sings
//! it.

use super::search::files;
use crate::stage::{Ended, Stage, expect_code};
use serde_json::json;

/// Where the simulator keeps its world: the cloud's own disk, the one place that may know.
const CLOUD: &str = "simulator";

#[test]
fn no_canary_sings() {
    let stage = Stage::at_pace(1_200).unwrap();
    let world = stage.cloud.world().unwrap();
    let canary = world["canary"].as_str().unwrap().to_owned();
    assert!(world["sites"].to_string().contains(&canary), "the world holds no canary to be found");
    let mut heard: Vec<(String, Ended)> = Vec::new();
    let mut say = |stage: &Stage, words: &[&str]| {
        let ended = stage.windlass(words).run().unwrap();
        heard.push((words.join(" "), ended));
    };
    for fault in ["html500", "lost_reply"] {
        let site = json!({ "method": "PUT", "path": "/config/connectionstrings" });
        let site = json!({ "fault": fault, "match": site });
        stage.cloud.fault(&site).unwrap();
    }
    let start = stage.start("hotfix_qa4_setup").with_env("WINDLASS_LOG", "trace").run().unwrap();
    expect_code(&start, 0, "start").unwrap();
    assert!(start.stderr.lines().count() > 50, "a trace says more: {}", start.stderr);
    let run = stage.newest_run().unwrap().unwrap();
    let out = stage.path().join("exported.jsonl");
    for words in [
        vec!["show", &run],
        vec!["show", &run, "--json"],
        vec!["history", &run],
        vec!["history", &run, "--json"],
        vec!["history", &run, "--verify"],
        vec!["list"],
        vec!["graph", &run],
        vec!["doctor"],
        vec!["export", &run, "--output", &out.to_string_lossy()],
    ] {
        say(&stage, &words);
    }
    let list = json!({ "method": "POST", "path": "/config/connectionstrings/list" });
    let fault = json!({ "fault": "html500", "match": list });
    stage.cloud.fault(&fault).unwrap();
    let undone = stage
        .windlass(&["rollback", &run, "--yes", "--json"])
        .with_env("WINDLASS_LOG", "trace")
        .run()
        .unwrap();
    expect_code(&undone, 5, "rollback").unwrap();
    heard.push(("start".to_owned(), start));
    heard.push(("rollback".to_owned(), undone));
    for (words, ended) in &heard {
        for text in [&ended.stdout, &ended.stderr] {
            assert!(!text.contains(&canary), "`{words}` said the canary");
        }
    }
    assert!(out.exists(), "nothing was exported");
    let mut searched = 0;
    files(stage.path(), &|path| path.ends_with(CLOUD), &mut |path, text| {
        searched += 1;
        assert!(!text.contains(&canary), "{} holds the canary", path.display());
    });
    assert!(searched > 5, "{searched} files were searched");
}
