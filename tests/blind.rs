//! Looking is worth something: where every look says "it did not happen", as for a tool that just
//! tries again, one lost reply is enough to fail the rehearsal of a shipped file.

use crate::home::{Home, repository};
use serde_json::Value;

/// One rehearsal in which the reply to a step's first request is lost.
fn lost_reply(file: &str, step: &str, blind: bool, code: i32) -> Value {
    let path = |path: String| repository(&path).display().to_string();
    let env = path("workflows/environments/rehearsal.yaml".to_owned());
    let (file, fail) = (path(format!("workflows/{file}.yaml")), format!("{step}:lost_reply"));
    let mut words = vec!["rehearse", &file, "--env", &env, "--fail", &fail, "--json"];
    words.extend(blind.then_some("--without-probes"));
    let told = Home::new().windlass(&words).expect(code).json();
    assert_eq!(told["rehearsals"], 1, "{told}");
    told
}

macro_rules! trying_again_is_seen {
    ($($name:ident: $file:literal, $step:literal;)*) => {$(
        #[test]
        fn $name() {
            let told = lost_reply($file, $step, true, 1);
            assert!(!told["findings"].as_array().unwrap().is_empty(), "{told}");
            lost_reply($file, $step, false, 0);
        }
    )*};
}

trying_again_is_seen! {
    trying_again_is_seen_when_preparing: "prepare_release", "sprint_copy";
    trying_again_is_seen_in_a_release: "release", "deploy_rnapi_migrating";
    trying_again_is_seen_on_the_way_back: "rollback_release", "deploy_rnapi";
    trying_again_is_seen_when_qa4_is_set_up: "hotfix_qa4_setup", "deploy[qa4]";
    trying_again_is_seen_when_qa4_is_restored: "hotfix_qa4_restore", "deploy_main[qa4]";
    trying_again_is_seen_in_a_hotfix: "hotfix_prod", "deploy_rnapi";
    trying_again_is_seen_at_midday: "midday", "deploy_rnapi";
}

/// The eighth cannot be done twice, looked at or not: a branch is made at a commit or not at all,
/// one pull request at most is open between two branches, and what is merged is merged.
#[test]
fn a_pull_request_is_made_once_by_its_service() {
    for step in ["branch", "request", "complete"] {
        let told = lost_reply("hotfix_pr", step, true, 0);
        assert_eq!(told["effects_doubled"], 0, "{step}: {told}");
    }
}
