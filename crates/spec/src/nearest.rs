//! The name that somebody may have meant.

/// The candidate closest to what was written, where it is close enough to be meant.
pub fn nearest<'a>(
    written: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let low = written.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (distance(&low, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= allowed(&low, candidate))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// "did you mean `x`?", or a list of what there is where nothing is near.
pub fn did_you_mean<'a>(
    written: &str,
    candidates: impl IntoIterator<Item = &'a str> + Clone,
) -> String {
    if let Some(near) = nearest(written, candidates.clone()) {
        return format!("did you mean `{near}`?");
    }
    let all: Vec<_> = candidates.into_iter().collect();
    match all.len() {
        0 => String::new(),
        1..=LISTED_MAX => format!("there is: {}", quoted(&all)),
        n => format!("there is: {} and {} more", quoted(&all[..LISTED_MAX]), n - LISTED_MAX),
    }
}

/// Names listed where none is near: what fits two lines.
const LISTED_MAX: usize = 12;

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// A third of the letters may differ, and two of a longer word; of a short word one that is not the
/// first.
fn allowed(written: &str, candidate: &str) -> usize {
    match candidate.chars().count() {
        0..=2 => {
            usize::from(!written.is_empty() && written.chars().next() == candidate.chars().next())
        }
        3..=4 => 1,
        length => (length / 3).max(2),
    }
}

/// Longest name compared, in characters; beyond it nothing is near.
const COMPARED_CHARS_MAX: usize = 100;

/// Insertions, deletions, replacements and swaps of neighbours between two words.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len() > COMPARED_CHARS_MAX || b.len() > COMPARED_CHARS_MAX {
        return usize::MAX;
    }
    let mut rows = vec![vec![0usize; b.len() + 1]; a.len() + 1];
    rows[0] = (0..=b.len()).collect();
    for i in 1..=a.len() {
        rows[i][0] = i;
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_near_names_are_offered() {
        let keys = ["needs", "uses", "if", "id", "with", "timeout"];
        assert_eq!(nearest("neesd", keys), Some("needs"));
        assert_eq!(nearest("Timeout", keys), Some("timeout"));
        assert_eq!(nearest("xd", keys), None);
        assert_eq!(nearest("nn", ["n", "who"]), Some("n"));
        assert_eq!(nearest("", keys), None);
        assert_eq!(did_you_mean("zebra", ["a", "b"]), "there is: `a`, `b`");
    }
}
