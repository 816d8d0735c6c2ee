//! A repository: commits, branches, merges at work, pull requests. It must not know builds.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The files of a commit: what each path holds, as an object id.
pub type Tree = BTreeMap<String, String>;

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// Its id.
    pub id: String,
    /// Its parents.
    pub parents: Vec<String>,
    /// Its message.
    pub comment: String,
    /// Its files.
    pub tree: Tree,
    /// When it was made.
    pub at: Timestamp,
}

/// How far a merge is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum MergeState {
    /// It waits.
    Queued,
    /// It made this commit, which no branch names yet.
    Completed(String),
    /// It cannot be done.
    Failed(String),
}

/// A merge that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeOperation {
    /// Its number.
    pub id: u64,
    /// What is merged: the first parent is the branch that gets the merge.
    pub parents: [String; 2],
    /// The message.
    pub comment: String,
    /// How far it is.
    pub state: MergeState,
    /// When it ends.
    pub ends: Timestamp,
}

/// A pull request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequest {
    /// Its number.
    pub id: u64,
    /// The branch that is merged, in full.
    pub source: String,
    /// The branch that gets it, in full.
    pub target: String,
    /// Its title.
    pub title: String,
    /// What its maker wrote.
    pub description: String,
    /// `active`, `completed`, `abandoned`.
    pub status: String,
    /// `queued`, `succeeded`, `conflicts`.
    pub merge_status: String,
    /// When it was made.
    pub created: Timestamp,
    /// When its merge was tried, or will be.
    pub merge_checked: Timestamp,
    /// When its completion was asked for.
    pub queued: Option<Timestamp>,
    /// When its completion ends, while it is at work.
    pub completes: Option<Timestamp>,
    /// When it was closed.
    pub closed: Option<Timestamp>,
    /// The message of its merge commit.
    pub message: Option<String>,
    /// Whether its branch goes with it.
    pub delete_source: bool,
    /// The commit that it became.
    pub merge_commit: Option<String>,
    /// The request that asked for its completion.
    pub request_id: Option<String>,
}

/// A repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repository {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The branch that a clone begins with, without `refs/heads/`.
    pub default_branch: String,
    /// Branches and what they name, in full.
    pub refs: BTreeMap<String, String>,
    /// The commits, parents first.
    pub commits: Vec<Commit>,
    /// The merges that were asked for.
    #[serde(default)]
    pub merges: Vec<MergeOperation>,
    /// The pull requests.
    #[serde(default)]
    pub pull_requests: Vec<PullRequest>,
    /// Branches that take no direct push.
    #[serde(default)]
    pub protected: Vec<String>,
}

impl Repository {
    /// Says whether a name or an id is this one's.
    pub fn is_called(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name) || self.id.eq_ignore_ascii_case(name)
    }

    /// A commit.
    pub fn commit(&self, id: &str) -> Option<&Commit> {
        self.commits.iter().find(|commit| commit.id == id)
    }

    /// What a commit, or a branch by either name, stands for.
    pub fn resolve(&self, version: &str) -> Option<&Commit> {
        let long = if version.starts_with("refs/") {
            version.to_owned()
        } else {
            format!("refs/heads/{version}")
        };
        self.commit(version).or_else(|| self.commit(self.refs.get(&long)?))
    }

    /// A commit and everything that it stands on.
    pub fn ancestors(&self, id: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open = vec![id.to_owned()];
        while let Some(next) = open.pop() {
            let Some(commit) = self.commit(&next) else { continue };
            if found.insert(next) {
                open.extend(commit.parents.iter().cloned());
            }
        }
        found
    }

    /// The commits that both stand on, without those that another of them stands on.
    pub fn merge_bases(&self, one: &str, other: &str) -> Vec<&Commit> {
        let (ours, theirs) = (self.ancestors(one), self.ancestors(other));
        let common: Vec<&String> = ours.intersection(&theirs).collect();
        let below = |id: &String| {
            let mut others = common.iter().filter(|known| **known != id);
            others.any(|known| self.ancestors(known).contains(id))
        };
        let best = common.iter().filter(|id| !below(id));
        best.filter_map(|id| self.commit(id)).collect()
    }

    /// Both sides' files together, and the paths that both changed in different ways.
    pub fn merge_trees(&self, ours: &str, theirs: &str) -> (Tree, Vec<String>) {
        let empty = Tree::new();
        let tree = |id: &str| self.commit(id).map_or(&empty, |commit| &commit.tree);
        let bases = self.merge_bases(ours, theirs);
        let base = bases.first().map_or(&empty, |commit| &commit.tree);
        let (ours, theirs) = (tree(ours), tree(theirs));
        let paths: BTreeSet<&String> =
            base.keys().chain(ours.keys()).chain(theirs.keys()).collect();
        let (mut merged, mut conflicts) = (Tree::new(), Vec::new());
        for path in paths {
            let (was, our, their) = (base.get(path), ours.get(path), theirs.get(path));
            if our != their && our != was && their != was {
                conflicts.push(path.clone());
            }
            let kept = if our == was { their } else { our };
            if let Some(content) = kept {
                merged.insert(path.clone(), content.clone());
            }
        }
        (merged, conflicts)
    }

    /// The differences from one commit to another: path, what it held, what it holds.
    pub fn differences(
        &self,
        from: &str,
        to: &str,
    ) -> Vec<(String, Option<String>, Option<String>)> {
        let empty = Tree::new();
        let tree = |id: &str| self.commit(id).map_or(&empty, |commit| &commit.tree);
        let (from, to) = (tree(from), tree(to));
        let paths: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
        let changed = paths.into_iter().filter(|path| from.get(*path) != to.get(*path));
        changed.map(|path| (path.clone(), from.get(path).cloned(), to.get(path).cloned())).collect()
    }
}
