//! What must hold beside the environments' invariants while mutants are judged: rules of the kind
//! that people write down, which the shipped files keep, so that more of what may go wrong is seen.

/// Rules of a file, and what is given beside what it says itself.
struct Rules {
    file: &'static str,
    invariants: &'static str,
    given: &'static str,
}

const ALL: [Rules; 11] = [
    Rules { file: "hotfix_qa4_restore", invariants: PROD_BUILD, given: "" },
    Rules { file: "hotfix_qa4_setup", invariants: PROD_BUILD, given: "" },
    Rules { file: "release", invariants: DATA_STAYS, given: "" },
    Rules { file: "hotfix_prod", invariants: DATA_STAYS, given: "" },
    Rules {
        file: "rollback_release",
        invariants: "
  - id: nothing_runs_without_data
    for_each: [prod2, prod2rnapi, prod2pwaapi]
    never: item.running && !resources.prod_db.exists",
        given: "
  - that: resources.prod_db.exists",
    },
    Rules {
        file: "midday",
        invariants: "
  - id: nobody_is_sent_nowhere
    for_each: [rnapi_slot, pwaapi_slot]
    never: item.traffic == 100 && !item.exists",
        given: "",
    },
    Rules {
        file: "local/canary",
        invariants: "
  - id: one_answers
    always: resources.api.running || resources.web.running",
        given: "",
    },
    Rules {
        file: "local/nightly_refresh",
        invariants: "
  - id: a_copy_is_there
    always: resources.test.exists || resources.before.exists",
        given: "",
    },
    Rules {
        file: "local/release_postgres",
        invariants: "
  - id: data_stays
    always: resources.prod.exists",
        given: "",
    },
    Rules { file: "local/set_up", invariants: SERVER_FIRST, given: "" },
    Rules { file: "local/tear_down", invariants: SERVER_FIRST, given: "" },
];

const PROD_BUILD: &str = "
  - id: prod_build_on_prod_database
    for_each: [qa4, qa4rnapi]
    never: item.running && item.branch != 'prod' && item.database.startsWith('dispatcherqa4prod')";

const DATA_STAYS: &str = "
  - id: data_stays
    always: resources.prod_db.online";

const SERVER_FIRST: &str = "
  - id: nothing_runs_without_its_server
    for_each: [api, web]
    never: item.running && !resources.database_server.running";

/// The file with its rules.
pub fn with_rules(file: &str, text: &str) -> String {
    let Some(rules) = ALL.iter().find(|rules| rules.file == file) else { return text.to_owned() };
    let (given, invariants) = (rules.given, rules.invariants);
    let text = match text.lines().find(|line| line.starts_with("given:")) {
        Some(line) => text.replacen(line, &format!("given:{given}"), 1),
        None if given.is_empty() => text.to_owned(),
        None => text.replacen("\nsteps:\n", &format!("\ngiven:{given}\nsteps:\n"), 1),
    };
    text.replacen("\nsteps:\n", &format!("\ninvariants:{invariants}\nsteps:\n"), 1)
}
