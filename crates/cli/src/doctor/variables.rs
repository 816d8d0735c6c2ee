//! The variables in effect. Values that may hold secrets are not shown.

use super::finding::Finding;
use windlass_sys::env;

/// Variables that move what windlass writes: shown with their values.
const PLACES: [&str; 4] = ["WINDLASS_STORE", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "HOME"];

/// Variables that change how it behaves: only said to be set.
const OTHERS: [&str; 12] = [
    "WINDLASS_KEY_COMMAND",
    "WINDLASS_LOG",
    "NO_COLOR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "AZURE_CLIENT_ID",
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_FEDERATED_TOKEN_FILE",
    "IDENTITY_ENDPOINT",
    "AZURE_CONFIG_DIR",
];

/// Says which are set.
pub fn look() -> Finding {
    let shown = PLACES.iter().filter_map(|name| Some(format!("{name}={}", env::var(name)?)));
    let set = OTHERS.iter().filter(|name| env::is_set(name)).map(|name| format!("{name} (set)"));
    let all: Vec<String> = shown.chain(set).collect();
    match all.as_slice() {
        [] => Finding::fine("variables", "none is set"),
        all => Finding::fine("variables", all.join(", ")),
    }
}
