//! Reads `/proc/PID/stat`. It must not know what anybody makes of it.

use std::io;

/// A process as the kernel lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Its number.
    pub pid: u32,
    /// Whether it is a process that runs or could run, rather than one that is dead and not yet
    /// waited for.
    pub alive: bool,
    /// Its parent's number.
    pub parent: u32,
    /// The number of its process group.
    pub group: u32,
    /// When it started, in the kernel's ticks since boot: never the same for two processes of one
    /// number.
    pub start: u64,
}

/// The process of a number; none where there is none.
pub fn of(pid: u32) -> io::Result<Option<Stat>> {
    match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(text) => match parse(pid, &text) {
            Some(stat) => Ok(Some(stat)),
            None => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("/proc/{pid}/stat has a shape that is not known"),
            )),
        },
        Err(error) if gone(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// All processes that can be seen.
pub fn all() -> io::Result<Vec<Stat>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else { continue };
        found.extend(of(pid)?);
    }
    Ok(found)
}

/// A process that ends while it is read about gives one of these.
pub(crate) fn gone(error: &io::Error) -> bool {
    const ESRCH: i32 = 3;
    error.kind() == io::ErrorKind::NotFound || error.raw_os_error() == Some(ESRCH)
}

/// The name, in parentheses, may hold anything, so one counts from its end.
fn parse(pid: u32, text: &str) -> Option<Stat> {
    const AFTER_NAME: usize = 3;
    let rest = &text[text.rfind(')')? + 1..];
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let field = |number: usize| fields.get(number - AFTER_NAME).copied();
    Some(Stat {
        pid,
        alive: !matches!(field(3)?, "Z" | "X" | "x"),
        parent: field(4)?.parse().ok()?,
        // -1 while the kernel takes a process off its lists: it has no group any more, as threads
        // of the kernel have none.
        group: u32::try_from(field(5)?.parse::<i32>().ok()?).unwrap_or(0),
        start: field(22)?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_and_blanks_misleads_nobody() {
        let text = "42 (a) Z 1 (b) S 7 40 40 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 2";
        let stat = parse(42, text).unwrap();
        assert_eq!(stat, Stat { pid: 42, alive: true, parent: 7, group: 40, start: 987_654 });
        assert_eq!(parse(42, "42 (short) S 1"), None);
    }

    #[test]
    fn a_process_that_is_just_taken_off_the_lists_is_dead_and_of_no_group() {
        let text = "42 (sh) X 0 -1 -1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 2";
        let stat = parse(42, text).unwrap();
        assert_eq!(stat, Stat { pid: 42, alive: false, parent: 0, group: 0, start: 987_654 });
    }

    #[test]
    fn this_process_is_among_all() {
        let own = std::process::id();
        assert!(all().unwrap().iter().any(|stat| stat.pid == own && stat.alive));
    }
}
