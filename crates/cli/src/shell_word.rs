//! Words as a shell reads them back: for commands that are printed to be typed.

/// Characters that mean themselves to every shell.
const PLAIN: &str = "/._-+=:@%,";

/// A word, in quotes where a shell would make something else of it.
pub fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || PLAIN.contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::shell_word;

    #[test]
    fn what_a_shell_would_change_stands_in_quotes() {
        assert_eq!(shell_word("deploy.yaml"), "deploy.yaml");
        assert_eq!(shell_word("stop[qa4]"), "'stop[qa4]'");
        assert_eq!(shell_word("it's"), r"'it'\''s'");
        assert_eq!(shell_word(""), "''");
    }
}
