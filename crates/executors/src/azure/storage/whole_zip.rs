//! Whether a file ends as a zip ends: the list of its parts stands last, so a file that was cut off
//! or is still written has none. It must not know where the file lies.

/// How the record at the end of a zip begins.
const RECORD: &[u8] = b"PK\x05\x06";

/// How long that record is without a comment.
const RECORD_BYTES: usize = 22;

/// Where in it the length of the comment stands.
const COMMENT_AT: usize = 20;

/// The longest end of a zip: the record and the longest comment.
pub const END_BYTES_MAX: u64 = 22 + 65_535;

/// Says whether these last bytes of a file are those of a whole zip.
pub fn ends_whole(last: &[u8]) -> bool {
    let Some(latest) = last.len().checked_sub(RECORD_BYTES) else { return false };
    (0..=latest).rev().any(|at| {
        let comment = [last[at + COMMENT_AT], last[at + COMMENT_AT + 1]];
        let comment = usize::from(u16::from_le_bytes(comment));
        last[at..].starts_with(RECORD) && at + RECORD_BYTES + comment == last.len()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_end_is_no_end() {
        let mut zip = b"PK\x03\x04 parts".to_vec();
        zip.extend_from_slice(RECORD);
        zip.extend_from_slice(&[0; 16]);
        zip.extend_from_slice(&[2, 0]);
        zip.extend_from_slice(b"ok");
        assert!(ends_whole(&zip));
        for length in 0..zip.len() {
            assert!(!ends_whole(&zip[..length]), "{length}");
        }
        zip.push(0);
        assert!(!ends_whole(&zip), "something was written behind it");
    }
}
