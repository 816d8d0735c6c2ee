//! Names that a workflow can have for its steps, inputs and resources.

use std::collections::BTreeSet;

/// Longest name that is made of words: what a line of a terminal shows beside the rest.
const NAME_CHARS_MAX: usize = 40;

/// Words that an expression reads as its own.
const RESERVED: [&str; 16] = [
    "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function",
    "if", "let", "loop", "item", "run",
];

/// A name made of words: lower case letters, digits and `_`, beginning with a letter.
pub fn as_name(text: &str) -> String {
    let mut name = String::new();
    for word in text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        if !name.is_empty() && name.len() + word.len() >= NAME_CHARS_MAX {
            break;
        }
        if !name.is_empty() {
            name.push('_');
        }
        name.extend(word.chars().take(NAME_CHARS_MAX).map(|c| c.to_ascii_lowercase()));
    }
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        name.insert_str(0, if name.is_empty() { "step" } else { "step_" });
    }
    if RESERVED.contains(&name.as_str()) {
        name.push('_');
    }
    name
}

/// Names that are taken.
#[derive(Clone, Debug, Default)]
pub struct Ids {
    taken: BTreeSet<String>,
}

impl Ids {
    /// The name itself, or with the first number that makes it free.
    pub fn take(&mut self, name: &str) -> String {
        let mut free = name.to_owned();
        let mut count = 2;
        while !self.taken.insert(free.clone()) {
            free = format!("{name}_{count}");
            count += 1;
        }
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_gives_a_name() {
        assert_eq!(as_name("Stop prod2, please!"), "stop_prod2_please");
        assert_eq!(as_name("1.2 Increment"), "step_1_2_increment");
        assert_eq!(as_name("§ ё"), "step");
        assert_eq!(as_name("In"), "in_");
        assert!(as_name(&"long ".repeat(50)).len() <= NAME_CHARS_MAX);
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let mut ids = Ids::default();
        assert_eq!([ids.take("a"), ids.take("a"), ids.take("a")], ["a", "a_2", "a_3"]);
    }
}
