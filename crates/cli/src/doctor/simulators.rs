//! Looks at the simulated clouds of this user.

use super::finding::Finding;
use crate::compose::control::Control;
use crate::compose::simulator::log;
use std::fs;
use std::path::Path;

/// The part's name.
const PART: &str = "simulator";

/// One finding for each folder of a simulated cloud.
pub async fn look(simulators: &Path) -> Vec<Finding> {
    let entries = fs::read_dir(simulators).into_iter().flatten().flatten();
    let mut folders: Vec<_> = entries.map(|entry| entry.path()).filter(|p| p.is_dir()).collect();
    folders.sort();
    let mut found = Vec::new();
    for folder in folders {
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
        found.push(one(&folder, &name.unwrap_or_default()).await);
    }
    found
}

async fn one(folder: &Path, name: &str) -> Finding {
    let Some(control) = Control::find(folder).await else {
        let says = format!("`{name}` does not run; its world lies in {}", folder.display());
        let start = format!(
            "`windlass simulate start --env {name}`; a run that needs it starts it by itself"
        );
        return Finding::note(PART, says).mend(start);
    };
    match control.status().await {
        Ok(status) => {
            let says = format!(
                "`{name}` runs: process {}, {}, its clock shows {}, {} faults armed",
                status.pid,
                control.address(),
                status.now,
                status.faults
            );
            match status.faults {
                0 => Finding::fine(PART, says),
                _ => Finding::note(PART, says)
                    .mend(format!("`windlass simulate fault --clear --env {name}` disarms them")),
            }
        }
        Err(why) => {
            let says = format!("`{name}` answers, but not as it should: {why}");
            Finding::wrong(PART, says, format!("look into {}", log(folder).display()))
                .mend(format!("`windlass simulate stop --env {name}`, then start it again"))
        }
    }
}
