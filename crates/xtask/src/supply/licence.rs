//! Decides whether a licence expression can be met by the licences that are allowed. It must not
//! know which ones those are.

/// Says whether an SPDX expression (`A OR (B AND C WITH D)`, or the older `A/B`) can be met.
///
/// An expression that cannot be read cannot be met.
pub fn allowed(expression: &str, licences: &[&str]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader { words: &words, at: 0, licences };
    reader.either() == Some(true) && reader.at == words.len()
}

struct Reader<'a> {
    words: &'a [&'a str],
    at: usize,
    licences: &'a [&'a str],
}

impl Reader<'_> {
    fn eat(&mut self, word: &str) -> bool {
        let found = self.words.get(self.at) == Some(&word);
        self.at += usize::from(found);
        found
    }

    fn either(&mut self) -> Option<bool> {
        let mut met = self.both()?;
        while self.eat("OR") {
            met |= self.both()?;
        }
        Some(met)
    }

    fn both(&mut self) -> Option<bool> {
        let mut met = self.one()?;
        while self.eat("AND") {
            met &= self.one()?;
        }
        Some(met)
    }

    fn one(&mut self) -> Option<bool> {
        if self.eat("(") {
            let met = self.either()?;
            return self.eat(")").then_some(met);
        }
        let mut name = (*self.words.get(self.at)?).to_owned();
        self.at += 1;
        if self.eat("WITH") {
            name = format!("{name} WITH {}", self.words.get(self.at)?);
            self.at += 1;
        }
        Some(self.licences.contains(&name.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::allowed;

    const LICENCES: [&str; 3] = ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"];

    #[test]
    fn a_choice_needs_one_and_a_sum_needs_all() {
        for expression in
            ["MIT", "GPL-3.0 OR MIT", "GPL-3.0/ISC", "(GPL-3.0 OR MIT) AND ISC", "MIT AND ISC"]
        {
            assert!(allowed(expression, &LICENCES), "{expression}");
        }
        for expression in ["GPL-3.0", "MIT AND GPL-3.0", "Apache-2.0", "(MIT OR ISC) AND GPL-3.0"] {
            assert!(!allowed(expression, &LICENCES), "{expression}");
        }
    }

    #[test]
    fn an_exception_belongs_to_its_licence() {
        assert!(allowed("Apache-2.0 WITH LLVM-exception", &LICENCES));
        assert!(!allowed("MIT WITH LLVM-exception", &LICENCES));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for expression in ["", "MIT OR", "(MIT", "MIT)", "MIT ISC", "OR MIT", "MIT WITH"] {
            assert!(!allowed(expression, &LICENCES), "{expression}");
        }
    }
}
