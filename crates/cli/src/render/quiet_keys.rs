//! Keeps the terminal from showing `^C` where the live view draws: the mark moves the cursor to
//! another line, and the view would then leave its first line behind.

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::io::stdin;

/// As long as it lives, controls that are typed leave no mark.
pub struct QuietKeys {
    before: Option<Termios>,
}

impl QuietKeys {
    /// Asks for it. Where stdin is no terminal there is nothing to keep quiet.
    pub fn ask() -> Self {
        let before =
            tcgetattr(stdin()).ok().filter(|t| t.local_modes.contains(LocalModes::ECHOCTL));
        if let Some(before) = &before {
            let mut quiet = before.clone();
            quiet.local_modes.remove(LocalModes::ECHOCTL);
            // A terminal that refuses shows the mark, and that is all.
            let _ = tcsetattr(stdin(), OptionalActions::Now, &quiet);
        }
        Self { before }
    }
}

impl Drop for QuietKeys {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            let _ = tcsetattr(stdin(), OptionalActions::Now, before);
        }
    }
}
