//! Ids that look random and are not: a counter and a salt, so that a simulated world replays. It
//! must not know what the ids name.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where every GUID of a simulated world comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdSource {
    /// Changes with every reset, so that an id of before is never seen again.
    salt: String,
    given: u64,
}

impl IdSource {
    /// A source whose ids differ from those of every other salt.
    pub fn new(salt: impl Into<String>) -> Self {
        Self { salt: salt.into(), given: 0 }
    }

    /// The next id.
    pub fn fresh(&mut self) -> Uuid {
        self.given += 1;
        named(&format!("{}/{}", self.salt, self.given))
    }
}

/// The id that always belongs to a name.
pub fn named(name: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes())
}

/// What the first content of a slot is called: the site and four digits, as recorded.
pub fn content_of_slot(site: &str, slot: &str) -> String {
    let digits = named(&format!("{site}/{slot}")).simple().to_string();
    format!("{site}__{}", &digits[..4])
}

/// The first GUID in a text, such as the one that a client wrote into a comment.
pub fn find_guid(text: &str) -> Option<String> {
    let candidates = text.split(|c: char| !c.is_ascii_hexdigit() && c != '-');
    candidates
        .map(str::trim)
        .filter(|part| part.len() == 36)
        .find_map(|part| Uuid::parse_str(part).ok().map(|id| id.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_new_and_replay() {
        let (mut one, mut two) = (IdSource::new("a"), IdSource::new("a"));
        let first = one.fresh();
        assert_eq!(first, two.fresh());
        assert_ne!(first, one.fresh());
        assert_ne!(first, IdSource::new("b").fresh());
    }

    #[test]
    fn a_guid_is_found_in_prose() {
        let id = named("x").to_string();
        assert_eq!(find_guid(&format!("windlass [{id}] deploys")), Some(id));
        assert_eq!(find_guid("nothing-here"), None);
    }
}
