//! The actions of the scripted world, as data: one of every sort that a real executor may be.

use serde_json::json;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::{ActionSpec, EffectClass, Millis};

/// How long after its intent a request may still arrive, in this world.
pub const SETTLE_MS: Millis = 20_000;

/// What an action of the world is like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its name.
    pub name: &'static str,
    /// What the engine goes by.
    pub traits: ActionTraits,
    /// Whether it starts a remote operation.
    pub long: bool,
    /// Whether its compensation does.
    pub undo_long: bool,
    /// Whether it takes a thing away instead of setting it: what a file names as another step's
    /// compensation.
    pub clears: bool,
}

fn kind(name: &'static str, class: EffectClass) -> Kind {
    let reversible = class == EffectClass::Reversible;
    let read_only = class == EffectClass::ReadOnly;
    let traits = ActionTraits {
        class,
        captures: false,
        compensates: reversible,
        compensates_in_progress: false,
        idempotent: read_only,
        settle_ms: if read_only { 0 } else { SETTLE_MS },
    };
    Kind { name, traits, long: false, undo_long: false, clears: false }
}

/// All of them.
pub fn kinds() -> Vec<Kind> {
    let reversible = |name| kind(name, EffectClass::Reversible);
    let mut set = reversible("world.set");
    set.traits.captures = true;
    let mut put = reversible("world.put");
    put.traits.idempotent = true;
    let mut swap = reversible("world.swap");
    swap.traits.captures = true;
    (swap.long, swap.undo_long) = (true, true);
    let mut copy = reversible("world.copy");
    copy.traits.compensates_in_progress = true;
    copy.long = true;
    let mut clear = reversible("world.clear");
    clear.traits.compensates = false;
    clear.clears = true;
    let mut drop = reversible("world.drop");
    drop.traits.compensates = false;
    (drop.clears, drop.long) = (true, true);
    let send = kind("world.send", EffectClass::Irreversible);
    vec![kind("world.read", EffectClass::ReadOnly), set, put, swap, copy, clear, drop, send]
}

/// One of them, by its name.
pub fn find(name: &str) -> Option<Kind> {
    kinds().into_iter().find(|kind| kind.name == name)
}

impl Kind {
    /// What it declares about itself.
    pub fn spec(&self) -> ActionSpec {
        let input = json!({
            "type": "object",
            "properties": {
                "target": { "type": "string" },
                "value": { "type": "integer" },
                "ms": { "type": "integer" },
            },
            "required": ["target"],
        });
        ActionSpec {
            kind: self.name.to_owned(),
            summary: "Changes a thing of the scripted world.".to_owned(),
            input,
            output: json!({ "type": "object" }),
            traits: self.traits.clone(),
            guide: ActionGuide::default(),
            example: format!("uses: {}", self.name),
        }
    }
}
