//! The traits that most actions of one machine have, by what they do to the world. Nothing of them
//! is under way where a look sees nothing, so an "absent" counts at once.

use windlass_model::EffectClass;
use windlass_model::catalog::ActionTraits;

/// Changes nothing.
pub fn read_only() -> ActionTraits {
    traits(EffectClass::ReadOnly, false, false)
}

/// Changes something and can put it back.
pub fn reversible() -> ActionTraits {
    traits(EffectClass::Reversible, true, true)
}

/// Changes something that it does not put back by itself; nothing is lost by that.
pub fn passing() -> ActionTraits {
    traits(EffectClass::Reversible, true, false)
}

/// Changes something for good.
pub fn irreversible() -> ActionTraits {
    traits(EffectClass::Irreversible, true, false)
}

fn traits(class: EffectClass, captures: bool, compensates: bool) -> ActionTraits {
    ActionTraits {
        class,
        captures,
        compensates,
        compensates_in_progress: false,
        idempotent: true,
        settle_ms: 0,
    }
}
