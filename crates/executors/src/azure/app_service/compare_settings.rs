//! `azure.app_service.compare_settings`: which settings a swap would carry over. It only looks, and
//! tells names, never values.

use super::swap_pair::Pair;
use super::whole_set::{SetKind, WholeSet};
use super::{binding::KIND as APP, sticky};
use crate::azure::arm::Arm;
use crate::change::kinds::read_only;
use crate::change::reading::Reading;
use crate::schema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::sync::Arc;
use windlass_model::ActionSpec;
use windlass_model::catalog::ActionGuide;
use windlass_ports::{Context, Outcome};

/// The action's kind.
pub const KIND: &str = "azure.app_service.compare_settings";

/// The action.
pub struct CompareSettings {
    arm: Arc<Arm>,
    spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The slot.
    pub app: String,
    /// What it is compared with; production where absent.
    pub with: Option<String>,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Whether none differs.
    pub same: bool,
    /// App settings that differ, or that one side lacks.
    pub settings: Vec<String>,
    /// Connection strings, likewise.
    pub connection_strings: Vec<String>,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    let names = |what: &str| schema::list(schema::text("a name"), what);
    ActionSpec {
        kind: KIND.to_owned(),
        summary:
            "Tells which settings differ between a slot and what it would be swapped with, by \
                  name. Those that stick to their slot do not travel, and are left out."
                .to_owned(),
        input: schema::object(
            [
                ("app", schema::resource(APP, "the slot, by a resource whose binding names it")),
                (
                    "with",
                    schema::resource(APP, "what it is compared with; production where absent"),
                ),
            ],
            &["app"],
        ),
        output: schema::object(
            [
                ("same", schema::boolean("whether none differs")),
                ("settings", names("app settings that differ, or that one side lacks")),
                ("connection_strings", names("connection strings, likewise")),
            ],
            &["same", "settings", "connection_strings"],
        ),
        traits: read_only(),
        guide: ActionGuide::new(
            "nothing",
            "nothing is changed, so nothing is in doubt",
            "nothing to undo",
            &["Website Contributor on the app (Microsoft.Web/sites/config/list/action, read, \
               sites/slots/config/list/action)"],
        ),
        example: format!("- id: travels\n  uses: {KIND}\n  with: {{ app: pwaapi_slot }}\n"),
    }
}

/// Names of entries that differ, but for those that stay with their slot. Azure's names know no
/// case.
fn differing(
    ours: &Map<String, Value>,
    theirs: &Map<String, Value>,
    stay: &[String],
) -> Vec<String> {
    let stays = |name: &str| stay.iter().any(|known| known.eq_ignore_ascii_case(name));
    let find = |set: &Map<String, Value>, name: &str| {
        let found = set.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.clone())
    };
    let names = ours.keys().chain(theirs.keys().filter(|name| find(ours, name).is_none()));
    let differ = names.filter(|name| !stays(name) && find(ours, name) != find(theirs, name));
    differ.cloned().collect::<BTreeSet<_>>().into_iter().collect()
}

impl CompareSettings {
    /// The action.
    pub fn new(arm: Arc<Arm>) -> Self {
        Self { arm, spec: spec() }
    }

    async fn differing(
        &self,
        app: &str,
        pair: &Pair,
        kind: SetKind,
        stay: &[String],
    ) -> Outcome<Vec<String>> {
        let set = |binding| WholeSet { arm: &self.arm, app, binding, kind };
        let (ours, _) = set(&pair.source).read().await?;
        let (theirs, _) = set(&pair.target).read().await?;
        Ok(differing(&ours, &theirs, stay))
    }
}

impl Reading for CompareSettings {
    type Input = Input;
    type Output = Output;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    async fn read(&self, ctx: &Context, input: &Input) -> Outcome<Output> {
        let app = &input.app;
        let pair = Pair::find(&ctx.bindings, app, input.with.as_deref())?;
        let stay = sticky::names(&self.arm, app, &pair.source.production()).await?;
        let settings = self.differing(app, &pair, SetKind::AppSettings, &stay.settings).await?;
        let kind = SetKind::ConnectionStrings;
        let connection_strings = self.differing(app, &pair, kind, &stay.connection_strings).await?;
        let same = settings.is_empty() && connection_strings.is_empty();
        Ok(Output { same, settings, connection_strings })
    }
}
