//! Secrets by the names of an environment file: from a variable, a file or a command. It must not
//! know what a secret is for; none is kept longer than a call needs.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use windlass_ports::secrets::SecretError;
use windlass_ports::{BoxFuture, Secret, Secrets};
use windlass_sys::env;

/// Time for a command that prints a secret: a vault's own tool asks its service, which may be slow.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(60);

/// Secrets as an environment names them: `env:NAME`, `file:PATH`, `command:…`.
#[derive(Clone, Debug)]
pub struct NamedSecrets {
    sources: BTreeMap<String, String>,
}

impl NamedSecrets {
    /// Knows where to look.
    pub fn new(sources: BTreeMap<String, String>) -> Self {
        Self { sources }
    }

    /// The variables that hold secrets.
    fn variables(&self) -> Vec<&str> {
        self.sources.values().filter_map(|source| source.strip_prefix("env:")).collect()
    }
}

impl Secrets for NamedSecrets {
    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Secret, SecretError>> {
        Box::pin(async move {
            let source = self.sources.get(name);
            let source = source.ok_or_else(|| SecretError::Unknown(name.to_owned()))?;
            read(source, &self.variables()).await.map_err(|why| SecretError::Unreadable {
                name: name.to_owned(),
                source_text: source.clone(),
                why,
            })
        })
    }
}

/// Reads a secret from its source. A command sees none of the `hidden` variables that it does not
/// name. The error never holds what was read.
pub async fn read(source: &str, hidden: &[&str]) -> Result<Secret, String> {
    match source.split_once(':') {
        Some(("env", name)) => match env::var(name) {
            Some(value) => Ok(Secret::new(value)),
            None => Err(format!("the variable {name} is not set; set it and try again")),
        },
        Some(("file", path)) => from_file(path).await,
        Some(("command", command)) => from_command(command, hidden).await,
        _ => Err("write `env:NAME`, `file:PATH` or `command:…`".to_owned()),
    }
}

async fn from_file(path: &str) -> Result<Secret, String> {
    let path = match path.strip_prefix("~/").zip(env::var("HOME")) {
        Some((rest, home)) => Path::new(&home).join(rest),
        None => Path::new(path).to_path_buf(),
    };
    let text = tokio::fs::read_to_string(&path).await;
    text.map(|text| trimmed(&text)).map_err(|error| format!("{error}; is the path right?"))
}

/// A vault's own tool needs variables that nobody here knows: it sees all but the hidden ones.
async fn from_command(command: &str, hidden: &[&str]) -> Result<Secret, String> {
    let mut shell = tokio::process::Command::new("sh");
    for name in hidden.iter().filter(|name| !command.contains(**name)) {
        shell.env_remove(name);
    }
    shell.args(["-c", command]).stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(COMMAND_TIMEOUT, shell.output()).await;
    let output = output.map_err(|_| "the command takes too long; run it by hand".to_owned())?;
    let output = output.map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(format!("the command ended with {}; run it by hand", output.status));
    }
    let text = String::from_utf8(output.stdout);
    text.map(|text| trimmed(&text)).map_err(|_| "the command prints no text".to_owned())
}

/// Editors and tools end a file with a line feed that belongs to nobody's password.
fn trimmed(text: &str) -> Secret {
    Secret::new(text.trim_end_matches(['\n', '\r']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_source_gives_its_secret_and_no_error_holds_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        std::fs::write(&path, "hunter2\n").unwrap();
        let sources = BTreeMap::from([
            ("file".to_owned(), format!("file:{}", path.display())),
            ("command".to_owned(), "command:printf canary".to_owned()),
            ("bad".to_owned(), "command:printf canary; exit 3".to_owned()),
        ]);
        let secrets = NamedSecrets::new(sources);
        assert_eq!(secrets.get("file").await.unwrap().expose(), "hunter2");
        assert_eq!(secrets.get("command").await.unwrap().expose(), "canary");
        let error = secrets.get("bad").await.unwrap_err().to_string();
        assert!(error.contains("exit status: 3"), "{error}");
        // A command sees the variables of other secrets only where it names them.
        for (command, sees) in [("env", false), ("env | grep ^CARGO_PKG_NAME", true)] {
            let printed = read(&format!("command:{command}"), &["CARGO_PKG_NAME"]).await.unwrap();
            assert_eq!(printed.expose().contains("CARGO_PKG_NAME="), sees, "{command}");
        }
        assert!(matches!(secrets.get("none").await, Err(SecretError::Unknown(_))));
    }
}
