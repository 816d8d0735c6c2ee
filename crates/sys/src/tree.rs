//! Ends a process with everything that it started.
//!
//! Whatever a child does, it stays findable: by its process group, by its parents, or by a mark in
//! the environment that it was started with. It must not know what the processes do.

use crate::process::{ProcessError, ProcessId, boot};
use crate::stat::{self, Stat};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};
use std::collections::BTreeSet;
use std::io::{self, Read};

/// How long one waits between two looks for a process to end.
const MOMENT: Timespec = Timespec { tv_sec: 0, tv_nsec: 2_000_000 };

/// Rounds of looking and killing, a moment each, before one says that it does not help: a process
/// can fork between the look and the signal, but what forks faster than this is no script.
const ROUNDS_MAX: u32 = 500;

/// Moments for which a process may change its program before it counts as a stranger: loading one
/// takes milliseconds from a slow disk, and more on a machine with other work.
const EXEC_ROUNDS_MAX: u32 = 1_000;

/// What of an environment is read at once: all of it, with any but the most lavish.
const ENVIRONMENT_BYTES: usize = 128 * 1024;

/// How often a process with words shows no environment before it is believed: it can change its
/// program between the two readings, though hardly several times on end.
const STRANGER_LOOKS: u32 = 8;

/// A tree of processes.
#[derive(Clone, Debug)]
pub struct Tree {
    /// The process at its top, which leads its own process group.
    pub leader: ProcessId,
    /// `NAME=value` in the environment of all of them, unique to this tree.
    pub mark: String,
}

impl Tree {
    /// All processes that bear a mark, where nobody knows any more which one leads them.
    pub fn marked(mark: String) -> Result<Self, ProcessError> {
        Ok(Self { leader: ProcessId::nobody()?, mark })
    }

    /// Asks all of it to end, so that it may put away its locks and parts of files, and kills what
    /// does not within some moments. Who begins after that is not asked: it may be what puts them
    /// away. Returns how many processes were found.
    pub fn end(&self) -> Result<usize, ProcessError> {
        let asked = self.ask()?;
        for _ in 0..ROUNDS_MAX {
            let living = self.living()?;
            if living.is_empty() {
                return Ok(asked);
            }
            until_one_ends(living.iter().map(ProcessId::pid));
        }
        self.kill().map(|_| asked)
    }

    /// Asks all of it to end, and does not wait. Returns how many processes were asked.
    pub fn ask(&self) -> Result<usize, ProcessError> {
        let living = self.living()?;
        for process in &living {
            send(process, Signal::TERM)?;
        }
        Ok(living.len())
    }

    /// Who of it lives.
    ///
    /// The leader counts where number, start and boot fit. Once it is gone its number may be
    /// somebody else's, so then only the marked ones count.
    pub fn living(&self) -> Result<Vec<ProcessId>, ProcessError> {
        let boot = boot()?;
        if boot != self.leader.boot() {
            return Ok(Vec::new());
        }
        let unreadable = |source| ProcessError::Unreadable { path: "/proc".to_owned(), source };
        let all = stat::all().map_err(unreadable)?;
        let leader = all.iter().find(|stat| stat.pid == self.leader.pid());
        let ours = leader.is_some_and(|stat| stat.start == self.leader.start());
        let younger = || all.iter().filter(|stat| stat.start >= self.leader.start());
        let in_group = |stat: &Stat| ours && stat.group == self.leader.pid();
        let related = younger().filter(|stat| in_group(stat) || self.bears_mark(stat));
        let mut found: BTreeSet<u32> = related.map(|stat| stat.pid).collect();
        if ours {
            found.insert(self.leader.pid());
        }
        loop {
            let before = found.len();
            let children = younger().filter(|stat| found.contains(&stat.parent));
            let children: Vec<u32> = children.map(|stat| stat.pid).collect();
            found.extend(children);
            if found.len() == before {
                break;
            }
        }
        let living = all.iter().filter(|stat| stat.alive && found.contains(&stat.pid));
        Ok(living.map(|stat| ProcessId::new(&boot, stat)).collect())
    }

    /// Kills all of it, until nothing of it lives. Returns how many processes were found.
    pub fn kill(&self) -> Result<usize, ProcessError> {
        let mut killed = BTreeSet::new();
        let mut last = Vec::new();
        for _ in 0..ROUNDS_MAX {
            last = self.living()?;
            if last.is_empty() {
                return Ok(killed.len());
            }
            for process in &last {
                send(process, Signal::KILL)?;
                killed.insert(process.clone());
            }
            until_one_ends(last.iter().map(ProcessId::pid));
        }
        match last.first() {
            Some(process) => Err(ProcessError::NotEnded {
                pid: process.pid(),
                source: io::Error::other("it was killed and is still there"),
            }),
            None => Ok(killed.len()),
        }
    }

    fn bears_mark(&self, stat: &Stat) -> bool {
        let mut strangeness = 0;
        for _ in 0..EXEC_ROUNDS_MAX {
            let Ok(environment) = environment(stat.pid) else { return false };
            if !environment.is_empty() {
                let mut entries = environment.split(|byte| *byte == 0);
                return entries.any(|entry| entry == self.mark.as_bytes());
            }
            match is_between_programs(stat.pid) {
                None => return false,
                Some(true) => until_one_ends([stat.pid]),
                // Its words may be the new program's already, and what was read the old one's.
                Some(false) => strangeness += 1,
            }
            if strangeness >= STRANGER_LOOKS {
                return false;
            }
        }
        false
    }
}

