//! Azurite and moto, one of each for this process: started at a free port with a folder of its own,
//! ended with the process however that went, its folder taken along.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// The account of Azurite.
pub const ACCOUNT: &str = "windlass";

/// Its key, in base64 as keys are: a canary.
pub const ACCOUNT_KEY: &str = "Q0FOQVJZLWF6dXJpdGUta2V5LXRoYXQtbm9ib2R5LW1heS1zZWU=";

/// Where `cargo xtask test --only blobs` installs them.
const HOME: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/../xtask/blobs");

/// A server.
pub struct Server {
    /// Where it answers.
    pub url: String,
    /// It ends when this pipe does.
    _leash: Child,
}

static AZURITE: OnceLock<Server> = OnceLock::new();
static MOTO: OnceLock<Server> = OnceLock::new();

/// Azurite; the first who asks starts it.
pub fn azurite() -> &'static Server {
    AZURITE.get_or_init(|| {
        let program = installed("node_modules/.bin/azurite-blob");
        let mut command = leashed(&program);
        command.args(["--blobPort", "0", "--disableTelemetry", "--skipApiVersionCheck"]);
        command.env("AZURITE_ACCOUNTS", format!("{ACCOUNT}:{ACCOUNT_KEY}"));
        started(command)
    })
}

/// moto; the first who asks starts it.
pub fn moto() -> &'static Server {
    MOTO.get_or_init(|| {
        let mut command = leashed(&installed("python/bin/moto_server"));
        command.args(["-p", "0"]);
        started(command)
    })
}

fn installed(name: &str) -> PathBuf {
    let place = Path::new(HOME).join(name);
    assert!(place.exists(), "no {}: `cargo xtask test --only blobs` installs it", place.display());
    place.canonicalize().unwrap()
}

/// Runs under a shell that ends it when this process is gone, and tells its port once it listens.
fn leashed(program: &Path) -> Command {
    let script = r#"
        cd "$0" || exit 1
        "$@" >log 2>&1 </dev/null & server=$!
        until grep -q 'http://127.0.0.1:[1-9]' log; do
            kill -0 "$server" || { cat log >&2; exit 1; }
            sleep 0.02
        done
        sed -n 's|.*http://127.0.0.1:\([0-9]*\).*|\1|p' log | tail -n 1
        exec >/dev/null 2>&1
        cat >/dev/null
        kill "$server"; wait "$server"
        rm -rf "$0"
    "#;
    let root = tempfile::tempdir().unwrap().keep();
    let mut command = Command::new("sh");
    command.args(["-c", script]).arg(root).arg(program);
    command
}

fn started(mut command: Command) -> Server {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut port = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut port).unwrap();
    let url = format!("http://127.0.0.1:{}", port.trim().parse::<u16>().unwrap());
    Server { url, _leash: child }
}
