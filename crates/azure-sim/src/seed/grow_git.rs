//! Repositories from their part of the document. It must not know builds.

use super::document::{CommitSeed, RepositorySeed};
use crate::clock::earlier;
use crate::ids::named;
use crate::world::{Commit, Repository, Tree};
use jiff::Timestamp;

/// The id of a commit that a document calls by a key.
pub fn commit_id(key: &str) -> String {
    object_id(&format!("commit/{key}"))
}

/// 40 digits that stand for a content.
fn object_id(content: &str) -> String {
    let id = named(content).simple().to_string();
    format!("{id}{}", &id[..8])
}

/// Lets one begin.
pub fn grow_repository(seed: &RepositorySeed, now: Timestamp) -> Repository {
    let mut grown = Repository {
        id: named(&format!("repository/{}", seed.name)).to_string(),
        name: seed.name.clone(),
        default_branch: seed.default_branch.clone(),
        refs: Default::default(),
        commits: Vec::new(),
        merges: Vec::new(),
        pull_requests: Vec::new(),
        protected: Vec::new(),
    };
    for commit in &seed.commits {
        grow_commit(&mut grown, commit, now);
    }
    grown
}

fn grow_commit(repository: &mut Repository, seed: &CommitSeed, now: Timestamp) {
    let branch = format!("refs/heads/{}", seed.branch);
    let from = seed.from.as_deref().map(commit_id);
    let first = from.or_else(|| repository.refs.get(&branch).cloned());
    let second = seed.merges.as_deref().map(commit_id);
    let parents: Vec<String> = first.into_iter().chain(second).collect();
    let mut tree = match parents.as_slice() {
        [ours, theirs] => repository.merge_trees(ours, theirs).0,
        [one] => repository.commit(one).map(|commit| commit.tree.clone()).unwrap_or_default(),
        _ => Tree::new(),
    };
    for (path, content) in &seed.files {
        match content {
            Some(content) => tree.insert(path.clone(), object_id(content)),
            None => tree.remove(path),
        };
    }
    let id = commit_id(&seed.key);
    repository.commits.push(Commit {
        id: id.clone(),
        parents,
        comment: seed.comment.clone(),
        tree,
        at: earlier(now, seed.hours_ago * 3600),
    });
    repository.refs.insert(branch, id);
}
