//! `git.repository` as part of the world: exists, branch, commit, clean.

use super::declared::{declared, seen, unreadable};
use crate::change::key::looking;
use crate::git::binding::{KIND, RepositoryBinding, binding_schema};
use crate::git::repository::Repository;
use serde_json::{Map, Value, json};
use windlass_model::{Binding, ResourceSpec};
use windlass_ports::{BoxFuture, Context, Outcome, Resource};

/// The observer.
pub struct GitRepository(pub ResourceSpec);

/// What it declares.
pub fn spec() -> ResourceSpec {
    let fields = [
        ("exists", "bool", "whether there is a clone"),
        ("branch", "string", "the branch that is checked out"),
        ("commit", "string", "the commit that is checked out"),
        ("clean", "bool", "whether no file is changed and not committed"),
    ];
    declared(KIND, "A clone of a git repository on this machine.", &fields, binding_schema())
}

async fn fields(ctx: &Context, binding: &Binding) -> Outcome<Map<String, Value>> {
    let binding = RepositoryBinding::read(binding).map_err(unreadable("a repository"))?;
    let name = binding.path.display().to_string();
    let repository = Repository::bound(ctx, binding, name, looking(ctx));
    let exists = repository.exists();
    let (mut branch, mut commit, mut clean) = (Value::Null, Value::Null, Value::Null);
    if exists {
        branch = json!(repository.checked_out().await?);
        commit = json!(repository.find_commit("HEAD").await?);
        clean = json!(repository.changed_files().await.map(|files| files.is_empty()).ok());
    }
    Ok(seen([("exists", json!(exists)), ("branch", branch), ("commit", commit), ("clean", clean)]))
}

impl Resource for GitRepository {
    fn spec(&self) -> &ResourceSpec {
        &self.0
    }

    fn observe<'a>(
        &'a self,
        ctx: &'a Context,
        binding: &'a Binding,
    ) -> BoxFuture<'a, Outcome<Map<String, Value>>> {
        Box::pin(fields(ctx, binding))
    }
}
