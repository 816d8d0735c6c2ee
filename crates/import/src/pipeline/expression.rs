//! Conditions of pipelines, read: the functions of Azure Pipelines and the operators of GitHub
//! Actions are one language here. It must not know what a name stands for.

/// A condition, or a part of one.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// A text.
    Text(String),
    /// A number as it is written.
    Number(String),
    /// A truth value.
    Bool(bool),
    /// A name with its parts: `variables.x`, `needs.build.outputs.y`.
    Name(Vec<String>),
    /// A function of these: operators are functions too (`eq`, `and`, …), by their lower case name.
    Call(String, Vec<Expr>),
}

/// Deepest nesting of a condition: people write three levels.
const DEPTH_MAX: usize = 24;

/// Reads a condition; nothing where it is none that is understood.
pub fn parse(text: &str) -> Option<Expr> {
    let text = text.trim();
    let inner = text.strip_prefix("${{").and_then(|text| text.strip_suffix("}}"));
    let inner = inner.or_else(|| text.strip_prefix("$[").and_then(|text| text.strip_suffix(']')));
    let mut parser = Parser { tokens: tokens(inner.unwrap_or(text))?, at: 0, depth: 0 };
    let expr = parser.either()?;
    (parser.at == parser.tokens.len()).then_some(expr)
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Text(String),
    Word(String),
    Sign(&'static str),
}

const SIGNS: [&str; 15] =
    ["==", "!=", "&&", "||", "<=", ">=", "<", ">", "!", "(", ")", ",", "[", "]", "."];

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut all = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            let (text, after) = quoted(&rest[1..])?;
            all.push(Token::Text(text));
            rest = after;
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            all.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        } else {
            let inside = |c: char| c.is_alphanumeric() || "_-*".contains(c);
            let end = rest.find(|c: char| !inside(c)).unwrap_or(rest.len());
            if end == 0 {
                return None;
            }
            all.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        }
        rest = rest.trim_start();
    }
    Some(all)
}

/// A text up to its closing quote; two quotes are one in it.
fn quoted(mut rest: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    loop {
        let end = rest.find('\'')?;
        text.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('\'') {
            Some(more) => {
                text.push('\'');
                rest = more;
            }
            None => return Some((text, rest)),
        }
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn sign(&mut self, sign: &str) -> bool {
        let here = self.tokens.get(self.at) == Some(&Token::Sign(known(sign)));
        self.at += usize::from(here);
        here
    }

    fn either(&mut self) -> Option<Expr> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return None;
        }
        let mut parts = vec![self.both()?];
        while self.sign("||") {
            parts.push(self.both()?);
        }
        self.depth -= 1;
        Some(joined("or", parts))
    }

    fn both(&mut self) -> Option<Expr> {
        let mut parts = vec![self.compared()?];
        while self.sign("&&") {
            parts.push(self.compared()?);
        }
        Some(joined("and", parts))
    }

    fn compared(&mut self) -> Option<Expr> {
        let left = self.one()?;
        let signs =
            [("==", "eq"), ("!=", "ne"), ("<=", "le"), (">=", "ge"), ("<", "lt"), (">", "gt")];
        for (sign, name) in signs {
            if self.sign(sign) {
                let right = self.one()?;
                return Some(Expr::Call(name.to_owned(), vec![left, right]));
            }
        }
        Some(left)
    }

    fn one(&mut self) -> Option<Expr> {
        if self.sign("!") {
            self.depth += 1;
            if self.depth > DEPTH_MAX {
                return None;
            }
            let inner = self.one()?;
            self.depth -= 1;
            return Some(Expr::Call("not".to_owned(), vec![inner]));
        }
        if self.sign("(") {
            let inner = self.either()?;
            return self.sign(")").then_some(inner);
        }
        let token = self.tokens.get(self.at)?.clone();
        self.at += 1;
        match token {
            Token::Text(text) => Some(Expr::Text(text)),
            Token::Sign(_) => None,
            Token::Word(word) if word.starts_with(|c: char| c.is_ascii_digit()) => {
                let mut number = word;
                if self.sign(".") {
                    let Token::Word(rest) = self.tokens.get(self.at)?.clone() else { return None };
                    self.at += 1;
                    number = format!("{number}.{rest}");
                }
                Some(Expr::Number(number))
            }
            Token::Word(word) => self.name(word),
        }
    }

    fn name(&mut self, word: String) -> Option<Expr> {
        if self.sign("(") {
            let mut inputs = Vec::new();
            while !self.sign(")") {
                inputs.push(self.either()?);
                if !self.sign(",") && self.tokens.get(self.at) != Some(&Token::Sign(")")) {
                    return None;
                }
            }
            return Some(Expr::Call(word.to_lowercase(), inputs));
        }
        let mut parts = vec![word];
        loop {
            if self.sign(".") {
                let Token::Word(part) = self.tokens.get(self.at)?.clone() else { return None };
                self.at += 1;
                parts.push(part);
            } else if self.sign("[") {
                let Token::Text(part) = self.tokens.get(self.at)?.clone() else { return None };
                self.at += 1;
                // `variables['Build.Reason']` is one name in another spelling.
                parts.extend(part.split('.').map(str::to_owned));
                if !self.sign("]") {
                    return None;
                }
            } else {
                break;
            }
        }
        Some(match parts.as_slice() {
            [word] if word.eq_ignore_ascii_case("true") => Expr::Bool(true),
            [word] if word.eq_ignore_ascii_case("false") => Expr::Bool(false),
            _ => Expr::Name(parts),
        })
    }
}

fn known(sign: &str) -> &'static str {
    SIGNS.iter().copied().find(|known| *known == sign).unwrap_or_default()
}

fn joined(name: &str, mut parts: Vec<Expr>) -> Expr {
    match parts.len() {
        1 => parts.remove(0),
        _ => Expr::Call(name.to_owned(), parts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_give_one_tree() {
        let azure = parse("and(eq(variables['Build.Reason'], 'Manual'), not(parameters.dry))");
        let github = parse("${{ variables.Build.Reason == 'Manual' && !parameters.dry }}");
        assert!(azure.is_some());
        assert_eq!(azure, github);
        assert_eq!(parse("'it''s'"), Some(Expr::Text("it's".to_owned())));
        for broken in ["and(", "a b", "'x", "a..b", "", "$"] {
            assert_eq!(parse(broken), None, "{broken}");
        }
        assert_eq!(parse(&"(".repeat(100)), None);
    }
}
