//! Long lines for a terminal: broken between words, with the rest below the first line's own text.
//! It must not know who reads the lines; for a pipe nobody breaks them.

use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

/// Columns of a terminal that does not tell.
const WIDTH_UNKNOWN: usize = 80;

/// Narrowest text that is worth a line of its own: below it, a terminal breaks lines better.
const WIDTH_MIN: usize = 20;

/// The width of a terminal.
pub fn width(terminal: &console::Term) -> usize {
    terminal.size_checked().map_or(WIDTH_UNKNOWN, |(_, columns)| columns.into())
}

/// Each line broken at a width. Commands stay whole, so that they can be copied.
pub fn wrap(text: &str, width: usize) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| wrap_line(line, width)).collect();
    lines.join("\n")
}

fn wrap_line(line: &str, width: usize) -> String {
    let head = head(line, width);
    let hang = console::measure_text_width(&line[..head]);
    let fits = console::measure_text_width(line) <= width;
    if fits || is_command(line) || hang + WIDTH_MIN > width {
        return line.to_owned();
    }
    let indent = " ".repeat(hang);
    let options = Options::new(width)
        .initial_indent(&line[..head])
        .subsequent_indent(&indent)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    textwrap::fill(&line[head..], options)
}

fn is_command(line: &str) -> bool {
    let line = line.trim_start();
    line.strip_prefix("hint: ").unwrap_or(line).starts_with("windlass ")
}

/// Bytes of the part that stands out to the left: a column of a table where two blanks end one in
/// the first half, else the indentation and its mark.
fn head(line: &str, width: usize) -> usize {
    let text = line.trim_start();
    let indent = line.len() - text.len();
    let gap = text.find("  ").map(|at| {
        let rest = text[at..].trim_start();
        line.len() - rest.len()
    });
    let in_first_half = |end: &usize| console::measure_text_width(&line[..*end]) <= width / 2;
    if let Some(end) = gap.filter(in_first_half) {
        return end;
    }
    let mark = text.starts_with("- ") || text.starts_with("= ");
    indent + if mark { 2 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_stands_below_its_own_column() {
        let line =
            "  1. restore_backup  azure.sql.copy_database  from=backup to=dispatcherqa4prod7";
        let rest = format!("{}to=dispatcherqa4prod7", " ".repeat(21));
        let first = "  1. restore_backup  azure.sql.copy_database  from=backup";
        assert_eq!(wrap(line, 60), format!("{first}\n{rest}"));
        let bullet = "  - qa4 and qa4rnapi are STOPPED by this run";
        assert_eq!(wrap(bullet, 30), "  - qa4 and qa4rnapi are\n    STOPPED by this run");
    }

    #[test]
    fn what_fits_what_is_one_word_and_what_is_copied_stays_whole() {
        let path = format!("  {}", "/long".repeat(30));
        assert_eq!(wrap(&path, 40), path);
        let command = "  hint: windlass --store /a/very/long/path/to/a/store resume run_0193f0";
        assert_eq!(wrap(command, 40), command);
        assert_eq!(wrap("short\n\nlines", 40), "short\n\nlines");
        let narrow = "  a_step  does something or other that is long";
        assert_eq!(wrap(narrow, 24), narrow, "no column is left for a word");
    }
}
