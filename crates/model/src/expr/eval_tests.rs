//! Values of expressions, by tables. Trees are built by hand: the reader of text lives elsewhere.

use super::*;
use crate::expr::ast::UnaryOp;
use crate::expr::roots;
use serde_json::json;
use std::cell::RefCell;

fn lit(value: Value) -> Node {
    Node::Literal(value)
}

fn name(path: &str) -> Node {
    let mut parts = path.split('.');
    let root = Node::Name(parts.next().unwrap().to_owned());
    parts.fold(root, |of, field| Node::Select { of: Box::new(of), field: field.to_owned() })
}

fn bin(op: BinaryOp, left: Node, right: Node) -> Node {
    Node::Binary { op, left: Box::new(left), right: Box::new(right) }
}

fn method(target: Node, function: &str, args: Vec<Node>) -> Node {
    Node::Call { target: Some(Box::new(target)), function: function.to_owned(), args }
}

fn call(function: &str, args: Vec<Node>) -> Node {
    Node::Call { target: None, function: function.to_owned(), args }
}

fn quantified(kind: Quantifier, over: Node, body: Node) -> Node {
    let (over, body) = (Box::new(over), Box::new(body));
    Node::Quantified { kind, over, variable: "x".to_owned(), body }
}

fn scope() -> Map<String, Value> {
    let Value::Object(map) = json!({
        "inputs": {"n": 7, "build": "2.7.1.213", "reuse": false},
        "steps": {"copy": {"outputs": {"database": "dispatcherqa4prod7"}},
                  "stop[qa4]": {"outputs": {"was_running": true}}},
        "item": {"running": true, "branch": "main", "database": "dispatcherqa4prod7"},
    }) else {
        unreachable!()
    };
    map
}

fn eval(node: Node) -> Result<Value, Problem> {
    let expr = Expr { source: "…".to_owned(), node };
    evaluate(&expr, &scope()).map_err(|error| error.problem)
}

fn boom() -> Node {
    bin(BinaryOp::Divide, lit(json!(1)), lit(json!(0)))
}

#[test]
fn operators_follow_cel() {
    use BinaryOp::*;
    let max = i64::MAX;
    let cases = [
        (Equal, json!(1), json!(1.0), Ok(json!(true))),
        (Equal, json!(1), json!("1"), Ok(json!(false))),
        (Equal, json!([1, {"a": 2}]), json!([1.0, {"a": 2}]), Ok(json!(true))),
        (NotEqual, json!(null), json!(false), Ok(json!(true))),
        (Less, json!(1), json!(1.5), Ok(json!(true))),
        (Less, json!("a"), json!("b"), Ok(json!(true))),
        (GreaterOrEqual, json!(2), json!(2), Ok(json!(true))),
        (Add, json!("a"), json!("b"), Ok(json!("ab"))),
        (Add, json!([1]), json!([2]), Ok(json!([1, 2]))),
        (Divide, json!(-7), json!(2), Ok(json!(-3))),
        (Remainder, json!(-7), json!(2), Ok(json!(-1))),
        (Multiply, json!(1.5), json!(2.0), Ok(json!(3.0))),
        (Add, json!(max), json!(1), Err(Problem::Overflow("+"))),
        (Divide, json!(1), json!(0), Err(Problem::DivisionByZero)),
        (Divide, json!(1.0), json!(0.0), Err(Problem::DivisionByZero)),
        (In, json!("qa4"), json!(["qa4", "prod"]), Ok(json!(true))),
        (In, json!("b"), json!({"a": 1}), Ok(json!(false))),
    ];
    for (op, left, right, expected) in cases {
        let got = eval(bin(op, lit(left.clone()), lit(right.clone())));
        assert_eq!(got, expected, "{left} {op:?} {right}");
    }
    let mixed = eval(bin(Add, lit(json!(1)), lit(json!("a"))));
    assert!(matches!(mixed, Err(Problem::Operands { what: "+", .. })), "{mixed:?}");
    let order = eval(bin(Less, lit(json!(1)), lit(json!("a"))));
    assert!(matches!(order, Err(Problem::Operands { what: "<", .. })), "{order:?}");
    let low = lit(json!(i64::MIN));
    let negated = eval(Node::Unary { op: UnaryOp::Negate, of: Box::new(low) });
    assert_eq!(negated, Err(Problem::Overflow("-")));
}

