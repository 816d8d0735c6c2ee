//! What a check alone can know of the runbook's traps, by their names.

#![expect(clippy::expect_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use windlass_model::Catalog;
use windlass_spec::{EnvRef, check_workflow};

const KEEP: &str = "\
name: keep
resources: { db: azure.sql_database, old: azure.sql_database }
outputs: { id: '${{ steps.copy.outputs.database_id }}' }
steps:
  - id: copy
    uses: azure.sql.copy_database
    with: { from: db, to: '${{ resources.old.database }}' }
";

const ENV: &str = "\
azure:
  { subscription: s, resource_group: g, location: l, credential: { kind: static_token, token: t } }
secrets: { t: env:T }
resources:
  db: { kind: azure.sql_database, server: s, database: Prod }
  old: { kind: azure.sql_database, server: s, database: ProdOld }
";

/// The codes of the errors in a workflow of these steps.
fn errors(steps: &str) -> Vec<&'static str> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/catalog.json");
    let text = std::fs::read_to_string(path).expect("the catalog");
    let catalog: Catalog = serde_json::from_str(&text).expect("a catalog");
    let file = format!(
        "name: w\ninputs: {{ m: {{ type: bool }}, n: {{ type: bool }} }}\nresources: {{ db: \
         azure.sql_database, old: azure.sql_database }}\nsteps:\n{steps}"
    );
    let files = [("w.yaml", file.as_str()), ("keep.yaml", KEEP), ("environments/e.yaml", ENV)];
    let files: BTreeMap<PathBuf, String> =
        files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect();
    let report = check_workflow(&files, Path::new("w.yaml"), Some(&EnvRef::parse("e")), &catalog);
    // what is proved before, and where Azure DevOps is, is not asked here
    let others = ["irreversible", "missing_section"];
    let errors = report.diagnostics.iter().filter(|one| !others.contains(&one.code));
    errors.map(|one| one.code).collect()
}

/// A deletion under another condition could meet a database that the run did not make.
#[test]
fn d04_a_deletion_hangs_on_the_condition_of_the_making() {
    let keep = |when: &str| format!("  - {{ id: keep, uses: ./keep.yaml{when} }}\n");
    let delete = |with: &str, when: &str| {
        format!(
            "  - id: gone\n    uses: azure.sql.delete_database\n    with: {{ {with} \
             }}\n{when}    requires: inputs.m || !inputs.m\n"
        )
    };
    let when_m = ", if: inputs.m";
    let by_resource = "database: old";
    let by_name = "name: ProdOld, beside: db";
    let by_id =
        "name: '${{ inputs.m ? \"a\" : \"b\" }}', beside: db, id: '${{ steps.keep.outputs.id }}'";
    for with in [by_resource, by_name, by_id] {
        let found = |made: &str, when: &str| errors(&(keep(made) + &delete(with, when)));
        assert_eq!(found(when_m, "    if: inputs.m\n"), [""; 0], "{with}");
        assert_eq!(found(when_m, "    if: inputs.n && inputs.m\n"), [""; 0], "{with}");
        assert_eq!(found("", "    if: inputs.n\n"), [""; 0], "{with}: it is always made");
        assert_eq!(found(when_m, ""), ["delete_condition"], "{with}");
        assert_eq!(found(when_m, "    if: inputs.n\n"), ["delete_condition"], "{with}");
        assert_eq!(found(when_m, "    if: inputs.n || inputs.m\n"), ["delete_condition"]);
    }
    let other = keep(when_m) + &delete("name: Another, beside: db", "");
    assert_eq!(errors(&other), [""; 0], "the run makes no such database");
    let before = delete(by_name, "") + &keep(when_m);
    assert_eq!(errors(&before), [""; 0], "what is deleted before is another one");
}

/// What changes the world is put back by something, or the file says why it stays.
#[test]
fn d10_what_nothing_puts_back_is_refused_without_a_reason() {
    let step = |uses: &str, more: &str| format!("  - id: a\n    {uses}\n{more}");
    let release = "uses: azure_devops.release.create\n    with: { build: 4 }";
    let script = "run: echo";
    let effects = "    effects: [{ resource: old, field: online, value: true }]\n";
    let none = |reason: &str| format!("    compensate: {{ uses: none{reason} }}\n");
    let why = none(", reason: it is not deployed");
    let cases = [
        (step(release, ""), &["not_undone"][..]),
        (step(release, "    compensate: none\n"), &["no_reason"]),
        (step(release, &none("")), &["no_reason"]),
        (step(release, &why), &[]),
        (step(script, ""), &[]),
        (step(script, effects), &["not_undone"]),
        (step(script, &format!("{effects}{why}")), &[]),
    ];
    for (text, expected) in cases {
        assert_eq!(errors(&text), expected, "{text}");
    }
}
