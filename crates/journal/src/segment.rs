//! Names of the files in a journal's folder. Pure.

/// A file that is being filled with zeros; one that a crash has left is worth nothing.
pub const UNFINISHED: &str = "unfinished";

/// The file of a segment.
pub fn name(number: u64) -> String {
    format!("segment-{number:012}")
}

/// A segment that was given back and waits to be used again.
pub fn spare_name(number: u64) -> String {
    format!("spare-{number:012}")
}

/// The number of a segment's file.
pub fn number_of(name: &str) -> Option<u64> {
    let digits = name.strip_prefix("segment-")?;
    digits.parse().ok().filter(|number| self::name(*number) == name)
}

/// Whether a file is a spare one.
pub fn is_spare(name: &str) -> bool {
    name.starts_with("spare-")
}
