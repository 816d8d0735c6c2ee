//! Where windlass keeps what it writes: the only place that knows `WINDLASS_STORE`, `HOME` and the
//! XDG variables, so that two homes never meet.

use crate::command_error::{CommandError, Outcome};
use std::path::{Path, PathBuf};
use windlass_sys::env;

/// The program's folders. None needs to exist yet.
#[derive(Clone, Debug)]
pub struct Places {
    /// The embedded store.
    pub store: PathBuf,
    /// Simulated clouds, one folder for each environment.
    pub simulators: PathBuf,
    /// What scripts that run leave behind, so that a resume finds them.
    pub scripts: PathBuf,
    /// The key file's folder: never the store's.
    pub config: PathBuf,
    /// Whether `--store` named the store, so that commands shown to the user must name it too.
    pub store_named: bool,
}

impl Places {
    /// Finds the folders. `store` is what `--store` said.
    pub fn find(store: Option<&Path>) -> Outcome<Self> {
        let data = folder("XDG_DATA_HOME", ".local/share")?;
        let config = folder("XDG_CONFIG_HOME", ".config")?;
        let named = store.map(Path::to_path_buf);
        let store_named = named.is_some();
        // What belongs to the runs of a store that was named lies in its folder: two stores share
        // neither scripts nor simulated clouds.
        let (store, beside) = match named.or_else(|| env::var("WINDLASS_STORE").map(PathBuf::from))
        {
            Some(store) => {
                let store = embedded(store)?;
                let store = std::path::absolute(&store).unwrap_or(store);
                (store.clone(), store)
            }
            None => (data.join("store"), data),
        };
        let (simulators, scripts) = (beside.join("simulator"), beside.join("scripts"));
        Ok(Self { store, simulators, scripts, config, store_named })
    }

    /// The folder of an environment's simulated cloud.
    pub fn simulator(&self, environment: &str) -> PathBuf {
        let plain = |c: char| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '_' };
        self.simulators.join(environment.chars().map(plain).collect::<String>())
    }
}

/// A folder that a variable names, else one in the home.
fn folder(variable: &str, in_home: &str) -> Result<PathBuf, CommandError> {
    // The XDG rules: a relative path is to be ignored.
    let named = env::var(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = named.or_else(|| env::var("HOME").map(|home| Path::new(&home).join(in_home)));
    base.map(|base| base.join("windlass")).ok_or_else(|| {
        CommandError::failed(format!("failed to find a home: neither {variable} nor HOME is set"))
            .hint("set HOME, or WINDLASS_STORE, XDG_DATA_HOME and XDG_CONFIG_HOME")
    })
}

fn embedded(store: PathBuf) -> Outcome<PathBuf> {
    let text = store.to_string_lossy();
    if let Some((scheme, _)) = text.split_once("://") {
        let message = format!("`{scheme}://` is no store that this windlass can open");
        return Err(CommandError::usage(message).hint("name a folder: the embedded store"));
    }
    Ok(store)
}
