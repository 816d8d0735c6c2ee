//! Every program that a command and its descendants began, with its arguments and variables, as the
//! kernel was told: none lives too shortly to be seen.

use std::path::Path;

/// One program that was begun.
#[derive(Debug, Default)]
pub struct Exec {
    /// Its file.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Its variables, each `NAME=value`.
    pub variables: Vec<String>,
}

impl Exec {
    /// The name of its file.
    pub fn name(&self) -> &str {
        self.program.rsplit('/').next().unwrap_or_default()
    }

    /// Whether it has a variable whose words begin so.
    pub fn has(&self, begin: &str) -> bool {
        self.variables.iter().any(|variable| variable.starts_with(begin))
    }

    /// Reads `PID execve("FILE", ["ARGUMENT", …], ["NAME=value", …]…`.
    fn read(line: &str) -> Option<Self> {
        let (_, call) = line.split_once("execve(")?;
        let (mut lists, mut exec) = (0, Self::default());
        let mut rest = call.chars();
        while let Some(c) = rest.next() {
            match c {
                '[' => lists += 1,
                '"' => {
                    let text = quoted(&mut rest);
                    match lists {
                        0 => exec.program = text,
                        1 => exec.arguments.push(text),
                        _ => exec.variables.push(text),
                    }
                }
                ')' | '<' => break,
                _ => {}
            }
        }
        Some(exec)
    }
}

/// A text up to its closing quote; what is escaped stays so.
fn quoted(rest: &mut std::str::Chars<'_>) -> String {
    let mut text = String::new();
    while let Some(c) = rest.next() {
        match c {
            '"' => break,
            '\\' => text.extend([c].into_iter().chain(rest.next())),
            c => text.push(c),
        }
    }
    text
}

/// What a log of strace holds.
pub fn read(log: &Path) -> Vec<Exec> {
    std::fs::read_to_string(log).unwrap().lines().filter_map(Exec::read).collect()
}

#[test]
fn a_line_of_strace_is_taken_apart() {
    let line = r#"17 execve("/bin/sh", ["sh", "-c", "echo \"]) <\" "], ["A=b c", "D="]) = 0"#;
    let exec = Exec::read(line).unwrap();
    assert_eq!((exec.name(), exec.arguments.len()), ("sh", 3), "{exec:?}");
    assert_eq!(exec.variables, ["A=b c", "D="]);
    let cut = Exec::read(r#"18 execve("/bin/a", ["a"], ["X=1"] <unfinished ...>"#).unwrap();
    assert!(cut.has("X=") && !cut.has("Y="));
    assert!(Exec::read("17 --- SIGCHLD {si_pid=18} ---").is_none());
}
