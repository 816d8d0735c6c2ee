//! The fence around the parser of expressions, which can overflow the stack: what is too long or
//! nested too deeply never reaches it, and the rest is read in a thread with a stack of its own.

use std::ops::Range;

/// Longest expression, in bytes. A condition of ten lines is long.
pub const EXPRESSION_BYTES_MAX: usize = 4096;

/// Deepest nesting of brackets. The parser needs up to 170 KiB of stack for each in a debug build.
pub const BRACKETS_MAX: usize = 32;

/// Operators that stack up without brackets (`!!!!`, `- - -`, `a ? b : c ? …`), counted over the
/// whole text.
const STACKING_MAX: usize = 64;

/// Stack of the thread that reads an expression: the fence's limits need a fifth of it.
const STACK_BYTES: usize = 32 * 1024 * 1024;

/// The name of that thread: a panic in it is the parser's, is caught, and refuses the expression.
pub const READER: &str = "windlass-expression";

/// Why an expression is not even tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Nothing in it.
    Empty,
    /// Too long.
    TooLong,
    /// Too many brackets within each other.
    TooDeep,
    /// A control character or such.
    Character,
}

/// Whether the parser may see it; where not, the place.
pub fn admit(source: &str) -> Result<(), (Refused, Range<usize>)> {
    if source.trim().is_empty() {
        return Err((Refused::Empty, 0..source.len()));
    }
    if source.len() > EXPRESSION_BYTES_MAX {
        return Err((Refused::TooLong, 0..source.len()));
    }
    let mut open = 0usize;
    let mut stacking = 0usize;
    let mut quote: Option<char> = None;
    let mut escaped = false;
    for (at, c) in source.char_indices() {
        if let Some(end) = quote {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                c if c == end => quote = None,
                _ => {}
            }
            continue;
        }
        match c {
            '"' | '\'' => quote = Some(c),
            '(' | '[' | '{' => open += 1,
            ')' | ']' | '}' => open = open.saturating_sub(1),
            '!' | '?' => stacking += 1,
            '-' => stacking += 1,
            '\t' | '\n' | '\r' => {}
            c if c.is_control() => return Err((Refused::Character, at..at + c.len_utf8())),
            _ => {}
        }
        if open > BRACKETS_MAX || stacking > STACKING_MAX {
            return Err((Refused::TooDeep, at..at + c.len_utf8()));
        }
    }
    Ok(())
}

/// Runs `work` on a large stack. Nothing where it panicked or no thread could be had.
pub fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name(READER.to_owned()).stack_size(STACK_BYTES);
        thread.spawn_scoped(scope, work).ok()?.join().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bombs_stay_outside() {
        let nested = |n: usize| format!("{}1{}", "(".repeat(n), ")".repeat(n));
        assert_eq!(admit(&nested(BRACKETS_MAX)), Ok(()));
        assert!(matches!(admit(&nested(BRACKETS_MAX + 1)), Err((Refused::TooDeep, _))));
        assert!(matches!(admit(&"!".repeat(500)), Err((Refused::TooDeep, _))));
        assert!(matches!(admit("  "), Err((Refused::Empty, _))));
        assert!(matches!(admit(&"a".repeat(9999)), Err((Refused::TooLong, _))));
        assert_eq!(admit(&format!("'{}'", "(".repeat(99))), Ok(()));
    }
}
