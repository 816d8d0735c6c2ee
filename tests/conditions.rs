//! A deletion hangs on the condition of the making (D4): by what the actions themselves say that
//! they make and delete.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use windlass_spec::{EnvRef, check_workflow};

/// Two slots, and two stores in which one name is two files.
const ENVIRONMENT: &str = "\
azure:
  { subscription: s, resource_group: g, location: l, credential: { kind: static_token, token: t } }
secrets: { t: env:T }
resources:
  slot: { kind: azure.app_service, site: a, slot: b }
  other: { kind: azure.app_service, site: b, slot: b }
  near: { kind: blob.store, service: folder, path: /near }
  far: { kind: blob.store, service: folder, path: /far }
";

const WHEN_M: &str = "    if: inputs.m\n";

const BOTH: &str = "    for_each: [slot, other]\n";

/// A deletion needs a proof, which is not what is asked here.
const GONE: &str = "    requires: inputs.m || !inputs.m\n";

/// The codes of the errors in a workflow of these steps.
fn errors(steps: &str) -> Vec<&'static str> {
    let file = format!(
        "name: w\ninputs: {{ m: {{ type: bool }} }}\nresources: {{ slot: azure.app_service, other: \
         azure.app_service, near: blob.store, far: blob.store }}\nsteps:\n{steps}"
    );
    let files = [("w.yaml", file.as_str()), ("environments/e.yaml", ENVIRONMENT)];
    let files: BTreeMap<PathBuf, String> =
        files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect();
    let catalog = windlass_executors::catalog();
    let report = check_workflow(&files, Path::new("w.yaml"), Some(&EnvRef::parse("e")), &catalog);
    report.diagnostics.iter().map(|one| one.code).filter(|code| *code != "irreversible").collect()
}

fn step(id: &str, uses: &str, with: &str, more: &str) -> String {
    format!("  - id: {id}\n    uses: {uses}\n    with: {{ {with} }}\n{more}")
}

fn refused(made: &str, deleted: &str) -> bool {
    match errors(&format!("{made}{deleted}"))[..] {
        [] => false,
        ["delete_condition"] => true,
        ref other => panic!("{other:?}: {made}{deleted}"),
    }
}

#[test]
fn d04_a_slot_is_deleted_on_the_condition_of_its_making() {
    let create = |app: &str, more: &str| {
        step("create", "azure.app_service.create_slot", &format!("app: {app}"), more)
    };
    let delete = |app: &str, more: &str| {
        let more = format!("{more}{GONE}");
        step("delete", "azure.app_service.delete_slot", &format!("app: {app}"), &more)
    };
    let item = "'${{ item }}'";
    assert!(refused(&create("slot", WHEN_M), &delete("slot", "")));
    assert!(!refused(&create("slot", WHEN_M), &delete("slot", WHEN_M)));
    assert!(!refused(&create("slot", WHEN_M), &delete("other", "")), "another slot");
    let both = create(item, &format!("{BOTH}{WHEN_M}"));
    assert!(refused(&both, &delete("other", "")), "one of both");
    assert!(refused(&both, &delete(item, BOTH)), "both");
    let one = create(item, &format!("    for_each: [slot]\n{WHEN_M}"));
    assert!(!refused(&one, &delete(item, "    for_each: [other]\n")), "an element is no other's");
}

#[test]
fn d04_a_file_is_deleted_on_the_condition_of_its_writing() {
    let put = |name: &str| {
        step("put", "blob.put", &format!("store: near, name: {name}, content: x"), WHEN_M)
    };
    let copy = step("copy", "blob.copy", "store: near, from: slot, to: a", WHEN_M);
    let delete = |store: &str, name: &str, more: &str| {
        let more = format!("{more}{GONE}");
        step("delete", "blob.delete", &format!("store: {store}, name: {name}"), &more)
    };
    for made in [put("a"), copy] {
        assert!(refused(&made, &delete("near", "a", "")), "{made}");
        assert!(!refused(&made, &delete("near", "a", WHEN_M)), "{made}");
        assert!(!refused(&made, &delete("far", "a", "")), "another store: {made}");
        assert!(!refused(&made, &delete("near", "slot", "")), "another file: {made}");
    }
    assert!(refused(&put("slot"), &delete("near", "slot", "")), "a file named like a resource");
    assert!(!refused(&put("slot"), &delete("far", "slot", "")));
    let output = "'${{ steps.put.outputs.name }}'";
    assert!(refused(&put("a"), &delete("near", output, "")));
    let each = "    for_each: [a, b]\n";
    let (these, those) = ("'${{ item }}.txt'", "    for_each: [c]\n");
    let made = put(these) + each;
    assert!(refused(&made, &delete("near", these, each)));
    assert!(!refused(&made, &delete("near", these, those)), "of other elements");
}
