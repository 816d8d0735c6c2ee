//! What the parser of expressions says, in our words and with what was probably meant.

/// A message and what to write instead, from the parser's message and the expression.
pub fn explain(parser_says: &str, source: &str) -> (String, String) {
    let says = parser_says.trim_start_matches("Syntax error: ");
    let offending = quoted(says).unwrap_or_default();
    let message = if says.contains("'<EOF>'") && !says.starts_with("extraneous") {
        "the expression ends too early".to_owned()
    } else if says.starts_with("unsupported syntax") || says.contains("reserved identifier") {
        says.to_owned()
    } else if says.contains("argument must be a simple name") {
        "the first argument of a quantifier is a name for the element: `list.all(x, x > 0)`"
            .to_owned()
    } else if says.contains("invalid argument to has()") {
        "`has(…)` takes a path with a dot: `has(steps.copy.outputs)`".to_owned()
    } else if offending.is_empty() || offending.len() > QUOTED_BYTES_MAX {
        "this is no expression".to_owned()
    } else {
        format!("`{offending}` does not belong here")
    };
    (message, hint(source, offending))
}

/// Longest piece of an expression repeated in a message.
const QUOTED_BYTES_MAX: usize = 40;

fn quoted(says: &str) -> Option<&str> {
    let (_, rest) = says.split_once('\'')?;
    let (word, _) = rest.rsplit_once('\'')?;
    Some(word.split('\'').next().unwrap_or(word).trim())
}

fn hint(source: &str, offending: &str) -> String {
    let word =
        |word: &str| source.split(|c: char| !c.is_alphanumeric() && c != '_').any(|w| w == word);
    let bare = source.replace("==", "").replace("!=", "").replace("<=", "").replace(">=", "");
    let hint = if source.contains("===") {
        "write `==`"
    } else if bare.contains('=') {
        "`==` compares; there is no assignment"
    } else if word("and") {
        "write `&&` for `and`"
    } else if word("or") {
        "write `||` for `or`"
    } else if word("not") {
        "write `!` for `not`"
    } else if source.contains("${{") || source.contains("}}") {
        "this key is an expression already: drop `${{` and `}}`"
    } else if source.contains("$(") || source.contains("$[") {
        "values are named without `$`: `inputs.n`, `steps.copy.outputs.database`"
    } else if offending.starts_with('"') || odd(source, '\'') || odd(source, '"') {
        "a text needs a quote at both ends"
    } else if source.matches('(').count() != source.matches(')').count() {
        "count the brackets: one is not closed, or closed twice"
    } else if source.contains(" - ") || source.contains('-') && offending.contains('-') {
        "names have `_` where other formats have `-`"
    } else {
        "an expression is built from names (`inputs.n`), texts in quotes, `==`, `!=`, `&&`, `||`, \
            `!`, `in` and functions"
    };
    hint.to_owned()
}

fn odd(source: &str, quote: char) -> bool {
    source.matches(quote).count() % 2 == 1
}
