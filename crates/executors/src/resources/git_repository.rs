//! `git.repository` as part of the world: exists, branch, commit, clean.

use crate::change::key::looking;
use crate::git::binding::{KIND, RepositoryBinding, binding_schema};
use crate::git::repository::Repository;
use serde_json::{Map, Value, json};
use windlass_model::{Binding, Failure, FieldSpec, ResourceSpec};
use windlass_ports::{ActionError, BoxFuture, Context, Outcome, Resource};

/// The observer.
pub struct GitRepository(pub ResourceSpec);

/// What it declares.
pub fn spec() -> ResourceSpec {
    let field =
        |ty: &str, summary: &str| FieldSpec { ty: ty.to_owned(), summary: summary.to_owned() };
    ResourceSpec {
        kind: KIND.to_owned(),
        summary: "A clone of a git repository on this machine.".to_owned(),
        fields: [
            ("exists", field("bool", "whether there is a clone")),
            ("branch", field("string", "the branch that is checked out")),
            ("commit", field("string", "the commit that is checked out")),
            ("clean", field("bool", "whether no file is changed and not committed")),
        ]
        .into_iter()
        .map(|(name, spec)| (name.to_owned(), spec))
        .collect(),
        binding: binding_schema(),
    }
}

async fn fields(ctx: &Context, binding: &Binding) -> Outcome<Map<String, Value>> {
    let binding = RepositoryBinding::read(binding).map_err(|why| {
        let message = format!("failed to read the binding of a repository: {why}");
        ActionError::Permanent(Failure::permanent("binding", message))
    })?;
    let name = binding.path.display().to_string();
    let repository = Repository::bound(ctx, binding, name, looking(ctx));
    let exists = repository.exists();
    let (mut branch, mut commit, mut clean) = (Value::Null, Value::Null, Value::Null);
    if exists {
        branch = json!(repository.checked_out().await?);
        commit = json!(repository.find_commit("HEAD").await?);
        clean = json!(repository.changed_files().await.map(|files| files.is_empty()).ok());
    }
    let fields =
        [("exists", json!(exists)), ("branch", branch), ("commit", commit), ("clean", clean)];
    Ok(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
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
