//! Which builds can use a database's schema. It must not know which apps there are.

use super::build::Deployed;
use serde::{Deserialize, Serialize};

/// What a database's schema asks of builds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fit {
    /// Builds of this branch cannot use it: it belongs to an older line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refuses_branch: Option<String>,
    /// Builds from this version on migrate it when they start; older ones cannot use it
    /// afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub migrated_from: Option<String>,
    /// Whether that has happened.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub migrated: bool,
}

impl Fit {
    /// Says whether a build that starts now migrates the database.
    pub fn is_migrated_by(&self, build: &Deployed) -> bool {
        let reaches = |from: &String| !is_older(&build.version, from);
        !self.migrated && self.lack(build).is_none() && self.migrated_from.iter().any(reaches)
    }

    /// Why a build cannot use the database; nothing if it can.
    pub fn lack(&self, build: &Deployed) -> Option<&'static str> {
        if self.refuses_branch.as_ref().is_some_and(|branch| *branch == build.branch) {
            return Some("the database is of an older line than this build");
        }
        let older = |from: &String| is_older(&build.version, from);
        (self.migrated && self.migrated_from.iter().any(older))
            .then_some("the database was migrated, and this build is older than its schema")
    }
}

/// Compares versions part by part; what is no number counts as 0.
fn is_older(version: &str, than: &str) -> bool {
    let parts = |text: &str| -> Vec<u64> {
        text.split('.').map(|part| part.parse().unwrap_or_default()).collect()
    };
    parts(version) < parts(than)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(branch: &str, version: &str) -> Deployed {
        Deployed { branch: branch.into(), version: version.into(), release: String::new() }
    }

    #[test]
    fn a_migration_shuts_older_builds_out() {
        let mut fit = Fit { migrated_from: Some("7.2.0".into()), ..Fit::default() };
        let (old, new) = (build("main", "7.1.214.9"), build("main", "7.2.0.41"));
        assert!(!fit.is_migrated_by(&old) && fit.is_migrated_by(&new));
        assert_eq!((fit.lack(&old), fit.lack(&new)), (None, None));
        fit.migrated = true;
        assert!(fit.lack(&old).is_some() && fit.lack(&new).is_none() && !fit.is_migrated_by(&new));
        let newer = Fit { migrated_from: Some("7.10".into()), ..Fit::default() };
        assert!(!newer.is_migrated_by(&new), "10 is more than 2");
    }

    #[test]
    fn a_line_is_refused_by_its_branch() {
        let fit = Fit { refuses_branch: Some("main".into()), ..Fit::default() };
        assert!(fit.lack(&build("main", "9")).is_some());
        assert!(fit.lack(&build("prod", "1")).is_none());
        assert_eq!(Fit::default().lack(&build("", "")), None);
    }
}
