//! Words and signs of Rust code with their lines: enough to follow `mod` and `use`, no more. It
//! must not know what a module is.

/// One word or sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token<'a> {
    /// Its text; `::` is one token.
    pub text: &'a str,
    /// Its line, counted from 1.
    pub line: usize,
    /// Where it begins in the text.
    pub offset: usize,
}

impl Token<'_> {
    /// Says whether it is an identifier or a keyword.
    pub fn is_word(&self) -> bool {
        self.text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
    }
}

/// Splits the code layer of a file into tokens.
pub fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut line, mut at) = (1, 0);
    while let Some(first) = code[at..].chars().next() {
        let rest = &code[at..];
        let length = if first.is_ascii_alphanumeric() || first == '_' {
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        if first == '\n' {
            line += 1;
        }
        if !first.is_whitespace() {
            tokens.push(Token { text: &rest[..length], line, offset: at });
        }
        at += length;
    }
    tokens
}

/// Returns the index after the item that begins at `from`: after its `;` or its closing brace.
pub fn after_item(tokens: &[Token<'_>], from: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(from) {
        match token.text {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => {
                depth = depth.saturating_sub(1);
                if depth == 0 && token.text == "}" {
                    return index + 1;
                }
            }
            ";" if depth == 0 => return index + 1,
            _ => {}
        }
    }
    tokens.len()
}

/// Returns the index after an attribute whose `#` is at `from`, and whether it asks for tests.
pub fn after_attribute(tokens: &[Token<'_>], from: usize) -> (usize, bool) {
    let mut depth = 0_usize;
    let mut words = Vec::new();
    for (index, token) in tokens.iter().enumerate().skip(from + 1) {
        match token.text {
            "[" => depth += 1,
            "]" => depth = depth.saturating_sub(1),
            word => words.push(word),
        }
        if depth == 0 && token.text != "!" {
            let test = words.first() == Some(&"cfg") && words.get(2) == Some(&"test")
                || words.starts_with(&["cfg", "(", "any", "(", "test"]);
            return (index + 1, test);
        }
    }
    (tokens.len(), false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_carry_their_lines() {
        let found = tokens("use a::b;\n\nfn f() {}");
        let texts: Vec<&str> = found.iter().map(|token| token.text).collect();
        assert_eq!(texts, ["use", "a", "::", "b", ";", "fn", "f", "(", ")", "{", "}"]);
        assert_eq!(found[5].line, 3);
    }

    #[test]
    fn an_item_ends_at_its_semicolon_or_brace() {
        let found = tokens("fn f(a: [u8; 2]) { g(); } use x;");
        let next = after_item(&found, 0);
        assert_eq!(found[next].text, "use");
        assert_eq!(after_item(&found, next), found.len());
    }

    #[test]
    fn an_attribute_for_tests_is_told_apart() {
        let found = tokens("#[cfg(test)] mod t; #[cfg(not(test))] mod u; #[derive(A)] struct B;");
        assert_eq!(after_attribute(&found, 0), (7, true));
        assert!(!after_attribute(&found, 10).1);
    }
}