#[test]
fn and_or_forgive_errors_of_the_other_side_only() {
    use BinaryOp::{And, Or};
    let truth = |truth: bool| lit(json!(truth));
    assert_eq!(eval(bin(And, truth(false), boom())), Ok(json!(false)));
    assert_eq!(eval(bin(And, boom(), truth(false))), Ok(json!(false)));
    assert_eq!(eval(bin(Or, boom(), truth(true))), Ok(json!(true)));
    assert_eq!(eval(bin(And, truth(true), boom())), Err(Problem::DivisionByZero));
    assert_eq!(eval(bin(Or, boom(), truth(false))), Err(Problem::DivisionByZero));
    let untyped = eval(bin(And, truth(true), lit(json!(1))));
    assert!(matches!(untyped, Err(Problem::Type { what: "&&", .. })), "{untyped:?}");
}

#[test]
fn functions_do_what_the_table_says() {
    let text = |text: &str| lit(json!(text));
    let cases = [
        (method(name("item.database"), "startsWith", vec![text("dispatcherqa4prod")]), json!(true)),
        (method(text("a.bak"), "endsWith", vec![text(".bak")]), json!(true)),
        (method(text("abc"), "contains", vec![text("d")]), json!(false)),
        (method(name("inputs.build"), "matches", vec![text(r"^\d+(\.\d+){3}$")]), json!(true)),
        (method(text(" Ab "), "trim", vec![]), json!("Ab")),
        (method(text("Ab"), "upper", vec![]), json!("AB")),
        (method(text("7.1.2"), "replace", vec![text("."), text("-")]), json!("7-1-2")),
        (method(lit(json!(["a", "b"])), "join", vec![text(", ")]), json!("a, b")),
        (method(lit(json!([])), "join", vec![text(", ")]), json!("")),
        (call("size", vec![text("äb")]), json!(2)),
        (method(lit(json!([1, 2, 3])), "size", vec![]), json!(3)),
        (call("int", vec![text("42")]), json!(42)),
        (call("int", vec![lit(json!(-2.9))]), json!(-2)),
        (call("double", vec![lit(json!(2))]), json!(2.0)),
        (call("string", vec![lit(json!(7))]), json!("7")),
        (call("bool", vec![text("true")]), json!(true)),
        (call("has", vec![name("inputs.n")]), json!(true)),
        (call("has", vec![name("steps.copy.outputs.nothing")]), json!(false)),
        (call("has", vec![name("steps.absent.outputs.x")]), json!(false)),
    ];
    for (node, expected) in cases {
        assert_eq!(eval(node.clone()), Ok(expected), "{node:?}");
    }
    let blanks =
        method(text(&" ".repeat(1_000)), "replace", vec![text(" "), text(&"x".repeat(2_000))]);
    assert!(matches!(eval(blanks), Err(Problem::TextTooLong(_))));
    let mixed = method(lit(json!(["a", 1])), "join", vec![text(",")]);
    assert!(matches!(eval(mixed), Err(Problem::Type { .. })));
    let huge = "(a{1000}){1000}";
    assert_eq!(eval(method(text("a"), "matches", vec![text(huge)])), Err(Problem::Pattern));
    assert!(matches!(eval(call("int", vec![text("4x")])), Err(Problem::Unreadable { .. })));
    assert_eq!(eval(call("now", vec![])), Err(Problem::NoFunction("now".to_owned())));
}

#[test]
fn quantifiers_visit_lists_and_keys() {
    let over = || lit(json!([1, 2, 3]));
    let above = |n: i64| bin(BinaryOp::Greater, name("x"), lit(json!(n)));
    let double = bin(BinaryOp::Multiply, name("x"), lit(json!(2)));
    assert_eq!(eval(quantified(Quantifier::All, over(), above(0))), Ok(json!(true)));
    assert_eq!(eval(quantified(Quantifier::All, over(), above(1))), Ok(json!(false)));
    assert_eq!(eval(quantified(Quantifier::Exists, over(), above(2))), Ok(json!(true)));
    assert_eq!(eval(quantified(Quantifier::ExistsOne, over(), above(1))), Ok(json!(false)));
    assert_eq!(eval(quantified(Quantifier::Filter, over(), above(1))), Ok(json!([2, 3])));
    assert_eq!(eval(quantified(Quantifier::Map, over(), double)), Ok(json!([2, 4, 6])));
    let keys = quantified(Quantifier::Map, lit(json!({"a": 1, "b": 2})), name("x"));
    assert_eq!(eval(keys), Ok(json!(["a", "b"])));
    let decided =
        bin(BinaryOp::Equal, bin(BinaryOp::Divide, lit(json!(6)), name("x")), lit(json!(2)));
    let with_zero = lit(json!([0, 3]));
    assert_eq!(eval(quantified(Quantifier::Exists, with_zero, decided)), Ok(json!(true)));
}

