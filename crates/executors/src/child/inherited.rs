//! What of windlass's own environment a child sees. The rest can hold secrets and is given by name
//! only. It must not know any child.

use windlass_sys::env;

/// The names.
const INHERITED: [&str; 14] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "TERM",
    "SSH_AUTH_SOCK",
    "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME",
];

/// The variables, with their values.
pub fn variables() -> impl Iterator<Item = (&'static str, String)> {
    INHERITED.into_iter().filter_map(|name| Some((name, env::var(name)?)))
}
