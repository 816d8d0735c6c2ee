//! Templates: whole holes keep their type, holes in texts become text, secrets stay out of texts.

use super::*;
use crate::expr::ast::Node;
use serde_json::json;

fn hole(path: &str) -> Expr {
    let mut parts = path.split('.');
    let root = Node::Name(parts.next().unwrap().to_owned());
    let node = parts.fold(root, |of, field| Node::Select { of: Box::new(of), field: field.into() });
    Expr { source: path.to_owned(), node }
}

fn scope() -> Map<String, Value> {
    let Value::Object(map) =
        json!({"n": 7, "list": [1], "none": null, "secret": {"$secret": "PAT"}, "half": 0.5})
    else {
        unreachable!()
    };
    map
}

fn text(before: &str, path: &str) -> Template {
    Template::Text(vec![TextPart::Text(before.to_owned()), TextPart::Expr(hole(path))])
}

#[test]
fn holes_are_filled_by_place() {
    let template = Template::Map(vec![
        ("to".to_owned(), text("dispatcherqa4prod", "n")),
        ("n".to_owned(), Template::Expr(hole("n"))),
        ("all".to_owned(), Template::List(vec![Template::Expr(hole("list"))])),
        ("pat".to_owned(), Template::Expr(hole("secret"))),
        ("half".to_owned(), text("", "half")),
        ("plain".to_owned(), Template::Literal(json!({"a": [true]}))),
    ]);
    let expected = json!({"to": "dispatcherqa4prod7", "n": 7, "all": [[1]],
        "pat": {"$secret": "PAT"}, "half": "0.5", "plain": {"a": [true]}});
    assert_eq!(template.render(&scope()), Ok(expected));
}

#[test]
fn lists_nulls_and_secrets_have_no_text() {
    let problem = |path: &str| text("x", path).render(&scope()).unwrap_err().problem;
    assert_eq!(problem("list"), Problem::NoText("a list"));
    assert_eq!(problem("none"), Problem::NoText("null"));
    assert_eq!(problem("secret"), Problem::SecretInText);
    assert_eq!(problem("gone"), Problem::Nothing("gone".to_owned()));
}

#[test]
fn a_preview_shows_what_is_not_known_yet() {
    let template =
        Template::List(vec![text("db", "n"), text("db", "gone"), Template::Expr(hole("x.y"))]);
    assert_eq!(template.preview(&scope()), json!(["db7", "db${{ gone }}", "${{ x.y }}"]));
}
