//! Which content is on which side of a swap. A second swap undoes the first, so that "is it done?"
//! must be told from the contents. It must not know how a swap is asked for.

use super::site::{Site, Swapped};
use serde::{Deserialize, Serialize};

/// One side as it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// Which content it has; it travels in a swap.
    pub content: Option<String>,
    /// The last good swap.
    pub swapped: Option<Swapped>,
}

/// Both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sides {
    /// The slot that is swapped.
    pub source: Side,
    /// What it is swapped with.
    pub target: Side,
}

/// Where a swap stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The contents are where they were.
    AsBefore,
    /// They are exchanged.
    Exchanged,
    /// Something else is there now.
    Foreign,
}

impl Side {
    /// Of a site or slot.
    pub fn of(site: &Site) -> Self {
        Self { content: site.content.clone(), swapped: site.swapped.clone() }
    }

    fn last(&self) -> Option<&str> {
        self.swapped.as_ref().map(|swapped| swapped.at.as_str())
    }
}

impl Sides {
    /// Where the contents are, from where they were before the swap.
    ///
    /// Without ids of the contents the time of the last good swap must do: it tells one swap from
    /// none. `done_at` is that of the swap that is being undone.
    pub fn standing(&self, now: &Self, done_at: Option<&str>) -> Standing {
        let ids = |sides: &Self| sides.source.content.clone().zip(sides.target.content.clone());
        if let (Some((source, target)), Some((source_now, target_now))) = (ids(self), ids(now))
            && source != target
        {
            return match (source_now == source, target_now == target) {
                (true, true) => Standing::AsBefore,
                _ if source_now == target && target_now == source => Standing::Exchanged,
                _ => Standing::Foreign,
            };
        }
        match now.target.last() {
            last if last == self.target.last() => Standing::AsBefore,
            last if done_at.is_some() && last != done_at => Standing::AsBefore,
            _ if now.source.last() == now.target.last() => Standing::Exchanged,
            _ => Standing::Foreign,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(content: Option<&str>, at: Option<&str>) -> Side {
        let swapped = at.map(|at| Swapped {
            at: at.into(),
            source: "canary".into(),
            destination: "Production".into(),
        });
        Side { content: content.map(str::to_owned), swapped }
    }

    #[test]
    fn contents_tell_one_swap_from_two() {
        let pair = |source, target, at| Sides {
            source: side(Some(source), at),
            target: side(Some(target), at),
        };
        let before = pair("b", "a", None);
        let one = pair("a", "b", Some("1"));
        let two = pair("b", "a", Some("2"));
        assert_eq!(before.standing(&before, None), Standing::AsBefore);
        assert_eq!(before.standing(&one, None), Standing::Exchanged);
        assert_eq!(before.standing(&two, None), Standing::AsBefore);
        assert_eq!(before.standing(&pair("c", "b", Some("1")), None), Standing::Foreign);
    }

    #[test]
    fn without_ids_the_time_of_the_last_swap_must_do() {
        let pair = |at| Sides { source: side(None, at), target: side(None, at) };
        let before = pair(Some("0"));
        assert_eq!(before.standing(&before, None), Standing::AsBefore);
        assert_eq!(before.standing(&pair(Some("1")), None), Standing::Exchanged);
        assert_eq!(before.standing(&pair(Some("1")), Some("1")), Standing::Exchanged);
        assert_eq!(before.standing(&pair(Some("2")), Some("1")), Standing::AsBefore);
        let elsewhere = Sides { source: side(None, Some("0")), target: side(None, Some("1")) };
        assert_eq!(before.standing(&elsewhere, None), Standing::Foreign, "with another slot");
    }
}