#[test]
fn work_is_bounded() {
    let long = lit(json!(vec![0; LIST_MAX]));
    let inner = quantified(Quantifier::All, long.clone(), lit(json!(true)));
    let product = eval(quantified(Quantifier::All, long, inner));
    assert_eq!(product, Err(Problem::Steps(EVAL_STEPS_MAX)));
    let too_long = lit(json!(vec![0; LIST_MAX + 1]));
    let refused = eval(quantified(Quantifier::All, too_long, lit(json!(true))));
    assert_eq!(refused, Err(Problem::ListTooLong(LIST_MAX)));
    let one = || lit(json!(1));
    let deep = (0..EXPR_DEPTH_MAX).fold(one(), |left, _| bin(BinaryOp::Add, left, one()));
    assert_eq!(eval(deep), Err(Problem::Depth(EXPR_DEPTH_MAX)));
}

/// Knows single leaves and whole values, as the engine's scope does, and keeps what it was asked.
struct Leaves(RefCell<Vec<String>>);

impl Scope for Leaves {
    fn resolve(&self, path: &[&str]) -> Option<Value> {
        self.0.borrow_mut().push(path.join("."));
        match path {
            ["resources", "backup"] => Some(json!("backup")),
            ["resources", "backup", "name"] => Some(json!("qa4-2024-10-26")),
            ["env", "secrets", name] => Some(json!({"$secret": name})),
            ["item"] => Some(json!({"running": true})),
            _ => None,
        }
    }
}

#[test]
fn a_scope_is_asked_for_the_longest_path_first() {
    let leaves = Leaves(RefCell::default());
    let value = |path: &str| {
        let expr = Expr { source: path.to_owned(), node: name(path) };
        evaluate(&expr, &leaves).map_err(|error| error.problem)
    };
    assert_eq!(value("resources.backup"), Ok(json!("backup")));
    assert_eq!(value("resources.backup.name"), Ok(json!("qa4-2024-10-26")));
    assert_eq!(leaves.0.borrow().len(), 2);
    assert_eq!(value("env.secrets.PAT"), Ok(json!({"$secret": "PAT"})));
    assert_eq!(value("item.running"), Ok(json!(true)));
    assert_eq!(value("item.color"), Err(Problem::NoKey("color".to_owned())));
    let no_field = Problem::NoField { got: "a text", field: "size".to_owned() };
    assert_eq!(value("resources.backup.size"), Err(no_field));
    assert_eq!(value("inputs.n"), Err(Problem::Nothing("inputs.n".to_owned())));
}

#[test]
fn constant_keys_are_paths_and_variables_are_not_roots() {
    let key = lit(json!("stop[qa4]"));
    let indexed = Node::Index { of: Box::new(name("steps")), at: Box::new(key) };
    let outputs = Node::Select { of: Box::new(indexed), field: "outputs".to_owned() };
    let running = Node::Select { of: Box::new(outputs), field: "was_running".to_owned() };
    assert_eq!(eval(running.clone()), Ok(json!(true)));
    let body = bin(BinaryOp::Equal, name("x.y"), name("inputs.n"));
    let both = bin(BinaryOp::And, running, quantified(Quantifier::All, name("item.list"), body));
    let found = roots(&Expr { source: String::new(), node: both });
    let found: Vec<_> = found.iter().map(|path| path.join("/")).collect();
    assert_eq!(found, ["steps/stop[qa4]/outputs/was_running", "item/list", "inputs/n"]);
}

#[test]
fn an_error_quotes_the_expression_and_no_value() {
    let node = call("int", vec![lit(json!("hunter2"))]);
    let error = evaluate(&Expr { source: "int(inputs.x)".to_owned(), node }, &()).unwrap_err();
    let said = error.to_string();
    assert!(said.starts_with("failed to evaluate `int(inputs.x)`"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}
