//! The whole of windlass, seen from outside: the real binary, homes of its own, real processes.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test may panic, prints its findings, and reads its environment"
)]

mod stage;
mod kill_matrix;
mod local_release;
mod loaded;
mod sick_disks;
mod doubt;
mod drift;
mod plan;
mod previews;
mod migration;
mod newer;
mod restores;
mod canaries;
mod home;
mod spoken;
mod check;
mod conditions;
mod graph;
mod reference;
mod doctor;
mod export;
mod tampering;
mod evidence;
mod report;
mod simulate;
mod runs;
mod calling;
mod decisions;
mod looking;
mod together;
mod terminal;
mod leftovers;
mod live;
mod watching;
mod telling;
mod rehearse;
mod backwards;
mod blind;
mod runbook;
mod traps;
mod shipped;
mod mends;
mod onward;
mod midday;
mod again;
mod nights;
mod proof;
mod proof_plugins;
mod agreement;
mod mutants;
mod people;
mod waits;
mod zones;
mod given;
mod rounds;
mod plugins;
mod readme;
mod import;
mod import_pipelines;
mod editors;
