//! What an environment file says of a repository: where it lies and where it comes from.

use crate::azure::bound;
use crate::schema;
use serde::Deserialize;
use std::path::PathBuf;
use windlass_model::{Binding, Value};
use windlass_ports::Outcome;
use windlass_ports::action::Bindings;

/// The resource type.
pub const KIND: &str = "git.repository";

/// What git itself calls the place that a clone comes from.
const REMOTE: &str = "origin";

/// Who signs what windlass commits, where nobody is named.
const AUTHOR: &str = "windlass <windlass@localhost>";

/// The name that goes with a token: GitHub, GitLab and Azure DevOps take any.
const USER: &str = "windlass";

fn remote() -> String {
    REMOTE.to_owned()
}

fn author() -> String {
    AUTHOR.to_owned()
}

fn user() -> String {
    USER.to_owned()
}

/// A repository's binding.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepositoryBinding {
    /// The clone on this machine.
    pub path: PathBuf,
    /// Where it is cloned from.
    pub url: Option<String>,
    /// The remote's name.
    #[serde(default = "remote")]
    pub remote: String,
    /// Who signs commits and tags: `Name <mail>`.
    #[serde(default = "author")]
    pub author: String,
    /// The secret that opens the remote over https.
    pub token: Option<String>,
    /// The name that goes with it.
    #[serde(default = "user")]
    pub user: String,
}

/// The schema of the binding.
pub fn binding_schema() -> Value {
    schema::object(
        [
            ("path", schema::absolute("the folder of the clone on this machine")),
            ("url", schema::text("where it is cloned from; needed to clone only")),
            ("remote", schema::with_default(schema::text("the remote's name"), REMOTE)),
            ("author", schema::with_default(schema::text("who signs: Name <mail>"), AUTHOR)),
            (
                "token",
                schema::secret("opens the remote over https; git's own helpers where absent"),
            ),
            ("user", schema::with_default(schema::text("the name that goes with it"), USER)),
        ],
        &["path"],
    )
}

impl RepositoryBinding {
    /// Reads a binding.
    pub fn read(binding: &Binding) -> Result<Self, String> {
        bound::read(binding)
    }

    /// The binding of a resource's name.
    pub fn find(bindings: &Bindings, name: &str) -> Outcome<Self> {
        bound::find(bindings, name, KIND, "repository")
    }

    /// The author's name and mail.
    pub fn signer(&self) -> (String, String) {
        match self.author.split_once('<') {
            Some((name, mail)) => {
                (name.trim().to_owned(), mail.trim_end_matches('>').trim().to_owned())
            }
            None => (self.author.clone(), String::new()),
        }
    }
}
