//! What is kept: the shapes on disk, and a simulator that is killed while it is under load. It
//! must not trust a farewell.

use crate::socket::exchange;
use serde_json::json;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use windlass_azure_sim::{Config, LedgerEntry, Simulator, WorldSeed, announced, serve};

/// How often a simulator is killed under load.
const KILLS: u64 = 12;
/// Tells the child of this test which folder to serve.
const FOLDER: &str = "WINDLASS_AZURE_SIM_TEST_FOLDER";

#[test]
fn a_line_of_the_ledger_reads_as_it_was_written() {
    let line = concat!(
        r#"{"seq":4,"at":"2026-03-02T08:01:30Z","effect":"app_stopped","target":"qa4","#,
        r#""request_id":null,"detail":{"running":false}}"#,
    );
    let entry: LedgerEntry = serde_json::from_str(line).unwrap();
    assert_eq!(serde_json::to_string(&entry).unwrap(), line);
}

#[test]
fn a_world_can_be_written_down_and_a_wrong_key_is_found() {
    let mut seed = serde_json::to_value(WorldSeed::hotfix()).unwrap();
    let read: WorldSeed = serde_json::from_value(seed.clone()).unwrap();
    assert_eq!(read, WorldSeed::hotfix());
    seed["sites"][0]["colour"] = json!("green");
    let refused = serde_json::from_value::<WorldSeed>(seed).unwrap_err().to_string();
    assert!(refused.contains("colour"), "{refused}");
    let config: Config = serde_json::from_value(json!({"time_scale": 600.0})).unwrap();
    assert_eq!(config.seed, WorldSeed::hotfix());
}

/// The process that the test below kills; by itself it serves nothing.
#[test]
#[expect(clippy::disallowed_methods, reason = "a child is told by its environment what to serve")]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let config = Config { state_dir: Some(folder.into()), ..Config::default() };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async { serve(config).await.unwrap().wait().await });
}

/// A child, and where it listens. It does not outlive the test.
struct Served {
    child: Child,
    to: SocketAddr,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn spawn(folder: &Path) -> Served {
    let before = announced(folder);
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "kept::child"]).env(FOLDER, folder).stdout(Stdio::null());
    let child = command.spawn().unwrap();
    let mut served = Served { child, to: SocketAddr::from(([127, 0, 0, 1], 0)) };
    // What the last one told still stands there: a dead one takes nothing back.
    loop {
        if let Some(told) = announced(folder).filter(|told| before.as_ref() != Some(told)) {
            served.to.set_port(told.port);
            return served;
        }
        std::thread::yield_now();
    }
}

#[test]
fn a_simulator_killed_under_load_loses_nothing_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let path = format!(
        "{}/Microsoft.Web/sites/qa4/config/appsettings?api-version=2023-12-01",
        crate::cloud::GROUP
    );
    let mut sent = 0;
    for kill in 0..KILLS {
        let served = spawn(folder.path());
        let to = served.to;
        let acknowledged = AtomicU64::new(sent);
        std::thread::scope(|scope| {
            let load = scope.spawn(|| {
                let mut next = sent;
                loop {
                    next += 1;
                    let body = json!({"properties": {"n": next.to_string()}});
                    match exchange(to, "PUT", &path, &body) {
                        Some((200, ..)) => acknowledged.store(next, Ordering::SeqCst),
                        _ => return next,
                    }
                }
            });
            while acknowledged.load(Ordering::SeqCst) < sent + 3 + kill {
                std::thread::yield_now();
            }
            drop(served);
            load.join().unwrap()
        });
        let config = Config { state_dir: Some(folder.path().into()), ..Config::default() };
        let start = "2027-01-01T00:00:00Z".parse().unwrap();
        let simulator = Simulator::open(&config, start).unwrap();
        let ledger = simulator.ledger();
        assert!(ledger.iter().zip(1..).all(|(line, seq)| line.seq == seq), "a gap");
        // The one that was in flight may have been done.
        let done: u64 = simulator.world().sites[0].app.app_settings["n"].parse().unwrap();
        let acknowledged = acknowledged.into_inner();
        assert!(done == acknowledged || done == acknowledged + 1, "{done} {acknowledged}");
        assert_eq!(ledger.len() as u64, done, "a line too many or too few");
        sent = done;
    }
    println!("{KILLS} kills, {sent} changes, none lost");
}
