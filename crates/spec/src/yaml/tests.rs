//! Spans are exact to the byte; what is wrong is said in its place; nothing panics.

use super::*;
use crate::diagnostic::Findings;
use crate::source::SourceText;
use proptest::prelude::*;
use std::sync::Arc;

fn read(text: &str) -> (Option<Yaml>, Findings) {
    let mut findings = Findings::new(Arc::new(SourceText::new("f.yaml", text)));
    let tree = parse(&mut findings);
    (tree, findings)
}

fn code_of(text: &str) -> &'static str {
    read(text).1.list.first().map_or("none", |found| found.code)
}

#[test]
fn every_key_and_scalar_is_where_the_tree_says() {
    let text = "name: 'x y'\nsteps:\n  - id: a\n    with: { n: 7, \"q\": [true, 1.5] }\nlast: é\n";
    let (tree, findings) = read(text);
    let tree = tree.unwrap();
    let slice = |yaml: &Yaml| findings.source.slice(yaml.span).to_owned();
    assert_eq!(slice(tree.get("name").unwrap()), "'x y'");
    let step = &tree.get("steps").unwrap().elements()[0];
    assert_eq!(slice(step.get("id").unwrap()), "a");
    let with = step.get("with").unwrap();
    assert_eq!(slice(with.get("n").unwrap()), "7");
    assert_eq!(slice(&with.get("q").unwrap().elements()[0]), "true");
    assert_eq!(findings.source.slice(with.entry("q").unwrap().key_span), "\"q\"");
    assert_eq!(slice(tree.get("last").unwrap()), "é");
    assert_eq!(slice(step), "id: a");
}

#[test]
fn booleans_are_strict_and_texts_stay_texts() {
    let (tree, _) = read("a: yes\nb: true\nc: 7.10\nd: '7.10'\ne: 03:00\nf: ~\n");
    let tree = tree.unwrap();
    assert_eq!(tree.get("a").unwrap().kind, YamlKind::Text("yes".to_owned()));
    assert_eq!(tree.get("b").unwrap().kind, YamlKind::Bool(true));
    assert_eq!(tree.get("c").unwrap().kind, YamlKind::Float(7.1));
    assert_eq!(tree.get("d").unwrap().kind, YamlKind::Text("7.10".to_owned()));
    assert_eq!(tree.get("e").unwrap().kind, YamlKind::Text("03:00".to_owned()));
    assert_eq!(tree.get("f").unwrap().kind, YamlKind::Null);
}

#[test]
fn bombs_and_broken_texts_are_named() {
    let deep = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
    assert_eq!(code_of(&deep), "yaml_depth");
    let nested: String = (0..5000).map(|n| format!("{}a:\n", " ".repeat(n % 900))).collect();
    assert_ne!(code_of(&nested), "none");
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..9 {
        let uses = vec![format!("*a{}", n - 1); 9].join(", ");
        bomb.push_str(&format!("a{n}: &a{n} [{uses}]\n"));
    }
    assert_eq!(code_of(&bomb), "yaml_aliases");
    assert_eq!(code_of(&"x".repeat(2 * 1024 * 1024)), "file_too_large");
    assert_eq!(code_of("a: 1\n---\nb: 2\n"), "yaml_documents");
    assert_eq!(code_of("a: 1\na: 2\n"), "duplicate_key");
    assert_eq!(code_of("a: *b\n"), "yaml_anchor");
    assert_eq!(code_of("a:\n\t- b\n"), "yaml_tab");
    assert_eq!(code_of("a: b: c\n"), "yaml_syntax");
}

#[test]
fn a_place_inside_a_text_is_found_through_quotes_and_indentation() {
    let text = "a: \"x\\n\\u00e9 ${{ bad }}\"\nb: |\n    one\n    two ${{ bad }}\nc: 'it''s ${{ \
        bad }}'\nd: ${{ bad }}\n";
    let (tree, findings) = read(text);
    for entry in tree.unwrap().entries() {
        let value = entry.value.text().unwrap();
        let at = value.find("bad").unwrap();
        let span = place_in(&findings.source, &entry.value, at, at + 3);
        assert_eq!(findings.source.slice(span), "bad", "in {}", entry.key);
    }
}

fn spans_are_sound(yaml: &Yaml, source: &SourceText) -> Result<(), TestCaseError> {
    prop_assert!(yaml.span.end <= source.text.len() + 1);
    for entry in yaml.entries() {
        prop_assert!(entry.key_span.start <= source.text.len());
        spans_are_sound(&entry.value, source)?;
    }
    for element in yaml.elements() {
        spans_are_sound(element, source)?;
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[ -~\\n\\tä\\{\\}\\[\\]:,&*'\"|>-]{0,200}") {
        let (tree, findings) = read(&text);
        match tree {
            Some(tree) => spans_are_sound(&tree, &findings.source)?,
            None => prop_assert!(!findings.list.is_empty()),
        }
    }

    #[test]
    fn a_plain_scalar_is_its_slice(
        keys in prop::collection::vec("[a-z]{1,6}", 1..6),
        pad in 1usize..4,
    ) {
        let text: String = keys.iter().enumerate()
            .map(|(n, key)| format!("{key}{n}:{}é{key}\n", " ".repeat(pad))).collect();
        let (tree, findings) = read(&text);
        for entry in tree.unwrap().entries() {
            prop_assert_eq!(findings.source.slice(entry.value.span), entry.value.text().unwrap());
            prop_assert_eq!(findings.source.slice(entry.key_span), &entry.key);
        }
    }
}
