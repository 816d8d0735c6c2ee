//! The files of a clone beside its commits: whether they are clean, and how they follow a branch.

use super::repository::Repository;
use crate::change::failing::permanent;
use windlass_ports::Outcome;

/// Files that a complaint names.
const FILES_SHOWN: usize = 10;

impl Repository<'_> {
    /// The branch that is checked out; none for a bare clone or a bare commit.
    pub async fn checked_out(&self) -> Outcome<Option<String>> {
        if self.is_bare().await? {
            return Ok(None);
        }
        let ran = self.git(&["symbolic-ref", "--quiet", "--short", "HEAD"]).await?;
        Ok(ran.is_good().then(|| ran.text()))
    }

    async fn is_bare(&self) -> Outcome<bool> {
        let arguments = ["rev-parse", "--is-bare-repository"];
        Ok(self.must("look at the clone", &arguments).await? == "true")
    }

    /// Paths of files that are not as the last commit has them; untracked ones do not count.
    pub async fn changed_files(&self) -> Outcome<Vec<String>> {
        let arguments = ["status", "--porcelain", "-z", "--untracked-files=no"];
        let ran = self.git(&arguments).await?;
        if !ran.is_good() {
            return self.failed("look at the files", &ran);
        }
        Ok(ran.list().iter().map(|line| line.chars().skip(3).collect()).collect())
    }

    /// Fails where files are changed.
    pub async fn must_be_clean(&self, what: &str) -> Outcome<()> {
        match self.changed_files().await? {
            changed if changed.is_empty() => Ok(()),
            changed => self.unclean(what, &changed),
        }
    }

    fn unclean(&self, what: &str, files: &[String]) -> Outcome<()> {
        permanent(
            "not_clean",
            format!(
                "failed to {what} in {}: files are changed and not committed ({}); commit or \
                 restore them",
                self.name,
                shown(files)
            ),
        )
    }

    /// Whether the files of a branch that is checked out are those of a commit.
    pub async fn holds(&self, commit: &str) -> Outcome<bool> {
        let ran = self.git(&["diff-index", "--quiet", "--cached", commit, "--"]).await?;
        match ran.status {
            Some(0) => Ok(self.changed_files().await?.is_empty()),
            Some(1) => Ok(false),
            _ => self.failed("compare the files", &ran),
        }
    }

    /// Moves a branch from one commit to another, or not at all; its files follow where it is
    /// checked out. May be done again where it stopped half way.
    pub async fn move_branch(&self, branch: &str, from: &str, to: &str) -> Outcome<()> {
        let full = format!("refs/heads/{branch}");
        let here = self.checked_out().await?.as_deref() == Some(branch);
        let now = self.reference(&full).await?;
        if now.as_deref() != Some(to) {
            if here {
                let foreign = self.foreign(from, to).await?;
                if !foreign.is_empty() {
                    return self.unclean(&format!("move {branch}"), &foreign);
                }
                // Where an earlier move stopped half way, files are of both commits.
                if self.changed_files().await?.is_empty() {
                    let dry = ["read-tree", "-n", "-m", "-u", from, to];
                    self.must("bring the files along", &dry).await?;
                }
            }
            self.set(&full, Some(from), Some(to)).await?;
        }
        if here && !self.holds(to).await? {
            self.bring_files(from, to).await?;
        }
        Ok(())
    }

    async fn bring_files(&self, from: &str, to: &str) -> Outcome<()> {
        let ran = self.git(&["read-tree", "-m", "-u", from, to]).await?;
        if ran.is_good() {
            return Ok(());
        }
        let foreign = self.foreign(from, to).await?;
        if !foreign.is_empty() {
            return permanent(
                "not_clean",
                format!(
                    "failed to bring the files of {} along: somebody changed {}; restore them",
                    self.name,
                    shown(&foreign)
                ),
            );
        }
        self.must("bring the files along", &["read-tree", "--reset", "-u", to]).await.map(drop)
    }

    /// Files that are neither as one commit nor as the other has them: a move between the two,
    /// whole or half, leaves none.
    async fn foreign(&self, from: &str, to: &str) -> Outcome<Vec<String>> {
        let mut foreign = Vec::new();
        for place in [&[][..], &["--cached"]] {
            let (old, new) = (self.differing(place, from).await?, self.differing(place, to).await?);
            let neither = new.into_iter().filter(|file| old.contains(file));
            foreign.extend(neither.collect::<Vec<_>>());
        }
        foreign.sort();
        foreign.dedup();
        Ok(foreign)
    }

    async fn differing(&self, place: &[&str], commit: &str) -> Outcome<Vec<String>> {
        let words = [&["diff"], place, &["--name-only", "-z", commit, "--"]].concat();
        let ran = self.git(&words).await?;
        if ran.is_good() { Ok(ran.list()) } else { self.failed("compare the files", &ran) }
    }
}

/// Some files, for a sentence.
pub fn shown(files: &[String]) -> String {
    let mut text = files.iter().take(FILES_SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if files.len() > FILES_SHOWN {
        text.push_str(&format!(" and {} more", files.len() - FILES_SHOWN));
    }
    text
}
