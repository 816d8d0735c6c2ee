//! Where an environment's lock is that several machines see.

use serde_json::Value;
use std::collections::BTreeMap;

/// The section of an environment file that names a shared lock.
const LOCK_SECTION: &str = "lock";

/// Where the lock is that several machines see, where the environment names one.
pub fn shared_lock(sections: &BTreeMap<String, Value>) -> Option<String> {
    let section = sections.get(LOCK_SECTION)?;
    let parts = ["account", "container", "blob"].map(|key| section[key].as_str().unwrap_or("?"));
    Some(parts.join("/"))
}
