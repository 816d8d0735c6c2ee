//! Splits Rust text into code, comments and strings, byte for byte, so that a rule about code is
//! not misled by prose. It knows nothing of grammar beyond that.

/// One file in three layers of equal length: what is not of a layer is blank there.
#[derive(Debug)]
pub struct Layers {
    /// Everything outside comments and literals.
    pub code: String,
    /// Comments, doc comments among them, with their slashes.
    pub comments: String,
    /// What stands between the quotes of strings and characters.
    pub strings: String,
}

/// Which layer a byte belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layer {
    Code,
    Comment,
    Text,
}

/// Splits a file.
pub fn split(text: &str) -> Layers {
    let bytes = text.as_bytes();
    let mut layers = vec![Layer::Code; bytes.len()];
    let mut at = 0;
    while at < bytes.len() {
        at = next(bytes, at, &mut layers);
    }
    let pick = |layer| {
        let picked = bytes.iter().zip(&layers).map(|(&byte, &its)| match its == layer {
            true => byte,
            false if byte == b'\n' => b'\n',
            false => b' ',
        });
        String::from_utf8_lossy(&picked.collect::<Vec<u8>>()).into_owned()
    };
    Layers { code: pick(Layer::Code), comments: pick(Layer::Comment), strings: pick(Layer::Text) }
}

/// Marks what begins at `at` and returns where the next thing begins.
fn next(bytes: &[u8], at: usize, layers: &mut [Layer]) -> usize {
    let rest = &bytes[at..];
    if rest.starts_with(b"//") {
        let end = at + rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
        layers[at..end].fill(Layer::Comment);
        return end;
    }
    if rest.starts_with(b"/*") {
        let end = at + block_comment(rest);
        layers[at..end].fill(Layer::Comment);
        return end;
    }
    if is_word(rest[0]) {
        let length = rest.iter().position(|&byte| !is_word(byte)).unwrap_or(rest.len());
        if let Some((open, close)) = raw_string(rest, length) {
            layers[at + open..at + close].fill(Layer::Text);
            return (at + close + 1).min(bytes.len());
        }
        return at + length;
    }
    match rest[0] {
        b'"' => {
            let close = at + 1 + quoted(&rest[1..], b'"');
            layers[at + 1..close].fill(Layer::Text);
            (close + 1).min(bytes.len())
        }
        b'\'' => match character(rest) {
            Some(length) => {
                layers[at + 1..at + length - 1].fill(Layer::Text);
                at + length
            }
            None => at + 1,
        },
        _ => at + 1,
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Returns the length of a block comment; they nest.
fn block_comment(rest: &[u8]) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// Returns the inside of a raw string whose prefix (`r`, `br`, `cr`) is the word before it.
fn raw_string(rest: &[u8], word: usize) -> Option<(usize, usize)> {
    if !matches!(&rest[..word], b"r" | b"br" | b"cr") {
        return None;
    }
    let hashes = rest[word..].iter().take_while(|&&byte| byte == b'#').count();
    if rest.get(word + hashes) != Some(&b'"') {
        return None;
    }
    let open = word + hashes + 1;
    let closing = [b"\"".to_vec(), vec![b'#'; hashes]].concat();
    let inside = rest[open..].windows(closing.len()).position(|window| window == closing);
    Some((open, open + inside.unwrap_or(rest.len() - open)))
}

/// Returns how many bytes come before the closing quote.
fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 0;
    while at < rest.len() && rest[at] != quote {
        at += if rest[at] == b'\\' { 2 } else { 1 };
    }
    at.min(rest.len())
}

/// Returns the length of a character literal, or `None` for a lifetime.
fn character(rest: &[u8]) -> Option<usize> {
    if rest.get(1) == Some(&b'\\') {
        return Some((2 + quoted(&rest[1..], b'\'')).min(rest.len()));
    }
    // A character is at most four bytes long; a lifetime has no quote after its first letter.
    let inside = std::str::from_utf8(&rest[1..rest.len().min(5)])
        .unwrap_or_else(|error| {
            std::str::from_utf8(&rest[1..1 + error.valid_up_to()]).unwrap_or("")
        })
        .chars()
        .next()?
        .len_utf8();
    (rest.get(1 + inside) == Some(&b'\'')).then_some(inside + 2)
}

#[cfg(test)]
mod tests {
    use super::split;

    fn squeeze(text: &str) -> String {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn comments_and_strings_are_no_code() {
        let layers = split("let a = \"x // y\"; // note \"z\"\nlet b = 1; /* c /* d */ e */ f();");
        assert_eq!(squeeze(&layers.code), "let a = \" \"; let b = 1; f();");
        assert_eq!(squeeze(&layers.comments), "// note \"z\" /* c /* d */ e */");
        assert_eq!(squeeze(&layers.strings), "x // y");
    }

    #[test]
    fn raw_strings_end_where_their_hashes_do() {
        let layers = split("f(r#\"a \" b\"#, br\"c\", g);");
        assert_eq!(squeeze(&layers.strings), "a \" b c");
        assert_eq!(squeeze(&layers.code), "f(r#\" \"#, br\" \", g);");
    }

    #[test]
    fn lifetimes_are_no_characters() {
        let layers = split("fn f<'a>(x: &'a str) { g('\"', '\\'', 'ä', '\\u{1F600}') } // c");
        assert_eq!(squeeze(&layers.strings), "\" \\' ä \\u{1F600}");
        assert_eq!(squeeze(&layers.comments), "// c");
    }

    #[test]
    fn every_layer_keeps_lines_and_length() {
        let text = "a // ü\n\"b\nc\"\n";
        let layers = split(text);
        for layer in [&layers.code, &layers.comments, &layers.strings] {
            assert_eq!(layer.len(), text.len());
            assert_eq!(layer.lines().count(), text.lines().count());
        }
    }

    #[test]
    fn an_unfinished_literal_does_not_panic() {
        for text in ["\"", "\"a\\", "'", "'\\", "r#\"", "/*", "b'", "r", "'é", "/", "'😀"] {
            split(text);
        }
    }
}
