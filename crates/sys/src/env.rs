//! The one home of reading this process's environment. It must not know any child.

/// What of this process's environment a child sees: the rest can hold secrets, and is given by name
/// only.
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

/// The value of a variable; none where it is absent, empty or no UTF-8.
#[expect(clippy::disallowed_methods, reason = "this is the home of reading the environment")]
pub fn var(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether the variable is there at all, empty or not.
#[expect(clippy::disallowed_methods, reason = "this is the home of reading the environment")]
pub fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some()
}

/// The variables that every child sees, with their values.
pub fn inherited() -> impl Iterator<Item = (&'static str, String)> {
    INHERITED.into_iter().filter_map(|name| Some((name, var(name)?)))
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_not_there_is_none() {
        assert_eq!(super::var("WINDLASS_NO_SUCH_VARIABLE"), None);
        assert!(!super::is_set("WINDLASS_NO_SUCH_VARIABLE"));
        assert!(super::var("PATH").is_some());
    }
}
