//! What a change of one file in a store keeps for the way back: a copy of what was there, beside
//! it, in the same store. It must not know what the change is.

use super::facts::Facts;
use super::opened::Opened;
use crate::change::failing::{in_doubt, permanent};
use crate::change::seen::Standing;
use windlass_model::RequestId;
use windlass_ports::Outcome;

/// A place in a store, as it was before a step.
pub struct Aside<'a> {
    /// The store.
    pub store: &'a Opened,
    /// The place.
    pub name: &'a str,
    /// What was there.
    pub before: Option<&'a Facts>,
    /// Whose step it is.
    pub key: RequestId,
}

/// The name of the kept copy.
pub fn kept_name(name: &str, key: RequestId) -> String {
    format!("{name}.before-{key}")
}

impl Aside<'_> {
    /// The name of the kept copy; none where nothing was there.
    pub fn kept(&self) -> Option<String> {
        self.before.map(|_| kept_name(self.name, self.key))
    }

    async fn kept_facts(&self) -> Outcome<Option<Facts>> {
        match self.kept() {
            Some(kept) => self.store.look(&kept).await,
            None => Ok(None),
        }
    }

    /// Whether what is there is what was there.
    pub fn is_untouched(&self, now: Option<&Facts>) -> bool {
        now.map(|facts| &facts.etag) == self.before.map(|facts| &facts.etag)
    }

    /// Where an untouched place stands.
    pub async fn untouched<O>(&self) -> Outcome<Standing<O>> {
        Ok(match (self.kept_facts().await?, self.before) {
            (Some(kept), Some(before)) if kept.bytes != before.bytes => {
                Standing::Working(format!("{} is still copied aside", self.store.label(self.name)))
            }
            (Some(_), _) => Standing::Begun,
            (None, _) => Standing::Before,
        })
    }

    /// Where a place stands that is neither untouched nor as the step leaves it.
    pub async fn strange<O>(&self, now: Option<&Facts>) -> Outcome<Standing<O>> {
        if let (Some(now), Some(kept)) = (now, self.kept_facts().await?)
            && now.bytes == kept.bytes
        {
            let name = kept_name(self.name, self.key);
            let put_back = self.store.sums(&name, &kept).await?;
            if self.store.sums(self.name, now).await? == put_back {
                // The copy that was kept is still to be cleared away.
                return Ok(Standing::Begun);
            }
        }
        let place = self.store.label(self.name);
        Ok(Standing::Foreign(match now {
            Some(_) => format!("what is at {place} is neither what was there nor this step's"),
            None => format!("what was at {place} is gone"),
        }))
    }

    /// Keeps a copy of what is there.
    pub async fn keep(&self) -> Outcome<()> {
        let (Some(kept), Some(before)) = (self.kept(), self.before) else { return Ok(()) };
        if self.store.look(&kept).await?.is_none() {
            self.store.copy(self.name, &kept).await?;
        }
        let copied = self.store.look(&kept).await?;
        if !self.is_untouched(self.store.look(self.name).await?.as_ref()) {
            if let Some(copied) = &copied {
                self.store.delete(&kept, &copied.etag).await?;
            }
            return changed(self);
        }
        match copied.is_some_and(|copied| copied.bytes == before.bytes) {
            true => Ok(()),
            false => in_doubt(format!("{kept} is not whole yet: the store still copies")),
        }
    }

    /// Puts back what was there. The step's own file with this stamp, or what was there, is there
    /// now.
    pub async fn put_back(&self, written: Option<&str>) -> Outcome<()> {
        let Some(kept) = self.kept() else {
            return match written {
                Some(etag) => self.store.delete(self.name, etag).await,
                None => Ok(()),
            };
        };
        let now = self.store.look(self.name).await?;
        let copy = self.store.look(&kept).await?;
        if !self.is_untouched(now.as_ref()) {
            let Some(copy) = &copy else {
                let (place, kept) = (self.store.label(self.name), self.store.label(&kept));
                let why = format!("failed to put back {place}: its kept copy {kept} is gone");
                return permanent("kept", why);
            };
            self.store.copy(&kept, self.name).await?;
            let back = self.store.look(self.name).await?;
            if back.is_none_or(|back| back.bytes != copy.bytes) {
                return in_doubt(format!("{} is not whole yet", self.store.label(self.name)));
            }
        }
        match copy {
            Some(copy) => self.store.delete(&kept, &copy.etag).await,
            None => Ok(()),
        }
    }
}

/// What a step says that finds something else than it looked at.
pub fn changed<T>(aside: &Aside<'_>) -> Outcome<T> {
    let place = aside.store.label(aside.name);
    permanent("changed", format!("failed to write {place}: somebody else changed it meanwhile"))
}

/// What was there must not be lost by accident.
pub fn may_replace(
    store: &Opened,
    name: &str,
    before: &Option<Facts>,
    replace: bool,
) -> Outcome<()> {
    if before.is_none() || replace {
        return Ok(());
    }
    let place = store.label(name);
    permanent(
        "taken",
        format!("failed to write {place}: it is there; name another, or say `replace: true`"),
    )
}
