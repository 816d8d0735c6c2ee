//! `blob.store` and `blob.object` as parts of the world: is it there, how long, which.

use crate::blob::binding::{
    OBJECT, ObjectBinding, STORE, StoreBinding, object_schema, store_schema,
};
use crate::blob::stores::Stores;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use windlass_model::{Binding, Failure, FieldSpec, ResourceSpec};
use windlass_ports::{ActionError, BoxFuture, Context, Outcome, Resource};

/// The observer of a store.
pub struct BlobStore {
    /// The stores.
    pub stores: Arc<Stores>,
    /// What it declares.
    pub spec: ResourceSpec,
}

/// The observer of a file.
pub struct BlobObject {
    /// The stores.
    pub stores: Arc<Stores>,
    /// What it declares.
    pub spec: ResourceSpec,
}

fn field(name: &str, ty: &str, summary: &str) -> (String, FieldSpec) {
    (name.to_owned(), FieldSpec { ty: ty.to_owned(), summary: summary.to_owned() })
}

/// What a store declares.
pub fn store_spec() -> ResourceSpec {
    ResourceSpec {
        kind: STORE.to_owned(),
        summary: "A container of Azure storage, a bucket of what speaks S3, or a folder."
            .to_owned(),
        fields: [field("exists", "bool", "whether there is such a store")].into(),
        binding: store_schema(),
    }
}

/// What a file declares.
pub fn object_spec() -> ResourceSpec {
    let fields = [
        field("exists", "bool", "whether there is a file of that name"),
        field("length", "int", "how long it is; null where there is none"),
        field("etag", "string", "its stamp, new with every write"),
    ];
    ResourceSpec {
        kind: OBJECT.to_owned(),
        summary: "A file in a store.".to_owned(),
        fields: fields.into(),
        binding: object_schema(),
    }
}

fn broken(what: &str, why: &str) -> ActionError {
    let message = format!("failed to read the binding of a {what}: {why}");
    ActionError::Permanent(Failure::permanent("binding", message))
}

fn fields<const N: usize>(fields: [(&str, Value); N]) -> Map<String, Value> {
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

impl BlobStore {
    async fn fields(&self, ctx: &Context, binding: &Binding) -> Outcome<Map<String, Value>> {
        let binding = StoreBinding::read(binding).map_err(|why| broken("store", &why))?;
        let exists = self.stores.open_bound(ctx, binding).await?.is_there().await?;
        Ok(fields([("exists", json!(exists))]))
    }
}

impl BlobObject {
    async fn fields(&self, ctx: &Context, binding: &Binding) -> Outcome<Map<String, Value>> {
        let binding = ObjectBinding::read(binding).map_err(|why| broken("file", &why))?;
        let facts = self.stores.open(ctx, &binding.store).await?.look(&binding.name).await?;
        Ok(fields([
            ("exists", json!(facts.is_some())),
            ("length", json!(facts.as_ref().map(|facts| facts.bytes))),
            ("etag", json!(facts.map(|facts| facts.etag))),
        ]))
    }
}

impl Resource for BlobStore {
    fn spec(&self) -> &ResourceSpec {
        &self.spec
    }

    fn observe<'a>(
        &'a self,
        ctx: &'a Context,
        binding: &'a Binding,
    ) -> BoxFuture<'a, Outcome<Map<String, Value>>> {
        Box::pin(self.fields(ctx, binding))
    }
}

impl Resource for BlobObject {
    fn spec(&self) -> &ResourceSpec {
        &self.spec
    }

    fn observe<'a>(
        &'a self,
        ctx: &'a Context,
        binding: &'a Binding,
    ) -> BoxFuture<'a, Outcome<Map<String, Value>>> {
        Box::pin(self.fields(ctx, binding))
    }
}
