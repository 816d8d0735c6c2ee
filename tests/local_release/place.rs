//! A place of its own for the local workflows: the shipped environment under another root, with
//! ports that are free. What was started there ends with it.

use crate::home::repository;
use crate::stage::{Program, expect_code};
use serde_json::Value;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// The root in the shipped file.
const ROOT: &str = "/tmp/windlass-local";

/// The ports in the shipped file.
const PORTS: [&str; 3] = ["18081", "18082", "18083"];

/// What is answered beforehand.
const CONFIRMED: [&str; 4] = ["--confirm", "delete_old=old", "--confirm", "confirmed=shopold"];

/// The place.
pub struct Place {
    folder: TempDir,
    environment: PathBuf,
    ports: Vec<String>,
}

impl Place {
    /// An empty one.
    pub fn new() -> Result<Self, String> {
        let said = |e: std::io::Error| e.to_string();
        let folder = TempDir::new().map_err(said)?;
        // The database server is another user where the test is root.
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder.path(), mode).map_err(said)?;
        let free: Vec<TcpListener> = PORTS
            .iter()
            .map(|_| TcpListener::bind("127.0.0.1:0"))
            .collect::<Result<_, _>>()
            .map_err(said)?;
        let ports: Vec<String> = free
            .iter()
            .map(|port| port.local_addr().map(|address| address.port().to_string()))
            .collect::<Result<_, _>>()
            .map_err(said)?;
        let shipped = repository("workflows/environments/local.yaml");
        let mut text = std::fs::read_to_string(shipped).map_err(said)?;
        text = text.replace(ROOT, &folder.path().join("root").to_string_lossy());
        for (shipped, free) in PORTS.iter().zip(&ports) {
            text = text.replace(shipped, free);
        }
        let environment = folder.path().join("local.yaml");
        std::fs::write(&environment, text).map_err(said)?;
        Ok(Self { folder, environment, ports })
    }

    /// One with all that is released into, running.
    pub fn set_up() -> Result<Self, String> {
        let place = Self::new()?;
        expect_code(&place.start("set_up", &["--yes"]).run()?, 0, "set_up")?;
        Ok(place)
    }

    /// The folder that commands run in.
    pub fn home(&self) -> &Path {
        self.folder.path()
    }

    /// The file of its environment.
    pub fn environment(&self) -> &Path {
        &self.environment
    }

    /// Where all of it lies.
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    /// A command of windlass.
    pub fn windlass(&self, words: &[&str]) -> Program {
        Program::new(self.folder.path(), words)
    }

    /// `start` of a local workflow.
    pub fn start(&self, name: &str, more: &[&str]) -> Program {
        let file = repository(&format!("workflows/local/{name}.yaml"));
        let (file, environment) = (file.to_string_lossy(), self.environment.to_string_lossy());
        self.windlass(&[&["start", &file, "--env", &environment, "--json"], more].concat())
    }

    /// The release, all prompts answered, or up to the question whether the old database goes.
    pub fn release(&self, to_its_end: bool) -> Program {
        let mut words = vec!["--yes", "--confirm", "delete_old=old"];
        if to_its_end {
            words.extend(&CONFIRMED[2..]);
        } else {
            words.push("--exit-when-waiting");
        }
        self.start("release_postgres", &words)
    }

    /// `resume`, all prompts answered.
    pub fn resume(&self, run: &str) -> Program {
        self.windlass(&[&["resume", run, "--yes", "--json"], &CONFIRMED[..]].concat())
    }

    /// `rollback`.
    pub fn rollback(&self, run: &str) -> Program {
        self.windlass(&["rollback", run, "--yes", "--json"])
    }

    /// The release's run and its phase, where there is one.
    pub fn run(&self) -> Result<Option<(String, String)>, String> {
        self.run_of("release_postgres")
    }

    /// A workflow's newest run and its phase, where there is one.
    pub fn run_of(&self, workflow: &str) -> Result<Option<(String, String)>, String> {
        let listed = self.windlass(&["list", "--json"]).run()?;
        expect_code(&listed, 0, "list")?;
        let heads = listed.stdout.lines().filter_map(|line| serde_json::from_str(line).ok());
        let found = heads.into_iter().find(|head: &Value| head["workflow"] == workflow);
        let word = |head: &Value, key: &str| head[key].as_str().unwrap_or_default().to_owned();
        Ok(found.map(|head| (word(&head, "run"), word(&head, "phase"))))
    }

    /// What a program says, with the database server in reach.
    pub fn ask(&self, program: &str, words: &[&str]) -> Result<String, String> {
        let mut command = Command::new(program);
        command.args(words).current_dir(self.root()).stdin(Stdio::null());
        command.env("PGHOST", self.root().join("postgres")).env("PGUSER", "releases");
        let output = command.output().map_err(|e| format!("{program}: {e}"))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(format!("{program} {words:?}: {said}"));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// What the services say of themselves, and the proxy of one of them.
    pub fn versions(&self) -> Result<Vec<String>, String> {
        let ask = |port: &String| {
            use std::io::{Read as _, Write as _};
            let said = |e: std::io::Error| format!("port {port}: {e}");
            let mut stream =
                std::net::TcpStream::connect(format!("127.0.0.1:{port}")).map_err(said)?;
            stream.write_all(b"GET /health.json HTTP/1.0\r\n\r\n").map_err(said)?;
            let mut text = String::new();
            stream.read_to_string(&mut text).map_err(said)?;
            Ok(text.lines().last().unwrap_or_default().to_owned())
        };
        self.ports.iter().map(ask).collect()
    }

    /// Processes that were started from here, by what they are: of a service, or else.
    pub fn processes(&self) -> (Vec<u32>, Vec<u32>) {
        let home = format!("HOME={}", self.folder.path().display());
        let (mut services, mut others) = (Vec::new(), Vec::new());
        for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
            let Ok(pid) = entry.file_name().to_string_lossy().parse::<u32>() else { continue };
            let Ok(environment) = std::fs::read(entry.path().join("environ")) else { continue };
            let mut words = environment.split(|byte| *byte == 0);
            if !words.clone().any(|word| word == home.as_bytes()) {
                continue;
            }
            let service = words.any(|word| word.starts_with(b"WINDLASS_SERVICE="));
            if service { services.push(pid) } else { others.push(pid) }
        }
        (services, others)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let (services, others) = self.processes();
        let pids: Vec<String> = services.iter().chain(&others).map(u32::to_string).collect();
        if !pids.is_empty() {
            drop(Command::new("kill").arg("-9").args(&pids).stderr(Stdio::null()).status());
        }
    }
}

/// The names of what lies in a folder.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
