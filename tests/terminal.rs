//! A terminal of its own for a process: what a person sees there, and what she types.

use crate::home::Home;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::num::NonZero;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// The size of a terminal over a slow line.
const ROWS: u16 = 40;
const COLUMNS: u16 = 80;

/// Longest wait for something to appear.
const PATIENCE: Duration = Duration::from_secs(90);

/// What Ctrl-C sends.
pub const CTRL_C: &str = "\u{3}";

/// A process at a terminal.
pub struct Terminal {
    child: Child,
    keyboard: File,
    shown: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    all: String,
}

impl Terminal {
    /// Starts `windlass` at a terminal of its own.
    pub fn start(home: &Home, words: &[&str]) -> Self {
        Self::sized(home, words, COLUMNS, &[])
    }

    /// The same with so many columns, and with variables of its own.
    pub fn sized(home: &Home, words: &[&str], columns: u16, more: &[(&str, &str)]) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let size = Winsize { ws_row: ROWS, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&master, size).unwrap();
        let path = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let end =
            || -> Stdio { OpenOptions::new().read(true).write(true).open(&path).unwrap().into() };
        let plain = home.command(words);
        // Ctrl-C reaches a process by its controlling terminal only.
        let mut command = Command::new("setsid");
        command.args(["--ctty", "--wait"]).arg(plain.get_program()).args(plain.get_args());
        command.env_clear().current_dir(home.path()).env("TERM", "xterm-256color");
        command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.envs(more.iter().copied());
        let child = command.stdin(end()).stdout(end()).stderr(end()).spawn().unwrap();
        let keyboard = File::from(master);
        let mut reader = keyboard.try_clone().unwrap();
        let (send, shown) = channel();
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            // The read fails once the last process at the terminal has ended.
            while let Ok(count) = reader.read(&mut bytes) {
                if count == 0 || send.send(bytes[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        let screen = vt100::Parser::new(cells(ROWS), cells(columns), 0);
        Self { child, keyboard, shown, screen, all: String::new() }
    }

    /// Waits until the screen shows this, and returns the screen.
    pub fn until(&mut self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let seen = self.screen.screen().contents();
            if seen.contains(text) {
                return seen;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(bytes) = self.shown.recv_timeout(left) else {
                panic!("`{text}` never came\n--- screen\n{seen}\n--- all\n{}", self.all);
            };
            self.take(&bytes);
        }
    }

    /// Whether the terminal is as it was before: its first screen, with a cursor.
    pub fn is_given_back(&self) -> bool {
        let screen = self.screen.screen();
        !screen.alternate_screen() && !screen.hide_cursor()
    }

    /// Everything that was ever sent to the terminal so far.
    pub fn all(&self) -> &str {
        &self.all
    }

    /// Types.
    pub fn types(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).unwrap();
    }

    /// Waits for the end; the exit code and what the screen shows then.
    pub fn last_screen(&mut self) -> (i32, String) {
        let status = self.child.wait().unwrap();
        while let Ok(bytes) = self.shown.recv_timeout(PATIENCE) {
            self.take(&bytes);
        }
        (status.code().unwrap(), self.screen.screen().contents())
    }

    /// Waits for the end; the exit code and everything that was ever sent to the terminal.
    pub fn end(mut self) -> (i32, String) {
        let (code, _) = self.last_screen();
        (code, self.all.clone())
    }

    fn take(&mut self, bytes: &[u8]) {
        self.screen.process(bytes);
        self.all.push_str(&String::from_utf8_lossy(bytes));
    }
}

fn cells(count: u16) -> NonZero<u16> {
    NonZero::new(count).unwrap()
}

impl Drop for Terminal {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
