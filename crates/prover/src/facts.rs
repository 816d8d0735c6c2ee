//! What is taken to be so of values that nobody knows: each fact was chosen where it mattered, and
//! all of them agree with each other. It must not know any expression.

use crate::unknown::{edges, shown};
use std::collections::BTreeMap;

/// Something about an unknown value that is so or is not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Atom {
    /// It is true.
    True(String),
    /// It is this text, as JSON.
    Equal(String, String),
    /// It begins with this.
    Begins(String, String),
}

impl Atom {
    /// The text that it is about.
    pub fn text(&self) -> &str {
        let (Self::True(text) | Self::Equal(text, _) | Self::Begins(text, _)) = self;
        text
    }

    /// What it says of its text, after the text's own name.
    fn says(&self, holds: bool) -> String {
        match (self, holds) {
            (Self::True(_), _) => format!("is {holds}"),
            (Self::Equal(_, other), true) => format!("is {other}"),
            (Self::Equal(_, other), false) => format!("is not {other}"),
            (Self::Begins(_, with), true) => format!("begins with '{with}'"),
            (Self::Begins(_, with), false) => format!("does not begin with '{with}'"),
        }
    }

    /// In words.
    pub fn told(&self, holds: bool) -> String {
        let of = shown(self.text());
        let of = of.strip_prefix('<').and_then(|of| of.strip_suffix('>')).unwrap_or(&of);
        format!("{of} {}", self.says(holds))
    }
}

/// What was chosen so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Facts {
    chosen: BTreeMap<Atom, bool>,
}

impl Facts {
    /// Whether it is so, as far as that follows.
    pub fn holds(&self, atom: &Atom) -> Option<bool> {
        if let Some(chosen) = self.chosen.get(atom) {
            return Some(*chosen);
        }
        match atom {
            Atom::True(_) => None,
            Atom::Equal(text, other) => self.equal(text, other),
            Atom::Begins(text, with) => self.begins(text, with),
        }
    }

    /// The same with one more.
    #[must_use]
    pub fn with(&self, atom: Atom, holds: bool) -> Self {
        let mut chosen = self.chosen.clone();
        chosen.insert(atom, holds);
        Self { chosen }
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = (&Atom, bool)> {
        self.chosen.iter().map(|(atom, holds)| (atom, *holds))
    }

    /// What is known of a text, after its own name: what it is, else what it is not.
    pub fn about(&self, text: &str) -> Option<String> {
        let about = || self.all().filter(|(atom, _)| atom.text() == text);
        let so = about().find(|(atom, holds)| *holds || matches!(atom, Atom::True(_)));
        so.or_else(|| about().next()).map(|(atom, holds)| atom.says(holds))
    }

    fn equal(&self, text: &str, other: &str) -> Option<bool> {
        for (atom, holds) in &self.chosen {
            match (atom, holds) {
                (Atom::Equal(of, is), true) if of == text => return Some(is == other),
                (Atom::Begins(of, with), holds) if of == text => {
                    let literal = unquoted(other);
                    if literal.is_some_and(|literal| literal.starts_with(with.as_str()) != *holds) {
                        return Some(false);
                    }
                }
                _ => {}
            }
        }
        let (begins, ends) = edges(text);
        let fits = unquoted(other).is_none_or(|literal| {
            literal.len() >= begins.len() + ends.len()
                && literal.starts_with(begins)
                && literal.ends_with(ends)
        });
        (!fits).then_some(false)
    }

    fn begins(&self, text: &str, with: &str) -> Option<bool> {
        let (known, _) = edges(text);
        if known.starts_with(with) {
            return Some(true);
        }
        if !with.starts_with(known) {
            return Some(false);
        }
        self.chosen.iter().find_map(|(atom, holds)| match (atom, holds) {
            (Atom::Equal(of, is), true) if of == text => {
                Some(unquoted(is).is_some_and(|literal| literal.starts_with(with)))
            }
            (Atom::Begins(of, other), true) if of == text && other.starts_with(with) => Some(true),
            (Atom::Begins(of, other), true) if of == text && !with.starts_with(other.as_str()) => {
                Some(false)
            }
            (Atom::Begins(of, other), false) if of == text && with.starts_with(other.as_str()) => {
                Some(false)
            }
            _ => None,
        })
    }
}

/// The text of a JSON text.
fn unquoted(json: &str) -> Option<&str> {
    json.strip_prefix('"')?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unknown::unknown;

    fn text(of: &str) -> String {
        unknown(of).as_str().unwrap().to_owned()
    }

    fn equal(of: &str, is: &str) -> Atom {
        Atom::Equal(text(of), format!("\"{is}\""))
    }

    fn begins(of: &str, with: &str) -> Atom {
        Atom::Begins(text(of), with.to_owned())
    }

    #[test]
    fn what_was_chosen_decides_what_follows_from_it() {
        let none = Facts::default();
        assert_eq!(none.holds(&equal("b", "main")), None);
        let main = none.with(equal("b", "main"), true);
        assert_eq!(main.holds(&equal("b", "prod")), Some(false));
        assert_eq!(main.holds(&begins("b", "ma")), Some(true));
        assert_eq!(main.holds(&begins("b", "pr")), Some(false));
        let other = none.with(equal("b", "main"), false);
        assert_eq!(other.holds(&equal("b", "prod")), None);
        let prefix = none.with(begins("b", "qa4prod"), true);
        assert_eq!(prefix.holds(&equal("b", "qa4")), Some(false));
        assert_eq!(prefix.holds(&equal("b", "qa4prod7")), None);
        assert_eq!(prefix.holds(&begins("b", "qa4")), Some(true));
        assert_eq!(prefix.holds(&begins("b", "prod")), Some(false));
        let not = none.with(begins("b", "qa4"), false);
        assert_eq!(not.holds(&equal("b", "qa4prod7")), Some(false));
        assert_eq!(not.holds(&begins("b", "qa4prod")), Some(false));
        assert_eq!(not.holds(&begins("b", "q")), None);
    }

    #[test]
    fn a_text_that_is_known_in_part_decides_by_what_is_known() {
        let name = format!("qa4prod{}", text("n"));
        let none = Facts::default();
        let equal = |is: &str| none.holds(&Atom::Equal(name.clone(), format!("\"{is}\"")));
        assert_eq!((equal("qa4"), equal("qa4prod"), equal("qa4prod7")), (Some(false), None, None));
        let begins = |with: &str| none.holds(&Atom::Begins(name.clone(), with.to_owned()));
        assert_eq!(
            (begins("qa4"), begins("main"), begins("qa4prod7")),
            (Some(true), Some(false), None)
        );
    }
}
