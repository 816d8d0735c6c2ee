//! Programs beyond cargo that a chore needs: looks for them, installs them by the distribution's
//! package manager, or says in one line how to. It must not know what they are needed for.

use crate::process;
use crate::talk::say;
use anyhow::{Result, bail};

/// A program and what its package is called: the same name with every manager so far.
pub struct Program {
    /// What is run.
    pub name: &'static str,
    /// The argument that makes it print its version and end.
    pub version: &'static str,
    /// The package that brings it.
    pub package: &'static str,
    /// What it is for, for the person who reads the message.
    pub purpose: &'static str,
}

/// Injects the signals of the kill campaign.
pub const STRACE: Program = Program {
    name: "strace",
    version: "-V",
    package: "strace",
    purpose: "the kill campaign, which kills windlass at the n-th write",
};

/// Runs the example of a plug-in.
pub const PYTHON: Program = Program {
    name: "python3",
    version: "--version",
    package: "python3",
    purpose: "the example of a plug-in in Python",
};

/// Reads JSON in shell.
pub const JQ: Program = Program {
    name: "jq",
    version: "--version",
    package: "jq",
    purpose: "the example of a plug-in in shell",
};

/// Signs and checks, as docs/evidence.md says.
pub const OPENSSL: Program = Program {
    name: "openssl",
    version: "version",
    package: "openssl",
    purpose: "the check of signed evidence with common tools",
};

/// Shows pages.
pub const CHROMIUM: Program = Program {
    name: "chromium",
    version: "--version",
    package: "chromium",
    purpose: "the tests that look at pages in a browser",
};

/// Makes the files of a database server; its package brings the server too.
pub const POSTGRES: Program = Program {
    name: "initdb",
    version: "--version",
    package: "postgresql",
    purpose: "the tests against a real PostgreSQL server",
};

/// Counts instructions.
pub const VALGRIND: Program = Program {
    name: "valgrind",
    version: "--version",
    package: "valgrind",
    purpose: "the count of instructions",
};

/// Makes a file system, and shuts one down as a power cut does.
pub const XFS: Program = Program {
    name: "xfs_io",
    version: "-V",
    package: "xfsprogs",
    purpose: "the campaign of power cuts",
};

/// A package manager: its program, how it refreshes its lists, how it installs.
struct Manager {
    name: &'static str,
    refresh: &'static [&'static str],
    install: &'static [&'static str],
}

const MANAGERS: [Manager; 4] = [
    Manager { name: "apt-get", refresh: &["update"], install: &["install", "--yes"] },
    Manager { name: "dnf", refresh: &["makecache"], install: &["install", "--assumeyes"] },
    Manager { name: "apk", refresh: &["update"], install: &["add"] },
    Manager { name: "pacman", refresh: &["-Sy"], install: &["-S", "--noconfirm"] },
];

/// Makes sure that a program is there.
pub fn require(program: &Program) -> Result<()> {
    if is_there(program) {
        return Ok(());
    }
    let Some(manager) = MANAGERS.iter().find(|manager| runs(manager.name, &["--version"])) else {
        bail!("`{}` is missing; install it for {}", program.name, program.purpose);
    };
    let root = is_root();
    say(format!("installing `{}` by {} for {}", program.package, manager.name, program.purpose));
    for arguments in steps(manager, program.package) {
        let (name, arguments) = as_root(root, manager.name, &arguments);
        // A failed refresh may still leave good lists: what counts is whether the program runs.
        if let Err(error) = process::stream(&name, &borrow(&arguments)) {
            say(format!("{error:#}"));
        }
    }
    if is_there(program) {
        return Ok(());
    }
    let by_hand = steps(manager, program.package)
        .last()
        .map(|install| format!("sudo {} {}", manager.name, install.join(" ")))
        .unwrap_or_default();
    bail!("`{}` is needed for {}; install it with: {by_hand}", program.name, program.purpose);
}

/// Makes sure that one is root.
pub fn root(purpose: &str) -> Result<()> {
    match is_root() {
        true => Ok(()),
        false => bail!("this must run as root: {purpose}"),
    }
}

fn is_root() -> bool {
    process::read("id", &["-u"]).is_ok_and(|id| id.trim() == "0")
}

/// Where Debian keeps a database server's programs, a folder for each version, outside of the path.
const SERVERS: &str = "/usr/lib/postgresql";

fn is_there(program: &Program) -> bool {
    let versions = std::fs::read_dir(SERVERS).into_iter().flatten().flatten();
    let places = versions.map(|version| version.path().join("bin").join(program.name));
    let mut names = places.filter_map(|place| place.into_os_string().into_string().ok());
    runs(program.name, &[program.version]) || names.any(|name| runs(&name, &[program.version]))
}

fn runs(program: &str, arguments: &[&str]) -> bool {
    process::capture(program, arguments).is_ok_and(|output| output.status.success())
}

/// Returns the arguments of the refresh and of the install.
fn steps(manager: &Manager, package: &str) -> [Vec<String>; 2] {
    let own = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    [own(manager.refresh), [own(manager.install), vec![package.to_owned()]].concat()]
}

/// Puts `sudo -n` in front where one is not root: it never asks, it fails.
fn as_root(root: bool, manager: &str, arguments: &[String]) -> (String, Vec<String>) {
    if root {
        return (manager.to_owned(), arguments.to_vec());
    }
    let before = ["-n".to_owned(), manager.to_owned()];
    ("sudo".to_owned(), [before.as_slice(), arguments].concat())
}

fn borrow(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_manager_installs_the_package_it_was_given() {
        for manager in &MANAGERS {
            let [_, install] = steps(manager, "strace");
            assert_eq!(install.last().map(String::as_str), Some("strace"));
            assert!(install.len() >= 2);
        }
    }

    #[test]
    fn a_person_without_rights_is_never_asked_for_a_password() {
        let (program, arguments) = as_root(false, "apk", &["add".to_owned()]);
        assert_eq!((program.as_str(), arguments.join(" ")), ("sudo", "-n apk add".to_owned()));
        assert_eq!(as_root(true, "apk", &["add".to_owned()]).0, "apk");
    }

    #[test]
    fn what_cannot_be_started_does_not_run() {
        assert!(runs("true", &[]));
        assert!(!runs("false", &[]));
        assert!(!runs("no-such-program-of-windlass", &[]));
        let nothing = Program { name: "no-such-program-of-windlass", ..STRACE };
        assert!(!is_there(&nothing));
    }
}
