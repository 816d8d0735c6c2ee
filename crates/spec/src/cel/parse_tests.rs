//! Trees, places and refusals of expressions; random texts never harm.

use super::*;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn value(source: &str) -> Value {
    let Value::Object(scope) = json!({"a": {"b": 2}, "list": [1, 2, 3], "s": "prod"}) else {
        return Value::Null;
    };
    let scope: Map<String, Value> = scope;
    parse(source).unwrap().expr.evaluate(&scope).unwrap()
}

#[test]
fn what_is_written_is_what_is_computed() {
    let cases = [
        ("a.b + 1 == 3 && s.startsWith('pr')", json!(true)),
        ("!(a.b in [1, 2]) ? 'x' : \"y\"", json!("y")),
        ("list.all(x, x > 0) && list.exists(x, x == 2)", json!(true)),
        ("list.exists_one(x, x > 2)", json!(true)),
        ("list.filter(x, x > 1).map(x, x * 2)", json!([4, 6])),
        ("list.map(x, x > 1, x * 2)", json!([4, 6])),
        ("has(a.b) && !has(a.c)", json!(true)),
        ("a['b'] - -2", json!(4)),
        ("{'k': [1, 2.5]}", json!({"k": [1, 2.5]})),
        ("size(list) % 2 == 1 || false", json!(true)),
        ("'é' + string(1)", json!("é1")),
        ("null == null", json!(true)),
    ];
    for (source, expected) in cases {
        assert_eq!(value(source), expected, "{source}");
    }
}

#[test]
fn marks_stand_on_what_they_mark() {
    let source = "'é' == s && inputs.nn > 1";
    let parsed = parse(source).unwrap();
    let right = parsed.marks.part(1);
    assert_eq!(&source[right.at.clone()], "inputs.nn > 1");
    assert_eq!(&source[right.part(0).at.clone()], "inputs.nn");
}

#[test]
fn mistakes_are_told_in_our_words_and_in_their_place() {
    let cases = [
        ("a = 1", "`==` compares"),
        ("a and b", "write `&&`"),
        ("(a", "count the brackets"),
        ("s == 'x", "a quote at both ends"),
        ("a ==", "names"),
        ("${{ a }}", "drop `${{`"),
        ("$(a)", "without `$`"),
    ];
    for (source, help) in cases {
        let trouble = parse(source).unwrap_err();
        assert!(trouble.help.contains(help), "{source}: {trouble:?}");
        assert!(!trouble.message.contains("expecting"), "{trouble:?}");
        assert!(trouble.at.end <= source.len() + 1, "{trouble:?}");
    }
    assert_eq!(parse("b'x'").unwrap_err().message, "there are no bytes here; write a text");
    let long = vec!["a"; 40].join(" + ");
    assert_eq!(parse(&long).unwrap_err().code, "expression_depth");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn random_texts_are_read_or_refused(source in "[a-z0-9 .()\\[\\]{}!&|=<>+*/%?:'\",é-]{0,60}") {
        if let Err(trouble) = parse(&source) {
            prop_assert!(trouble.at.start <= source.len());
            prop_assert!(!trouble.message.is_empty());
        }
    }

    #[test]
    fn nested_texts_never_overflow(open in 0usize..80, kind in 0usize..4) {
        let (left, right) = [("(", ")"), ("[", "]"), ("{'a':", "}"), ("f(", ")")][kind];
        let source = format!("{}1{}", left.repeat(open), right.repeat(open));
        let _ = parse(&source);
    }
}
