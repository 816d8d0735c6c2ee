//! Words that are found and places where they rightly are not. This file is on the allow list.

use super::*;

fn found(path: &str, text: &str) -> Vec<String> {
    let found = check(&Tree::of(&[(path, text)]), &AllowList::default());
    found.into_iter().map(|finding| finding.message).collect()
}

#[test]
fn identifiers_are_taken_apart() {
    for text in ["fn start_job() {}", "struct JobQueue;", "let workflowInstance = 1;"] {
        assert_eq!(found("a.rs", text).len(), 1, "{text}");
    }
    assert_eq!(found("a.rs", "use hyper_util::rt; use my_util::x;").len(), 1);
    assert_eq!(found("a.rs", "fn execute(executor: Jobber) {}").len(), 0);
}

#[test]
fn comments_and_documents_are_read() {
    assert_eq!(found("a.rs", "// an execution of it\n").len(), 1);
    assert_eq!(found("docs/a.md", "Takes a savepoint.\n").len(), 1);
    assert_eq!(found("docs/a.md", "Take this, for instance.\n").len(), 0);
}

#[test]
fn strings_are_read_where_they_are_sentences() {
    assert_eq!(found("a.rs", "say(\"no such job\");").len(), 1);
    assert_eq!(found("a.rs", "get(\"job\"); get(\"instanceReference\");").len(), 0);
    assert_eq!(found("a.rs", "x(r#\"{\"id\": 1, \"instance\": 2}\"#);").len(), 0);
    assert_eq!(found("a.rs", "// ä\nlet ü = \"ö\"; say(\"ü the job ü\");").len(), 1);
}

#[test]
fn bags_are_found_by_their_names() {
    assert_eq!(found("crates/x/src/utils.rs", "").len(), 1);
    assert_eq!(found("crates/x/src/common/thing.rs", "").len(), 1);
    assert_eq!(found("crates/x/src/thing.rs", "").len(), 0);
}

#[test]
fn the_allow_list_is_asked_per_file_and_word() {
    let (allow, _) = AllowList::parse("a.rs job the service's own word\n");
    let tree = Tree::of(&[("a.rs", "// job, instance"), ("b.rs", "// job")]);
    let found = check(&tree, &allow);
    let at: Vec<&str> = found.iter().map(|finding| finding.path.as_str()).collect();
    assert_eq!(at, ["a.rs", "b.rs"]);
    assert!(found[0].message.contains("`instance`"));
}
