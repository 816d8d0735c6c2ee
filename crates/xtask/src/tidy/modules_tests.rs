//! What the reader of modules sees in small texts, and what it rightly does not see.

use super::*;

fn imports(text: &str) -> Vec<String> {
    let lib = "mod a; mod b; pub mod c;";
    let c = "mod d; mod e;";
    let tree = Tree::of(&[
        ("x/src/lib.rs", lib),
        ("x/src/a.rs", ""),
        ("x/src/b.rs", ""),
        ("x/src/c/mod.rs", c),
        ("x/src/c/d.rs", ""),
        ("x/src/c/e.rs", text),
    ]);
    let found = modules(&tree, "x/src/lib.rs");
    let at = vec!["c".to_owned(), "e".to_owned()];
    found[&at].imports.iter().map(|import| import.module.join("::")).collect()
}

#[test]
fn paths_lead_to_the_nearest_module_with_a_file() {
    assert_eq!(imports("use crate::a::Thing;"), ["a"]);
    assert_eq!(imports("fn f() { crate::c::d::deep::g(); }"), ["c::d"]);
    assert_eq!(imports("use super::d::{self, X};"), ["c::d"]);
    assert_eq!(imports("use super::super::b;"), ["b"]);
    assert_eq!(imports("use crate::Root;"), [""]);
    assert_eq!(imports("use super::*;"), ["c"]);
}

#[test]
fn groups_are_opened() {
    assert_eq!(imports("use crate::{a::{X, Y}, b as z, c::d::Q};"), ["a", "b", "c::d"]);
}

#[test]
fn tests_comments_strings_and_visibilities_import_nothing() {
    assert_eq!(imports("#[cfg(test)] mod tests { use crate::a; }").len(), 0);
    assert_eq!(imports("#[cfg(test)] use crate::a;").len(), 0);
    assert_eq!(imports("#[cfg(test)] #[path = \"t.rs\"] mod tests;").len(), 0);
    assert_eq!(imports("// crate::a\nconst X: &str = \"crate::b\";").len(), 0);
    assert_eq!(imports("pub(in crate::c) fn f() {}").len(), 0);
    assert_eq!(imports("fn f() { crate::exported!(); }").len(), 0);
}

#[test]
fn an_inline_module_sees_its_file_as_super() {
    assert_eq!(imports("mod inner { use super::Thing; use super::super::d::X; }"), ["c::d"]);
}

#[test]
fn a_parent_that_uses_its_child_imports_it() {
    let tree = Tree::of(&[
        ("x/src/lib.rs", "mod a;\npub use a::Thing;\nuse std::fmt;"),
        ("x/src/a.rs", "use crate::Other;"),
    ]);
    let found = modules(&tree, "x/src/lib.rs");
    let root = &found[&Path::new()];
    assert_eq!(root.imports.len(), 1);
    assert_eq!(root.imports[0].line, 2);
}

#[test]
fn the_order_of_the_text_is_kept() {
    let tree = Tree::of(&[("x/src/lib.rs", "mod z;\npub mod a;\nmod m { mod inner {} }")]);
    let found = modules(&tree, "x/src/lib.rs");
    assert_eq!(found[&Path::new()].children, ["z", "a"]);
}
