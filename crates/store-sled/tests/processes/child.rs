//! This program as a child that talks in lines, and dies by SIGKILL.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

/// A running child. Dropping it kills it.
pub struct Killed {
    child: Child,
    /// Its whole lines, until it ends.
    pub lines: Receiver<String>,
}

impl Killed {
    /// Starts this program with other arguments.
    pub fn start(arguments: &[&str]) -> Self {
        let program = std::env::current_exe().unwrap();
        let mut command = Command::new(program);
        let mut child = command.args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let (line_ready, lines) = channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            while out.read_line(&mut line).unwrap_or(0) > 0 && line.ends_with('\n') {
                if line_ready.send(line.trim_end().to_owned()).is_err() {
                    return;
                }
                line.clear();
            }
        });
        Self { child, lines }
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills it and gives the lines that it had said.
    pub fn kill(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        let status = self.child.wait().unwrap();
        assert!(status.code().is_none(), "the child ended by itself: {status}");
        self.lines.iter().collect()
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        // Where it is dead already both only say so.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
