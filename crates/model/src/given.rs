//! What a workflow takes as given of the world that its runs start in. It must not know how the
//! world is seen.

use crate::expr::Expr;
use crate::expr::paths::visit_paths;
use serde::{Deserialize, Serialize};

/// A condition on the world before a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Given {
    /// The resources that `item` stands for in turn; empty where the expression names them itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub for_each: Vec<String>,
    /// The expression.
    pub that: Expr,
    /// The file that says so, as messages name it, with its line: `release.yaml:12`.
    pub place: String,
}

impl Given {
    /// The condition as its file says it.
    pub fn words(&self) -> String {
        match self.for_each.as_slice() {
            [] => self.that.source.clone(),
            names => format!("{} for each of {}", self.that.source, names.join(", ")),
        }
    }

    /// Calls `see` with each field of the world that it is about: of which resource (`item` where
    /// it is each in turn), and which.
    pub fn visit_fields(&self, see: &mut dyn FnMut(Option<&str>, &str)) {
        visit_paths(&self.that.node, &mut |path| match path {
            ["item", field, ..] => see(None, field),
            ["resources", name, field, ..] => see(Some(name), field),
            _ => {}
        });
    }

    /// Whether it is about the world at all.
    pub fn is_about_the_world(&self) -> bool {
        let mut about = false;
        self.visit_fields(&mut |_, _| about = true);
        about
    }
}
