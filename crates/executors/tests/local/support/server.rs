//! A real PostgreSQL server of this process, in a temporary folder, as a user without rights. It
//! ends with the process and takes its folder along. What `initdb` makes is kept for the next one.

use std::io::Read;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Debian keeps the server's programs off the path, by version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// Debian's user and group without rights; the server refuses to run as root.
const NOBODY: u32 = 65_534;

/// What opens it.
pub const PASSWORD: &str = "CANARY-postgres";

/// Nothing that it holds has to survive anything: databases are to be cheap.
const SETTINGS: [&str; 8] = [
    "listen_addresses=",
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "autovacuum=off",
    "shared_buffers=64MB",
];

/// The server of this process.
pub struct TestServer {
    /// The folder of its socket.
    pub socket: PathBuf,
    /// The server ends when this pipe does.
    _leash: std::process::Child,
}

static SERVER: OnceLock<TestServer> = OnceLock::new();

/// The server; the first who asks starts it.
pub fn server() -> &'static TestServer {
    SERVER.get_or_init(start)
}

fn program(name: &str) -> PathBuf {
    let mut versions: Vec<PathBuf> = std::fs::read_dir(DEBIAN)
        .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path().join("bin"))).collect())
        .unwrap_or_default();
    versions.sort();
    let found = versions.into_iter().rev().map(|bin| bin.join(name)).find(|path| path.exists());
    found.unwrap_or_else(|| PathBuf::from(name))
}

/// A command of the server's user.
fn humble(name: &str) -> Command {
    if !rustix_is_root() {
        return Command::new(program(name));
    }
    let mut command = Command::new("setpriv");
    let user = NOBODY.to_string();
    command.args(["--reuid", &user, "--regid", &user, "--clear-groups"]).arg(program(name));
    command
}

fn rustix_is_root() -> bool {
    let own = std::fs::metadata("/proc/self").unwrap();
    std::os::unix::fs::MetadataExt::uid(&own) == 0
}

fn must(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {said}; install Debian's `postgresql`");
}

/// An empty server's files, made once for all processes: `initdb` takes seconds.
fn template() -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("postgres-data");
    if place.exists() {
        return place;
    }
    let folder = tempfile::tempdir().unwrap();
    let (data, secret) = (folder.path().join("data"), folder.path().join("password"));
    std::fs::write(&secret, PASSWORD).unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    give(&[folder.path(), &secret]);
    let mut initdb = humble("initdb");
    initdb.args(["--no-sync", "--auth=trust", "--username=releases", "--locale=C.UTF-8"]);
    must(initdb.arg("--pwfile").arg(&secret).arg("--pgdata").arg(&data));
    // To prove a password takes long in a build that is not optimized: one name alone must.
    let rules = data.join("pg_hba.conf");
    let others = std::fs::read_to_string(&rules).unwrap();
    std::fs::write(&rules, format!("local all careful scram-sha-256\n{others}")).unwrap();
    let part = place.with_extension(std::process::id().to_string());
    must(Command::new("cp").arg("-a").arg(&data).arg(&part));
    // Another process may have been faster: its files are as good.
    if std::fs::rename(&part, &place).is_err() {
        std::fs::remove_dir_all(&part).unwrap();
    }
    place
}

/// To the server's user.
fn give(places: &[&Path]) {
    if rustix_is_root() {
        for place in places {
            chown(place, Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }
}

fn start() -> TestServer {
    let root = tempfile::tempdir().unwrap().keep();
    std::fs::set_permissions(&root, PermissionsExt::from_mode(0o755)).unwrap();
    give(&[&root]);
    let data = root.join("data");
    must(Command::new("cp").arg("-a").arg(template()).arg(&data));
    let leash = run(&root, &data);
    TestServer { socket: root, _leash: leash }
}

/// Starts it under a shell that ends it when this process is gone, however it went.
fn run(root: &Path, data: &Path) -> std::process::Child {
    let script = r#"
        "$@" >"$0/log" 2>&1 & server=$!
        while [ ! -S "$0/.s.PGSQL.5432" ] || ! grep -q 'ready to accept' "$0/log"; do
            kill -0 "$server" || { cat "$0/log" >&2; exit 1; }
            sleep 0.02
        done
        echo up; exec >/dev/null 2>&1
        cat >/dev/null
        kill -INT "$server"; wait "$server"
        rm -rf "$0"
    "#;
    let server = humble("postgres");
    let mut command = Command::new("sh");
    command.args(["-c", script]).arg(root).arg(server.get_program()).args(server.get_args());
    command.arg("-D").arg(data).arg("-k").arg(root);
    for setting in SETTINGS {
        command.args(["-c", setting]);
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut up = [0; 3];
    child.stdout.as_mut().unwrap().read_exact(&mut up).unwrap();
    assert_eq!(&up, b"up\n");
    child
}
