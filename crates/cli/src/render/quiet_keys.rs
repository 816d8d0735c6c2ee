//! Keeps the terminal from showing what is typed where something is drawn: `^C` moves the cursor to
//! another line, and the live view would then leave its first line behind.

use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcsetattr,
};
use std::io::stdin;

/// As long as it lives, controls that are typed leave no mark.
pub struct QuietKeys {
    before: Option<Termios>,
    /// Whether keys are nobody's: then they are not left for the shell either.
    mute: bool,
}

impl QuietKeys {
    /// Asks for it. Where stdin is no terminal there is nothing to keep quiet.
    pub fn ask() -> Self {
        Self::without(LocalModes::ECHOCTL, false)
    }

    /// Asks that no key leaves a mark, where none of them means anything but Ctrl-C.
    pub fn mute() -> Self {
        Self::without(LocalModes::ECHOCTL | LocalModes::ECHO, true)
    }

    fn without(marks: LocalModes, mute: bool) -> Self {
        let before = tcgetattr(stdin()).ok().filter(|t| t.local_modes.intersects(marks));
        if let Some(before) = &before {
            let mut quiet = before.clone();
            quiet.local_modes.remove(marks);
            // A terminal that refuses shows the mark, and that is all.
            let _ = tcsetattr(stdin(), OptionalActions::Now, &quiet);
        }
        Self { before, mute }
    }
}

impl Drop for QuietKeys {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            if self.mute {
                let _ = tcflush(stdin(), QueueSelector::IFlush);
            }
            let _ = tcsetattr(stdin(), OptionalActions::Now, before);
        }
    }
}
