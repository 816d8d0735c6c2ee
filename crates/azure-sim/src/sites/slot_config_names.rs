//! A9: the names that stay with their slot. `null` where nothing was ever set; not a change of the
//! site, so that its stamp stays.

use super::address::{Target, begin_write};
use super::body::properties;
use crate::http::Answer;
use crate::ledger::{Effect, detail};
use crate::turn::Turn;
use serde_json::{Value, json};

/// Reads the three lists.
pub fn get(turn: &Turn<'_>, target: &Target) -> Answer {
    let site = target.site(turn);
    let sticky = site.map(|site| site.sticky.clone()).unwrap_or_default();
    Answer::site(json!({
        "id": null,
        "name": target.address.site,
        "type": "Microsoft.Web/sites",
        "location": site.map(|site| site.location.clone()),
        "properties": {
            "connectionStringNames": sticky.connection_strings,
            "appSettingNames": sticky.app_settings,
            "azureStorageConfigNames": sticky.azure_storage,
        },
    }))
}

/// Sets the lists that are given; one that is not given becomes empty if it was never set.
pub fn put(turn: &mut Turn<'_>, target: &Target) -> Result<Answer, Answer> {
    let given = properties(turn.request)?;
    begin_write(turn, target)?;
    let mut changed = false;
    if let Some(site) = turn.world.site_mut(&target.address.site) {
        let before = site.sticky.clone();
        let sticky = &mut site.sticky;
        for (key, list) in [
            ("connectionStringNames", &mut sticky.connection_strings),
            ("appSettingNames", &mut sticky.app_settings),
            ("azureStorageConfigNames", &mut sticky.azure_storage),
        ] {
            match given.get(key).and_then(Value::as_array) {
                Some(names) => {
                    let names = names.iter().filter_map(Value::as_str).map(str::to_owned);
                    *list = Some(names.collect());
                }
                None => *list = Some(list.take().unwrap_or_default()),
            }
        }
        changed = before != site.sticky;
    }
    if changed {
        let detail = detail([("app", json!(target.address.to_string()))]);
        turn.record(Effect::SlotConfigNamesSet, target.address.to_string(), detail);
    }
    Ok(get(turn, target))
}
