//! The terminal that a screen is drawn on: a screen of its own without a cursor, on which only rows
//! that changed are written anew, so that a slow line can follow. Whatever happens, the terminal is
//! given back as it was.

use super::sheet::Line;
use crate::render::quiet_keys::QuietKeys;
use console::Term;
use std::io::Write;

/// Turns to the terminal's other screen, and comes back from it.
const OTHER_SCREEN: &str = "\x1b[?1049h";
const FIRST_SCREEN: &str = "\x1b[?1049l";

/// Rows and columns of a terminal that does not tell.
const SIZE_UNKNOWN: (u16, u16) = (24, 80);

/// A terminal's other screen, as long as it lives.
pub struct Paper {
    term: Term,
    size: (u16, u16),
    shown: Vec<Line>,
    _keys: QuietKeys,
}

impl Paper {
    /// Takes the screen.
    pub fn take() -> Self {
        let mut term = Term::buffered_stdout();
        let keys = QuietKeys::mute();
        // A terminal that went away has nobody to show anything to.
        let _ = term.write_all(OTHER_SCREEN.as_bytes());
        let _ = term.hide_cursor();
        Self { term, size: (0, 0), shown: Vec::new(), _keys: keys }
    }

    /// Columns and rows, as they are now.
    pub fn size(&self) -> (usize, usize) {
        let (rows, columns) = self.term.size_checked().unwrap_or(SIZE_UNKNOWN);
        (columns.into(), rows.into())
    }

    /// Draws rows in the place of those that stand there.
    pub fn draw(&mut self, lines: Vec<Line>) {
        let size = self.term.size_checked().unwrap_or(SIZE_UNKNOWN);
        if size != self.size {
            self.size = size;
            self.shown.clear();
            let _ = self.term.clear_screen();
        }
        for at in 0..lines.len().max(self.shown.len()) {
            if lines.get(at) == self.shown.get(at) {
                continue;
            }
            let _ = self.term.move_cursor_to(0, at);
            let _ = self.term.clear_line();
            if let Some((text, mark)) = lines.get(at) {
                let _ = self.term.write_all(mark.paint(text).as_bytes());
            }
        }
        let _ = self.term.flush();
        self.shown = lines;
    }
}

impl Drop for Paper {
    fn drop(&mut self) {
        let _ = self.term.show_cursor();
        let _ = self.term.write_all(FIRST_SCREEN.as_bytes());
        let _ = self.term.flush();
    }
}
