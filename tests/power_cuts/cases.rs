//! The cases: which file system, how long the load has gone on when the power goes, and what is
//! looked at afterwards.

use super::device::{Device, Kind};
use crate::loaded::{Load, Seen, judge};
use std::fmt;
use std::time::{Duration, Instant};

/// Cuts in all: as many for each file system.
pub const TOTAL: usize = 200;

/// Longest time of load before a cut, in milliseconds: most runs have ended by then.
const LOAD_MS: u64 = 2_500;

/// Longest wait for the first acknowledgement.
const PATIENCE: Duration = Duration::from_secs(30);

/// Processes at once: one has the store open, the others join it.
const PROCESSES: usize = 6;

/// One case.
pub struct Case {
    kind: Kind,
    millis: u64,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}, {} ms after the first acknowledgement", self.kind, self.millis)
    }
}

impl Case {
    /// The case of a number: neighbours are of different file systems.
    pub fn numbered(number: usize) -> Self {
        let kind = if number.is_multiple_of(2) { Kind::Ext4 } else { Kind::Xfs };
        let mixed = (number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
        Self { kind, millis: mixed % LOAD_MS }
    }

    /// Plays the case and judges it.
    pub fn run(&self) -> Result<Seen, String> {
        let device = Device::new(self.kind)?;
        let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
        let mut load = Load::new(folder.path(), &device.place().join("store"))?;
        load.begin(PROCESSES, &[])?;
        let since = Instant::now();
        while load.acknowledged().iter().sum::<u64>() == 0 && since.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(1));
        }
        // The moment of the cut is what the case is about; nothing is waited for.
        std::thread::sleep(Duration::from_millis(self.millis));
        let bytes = load.acknowledged();
        device.cut()?;
        load.end();
        device.back()?;
        match judge(&load, &bytes)? {
            Seen { acknowledged: 0, .. } => Err("nothing was acknowledged at all".to_owned()),
            seen => Ok(seen),
        }
    }
}
