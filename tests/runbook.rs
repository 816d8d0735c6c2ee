//! The runbook's workflows: each runs in a world of its own, and what must not happen does not.

use crate::home::{Home, repository};
use serde_json::Value;

/// Rehearses a workflow, or a changed text of it.
fn rehearse(home: &Home, file: &str, change: &[(&str, &str)], more: &[&str], code: i32) -> Value {
    let path = repository(&format!("workflows/{file}"));
    let mut text = std::fs::read_to_string(path).unwrap();
    for (old, new) in change {
        assert!(text.contains(old), "{file} says `{old}`");
        text = text.replace(old, new);
    }
    for leads_out in ["release.yaml", "rollback_release.yaml"].into_iter().filter(|it| *it != file)
    {
        let text = std::fs::read_to_string(repository(&format!("workflows/{leads_out}"))).unwrap();
        home.file(leads_out, &text);
    }
    for called in std::fs::read_dir(repository("workflows/lib")).unwrap() {
        let called = called.unwrap();
        let text = std::fs::read_to_string(called.path()).unwrap();
        home.file(&format!("lib/{}", called.file_name().display()), &text);
    }
    let env = repository("workflows/environments/rehearsal.yaml").display().to_string();
    let file = home.file(file, &text).display().to_string();
    let mut words = vec!["rehearse", &file, "--env", &env, "--json"];
    words.extend(more);
    home.windlass(&words).expect(code).json()
}

macro_rules! each_ends_well {
    ($($name:ident: $file:literal;)*) => {$(
        #[test]
        fn $name() {
            let told = rehearse(&Home::new(), $file, &[], &[], 0);
            assert_eq!(told["clean"]["phase"], "succeeded", "{told}");
        }
    )*};
}

each_ends_well! {
    preparing_ends_well: "prepare_release.yaml";
    a_release_ends_well: "release.yaml";
    the_way_back_ends_well: "rollback_release.yaml";
    a_pull_request_ends_well: "hotfix_pr.yaml";
    a_hotfix_reaches_production: "hotfix_prod.yaml";
    midday_ends_well: "midday.yaml";
}

/// A failed deployment after the migrations: the rollback stops there and deletes nothing.
#[test]
fn d05_old_database_survives_rollback() {
    let back = [("environment: production\n", "environment: production\non_failure: rollback\n")];
    let fail = ["--fail", "rest.pwaapi:refused"];
    let told = rehearse(&Home::new(), "release.yaml", &back, &fail, 0);
    assert_eq!(told["ends"]["stuck"], 1, "{told}");
    assert_eq!(told["effects_missing"], 0, "{told}");
}

/// A rule inside the database takes T-SQL: what could never succeed behind the migrations is asked
/// of a human instead.
#[test]
fn d10_where_only_t_sql_lets_azure_in_a_human_does() {
    let home = Home::new();
    for folder in ["", "lib", "environments"] {
        for file in std::fs::read_dir(repository("workflows").join(folder)).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|it| it == "yaml") {
                let text = std::fs::read_to_string(&path).unwrap();
                let text = text.replace("azure_access: server_rule", "azure_access: database_rule");
                let name = path.file_name().unwrap().display().to_string();
                home.file(&std::path::Path::new(folder).join(name).display().to_string(), &text);
            }
        }
    }
    for (file, never, asks) in [
        ("release.yaml", "open_azure", "open_by_hand"),
        ("release.yaml", "close_azure", "close_by_hand"),
        ("rollback_release.yaml", "close_azure", "close_by_hand"),
    ] {
        let inputs = ["--input", "previous=7.1.214.1", "--input", "migrated=true"];
        let inputs = if file == "release.yaml" { &[][..] } else { &inputs[..] };
        let words = [&["plan", file, "--env", "rehearsal", "--json"][..], inputs].concat();
        let plan = home.windlass(&words).expect(0).json();
        let steps = plan["steps"].as_array().unwrap();
        let of = |id: &str| steps.iter().find(|step| step["step"] == id).unwrap();
        assert_eq!(of(never)["never_runs"], true, "{file}: {}", of(never));
        assert_eq!(of(asks)["never_runs"], false, "{file}: {}", of(asks));
        assert_eq!(of(asks)["asks_a_human"], true, "{file}: {}", of(asks));
    }
    for file in ["release.yaml", "rollback_release.yaml"] {
        let words = ["rehearse", file, "--env", "rehearsal", "--json"];
        let told = home.windlass(&words).expect(0).json();
        assert_eq!(told["clean"]["phase"], "succeeded", "{told}");
    }
}
