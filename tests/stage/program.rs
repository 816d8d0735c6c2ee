//! The released binary as a process: run to its end with a limit, killed by strace at a system
//! call, or held at a gate until its process id is known.

use std::io::{BufRead as _, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// Longest time of one command. A crash-free run takes about two seconds; a hang is a finding.
const LIMIT: Duration = Duration::from_secs(300);

/// Characters of a text that strace shows: more than any script of a test has.
const LONGEST: &str = "65536";

/// How a command ended.
pub struct Ended {
    /// Its exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

/// A command that has not begun.
pub struct Program {
    home: PathBuf,
    words: Vec<String>,
    env: Vec<(String, String)>,
}

/// The binary under test.
pub fn binary() -> PathBuf {
    std::env::var_os("WINDLASS_BIN")
        .map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_windlass")), PathBuf::from)
}

impl Program {
    /// `windlass` with these words, in a home of its own.
    pub fn new(home: &Path, words: &[&str]) -> Self {
        Self {
            home: home.to_owned(),
            words: words.iter().map(|w| (*w).to_owned()).collect(),
            env: Vec::new(),
        }
    }

    /// The same with one more variable in its environment.
    pub fn with_env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Runs it to its end.
    pub fn run(&self) -> Result<Ended, String> {
        let mut command = self.command(binary());
        command.args(&self.words);
        finish(command.spawn().map_err(|e| e.to_string())?)
    }

    /// Runs it under strace, which sends SIGKILL as it enters a system call for the n-th time in
    /// one thread.
    pub fn run_killed_at(&self, call: &str, nth: usize) -> Result<Ended, String> {
        let mut command = self.command("strace");
        command.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={call}")]);
        command.args(["-e", &format!("inject={call}:signal=KILL:when={nth}"), "--"]);
        command.arg(binary()).args(&self.words);
        finish(command.spawn().map_err(|e| format!("strace: {e}"))?)
    }

    /// Runs it to its end while strace writes down every program that it and its descendants begin.
    pub fn run_watched(&self, log: &Path) -> Result<Ended, String> {
        let mut command = self.command("strace");
        // The watcher stands aside (-D), and stays while anything lives that the command began: it
        // would hold a pipe open.
        command.args(["-D", "-f", "--seccomp-bpf", "-qq", "-v", "-s", LONGEST]);
        command.args(["-e", "trace=execve", "-o"]);
        command.arg(log).arg("--").arg(binary()).args(&self.words);
        let said = |e: std::io::Error| e.to_string();
        let (mut out, mut err) =
            (tempfile::tempfile().map_err(said)?, tempfile::tempfile().map_err(said)?);
        command.stdout(out.try_clone().map_err(said)?).stderr(err.try_clone().map_err(said)?);
        let code = finish(command.spawn().map_err(|e| format!("strace: {e}"))?)?.code;
        let read = |file: &mut std::fs::File| {
            let mut text = String::new();
            file.rewind().and_then(|()| file.read_to_string(&mut text)).map_err(said)?;
            Ok::<_, String>(text)
        };
        Ok(Ended { code, stdout: read(&mut out)?, stderr: read(&mut err)? })
    }

    /// Runs it after `armed` has been told its process id.
    pub fn run_armed(
        &self,
        armed: impl FnOnce(u32) -> Result<(), String>,
    ) -> Result<Ended, String> {
        let mut command = self.command("/bin/sh");
        command
            .args(["-c", "read gate; exec \"$@\" </dev/null", "sh"])
            .arg(binary())
            .args(&self.words);
        command.stdin(Stdio::piped());
        let mut child = command.spawn().map_err(|e| e.to_string())?;
        let told = armed(child.id());
        let opened = child.stdin.take().map_or(Ok(()), |mut gate| gate.write_all(b"go\n"));
        told?;
        opened.map_err(|e| e.to_string())?;
        finish(child)
    }

    /// Runs it and kills it some milliseconds after its n-th line on standard output, unless it has
    /// ended by then.
    pub fn run_killed_after(&self, nth: usize, millis: u64) -> Result<Ended, String> {
        self.run_killed_behind(nth, millis, |_| true)
    }

    /// The same, where only some lines count.
    pub fn run_killed_behind(
        &self,
        nth: usize,
        millis: u64,
        counts: fn(&str) -> bool,
    ) -> Result<Ended, String> {
        let mut command = self.command(binary());
        let mut child = command.args(&self.words).spawn().map_err(|e| e.to_string())?;
        let pid = child.id().to_string();
        let stdout = child.stdout.take().ok_or("it has no output")?;
        let (tell, told) = mpsc::channel();
        let reading = std::thread::spawn(move || {
            let mut text = String::new();
            for line in std::io::BufReader::new(stdout).lines().map_while(Result::ok) {
                text.push_str(&line);
                text.push('\n');
                if counts(&line) {
                    let _ = tell.send(());
                }
            }
            text
        });
        let seen = (0..nth).take_while(|_| told.recv_timeout(LIMIT).is_ok()).count();
        if seen == nth {
            let moment = std::time::Instant::now() + Duration::from_millis(millis);
            let left = || moment.saturating_duration_since(std::time::Instant::now());
            while !left().is_zero() && told.recv_timeout(left()).is_ok() {}
        }
        drop(Command::new("kill").args(["-9", &pid]).stderr(Stdio::null()).status());
        let output = child.wait_with_output().map_err(|e| e.to_string())?;
        let stdout = reading.join().map_err(|_| "its output cannot be read".to_owned())?;
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        Ok(Ended { code: output.status.code(), stdout, stderr })
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        let home = &self.home;
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", home).env("XDG_DATA_HOME", home.join("data"));
        command
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("XDG_STATE_HOME", home.join("state"));
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command.env("XDG_CACHE_HOME", home.join("cache")).env("XDG_RUNTIME_DIR", home);
        command
            .current_dir(home)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

fn finish(child: Child) -> Result<Ended, String> {
    let pid = child.id();
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || drop(tell.send(child.wait_with_output())));
    let output: Output = match told.recv_timeout(LIMIT) {
        Ok(output) => output.map_err(|e| e.to_string())?,
        Err(_) => {
            let ended = Command::new("kill").args(["-9", &pid.to_string()]).status();
            return Err(format!("no end within {LIMIT:?}; killed: {ended:?}"));
        }
    };
    Ok(Ended {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}