/// A process's environment, of one program: a reading in pieces ends early, and looks whole, where
/// the program changes between two of them.
fn environment(pid: u32) -> io::Result<Vec<u8>> {
    let mut file = std::fs::File::open(format!("/proc/{pid}/environ"))?;
    let mut all = vec![0; ENVIRONMENT_BYTES];
    let read = file.read(&mut all)?;
    all.truncate(read);
    if read == ENVIRONMENT_BYTES {
        file.read_to_end(&mut all)?;
    }
    Ok(all)
}

/// Whether a process is just putting another program in its own place: for that moment it has
/// neither words nor an environment. None for a thread of the kernel's, which never has any.
fn is_between_programs(pid: u32) -> Option<bool> {
    std::fs::read_link(format!("/proc/{pid}/exe")).ok()?;
    let words = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    Some(words.is_empty())
}

/// Waits until one of some processes ends, at most a moment. Those that are gone count for nothing.
fn until_one_ends(pids: impl IntoIterator<Item = u32>) {
    let pids = pids.into_iter().filter_map(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
    let ends: Vec<OwnedFd> =
        pids.filter_map(|pid| pidfd_open(pid, PidfdFlags::empty()).ok()).collect();
    let mut ends: Vec<_> = ends.iter().map(|end| PollFd::new(end, PollFlags::IN)).collect();
    // Who waits looks again, whatever came.
    let _ = poll(&mut ends, Some(&MOMENT));
}

/// Sends a signal that ends; that it is gone meanwhile is what was wanted.
fn send(process: &ProcessId, signal: Signal) -> Result<(), ProcessError> {
    let pid = i32::try_from(process.pid()).ok().and_then(Pid::from_raw);
    let Some(pid) = pid else { return Err(ProcessError::Gone(process.pid())) };
    if !process.is_alive()? {
        return Ok(());
    }
    match kill_process(pid, signal) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(error) => {
            Err(ProcessError::NotEnded { pid: process.pid(), source: io::Error::from(error) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command, Stdio};

    /// A script that prints one line once all of its children run.
    fn spawn(script: &str, mark: &str) -> (Child, Tree) {
        let (name, value) = mark.split_once('=').unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", script]).env(name, value).stdout(Stdio::piped()).process_group(0);
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "up\n");
        let leader = ProcessId::of(child.id()).unwrap();
        (child, Tree { leader, mark: mark.to_owned() })
    }

    #[test]
    fn children_that_left_the_group_and_their_parents_are_found_and_killed() {
        let script = "sleep 600 & (setsid sleep 600 &) ; echo up; wait";
        let (mut child, tree) = spawn(script, "WINDLASS_TREE_TEST=one");
        while tree.living().unwrap().len() < 3 {
            std::thread::yield_now();
        }
        assert!(tree.kill().unwrap() >= 3);
        assert!(tree.living().unwrap().is_empty());
        child.wait().unwrap();
    }

    #[test]
    fn who_is_asked_to_end_puts_its_things_away_and_who_does_not_hear_is_killed() {
        let folder = tempfile::tempdir().unwrap();
        let lock = folder.path().join("lock");
        let script = format!(
            "trap 'rm {0}; exit' TERM; touch {0}; (trap '' TERM; echo up; while :; do sleep 1; \
             done) & while :; do sleep 0.01; done",
            lock.display()
        );
        let (mut child, tree) = spawn(&script, "WINDLASS_TREE_TEST=four");
        assert!(lock.exists());
        let marked = Tree::marked(tree.mark.clone()).unwrap();
        assert!(marked.end().unwrap() >= 2, "the mark alone finds them");
        assert!(!lock.exists());
        assert!(tree.living().unwrap().is_empty());
        child.wait().unwrap();
    }

    #[test]
    fn a_process_is_seen_also_while_it_changes_its_program() {
        let mark = "WINDLASS_TREE_TEST=five";
        let (name, value) = mark.split_once('=').unwrap();
        let tree = Tree::marked(mark.to_owned()).unwrap();
        for _ in 0..100 {
            let words = ["sh", "-c", "exec env env env env sleep 600"];
            let mut child = Command::new("setsid").args(words).env(name, value).spawn().unwrap();
            let words = format!("/proc/{}/cmdline", child.id());
            let stat = stat::of(child.id()).unwrap().unwrap();
            while !std::fs::read(&words).unwrap().starts_with(b"sleep") {
                assert!(tree.bears_mark(&stat), "it was taken for a stranger");
            }
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    #[test]
    fn what_a_dead_leader_left_is_found_by_its_mark_and_nobody_else_is() {
        let (mut child, tree) = spawn("sleep 600 & echo up", "WINDLASS_TREE_TEST=two");
        child.wait().unwrap();
        assert!(!tree.leader.is_alive().unwrap());
        let stranger = Tree { mark: "WINDLASS_TREE_TEST=three".into(), ..tree.clone() };
        assert!(stranger.living().unwrap().is_empty());
        assert_eq!(tree.living().unwrap().len(), 1);
        assert_eq!(tree.kill().unwrap(), 1);
        assert!(tree.living().unwrap().is_empty());
    }
}
