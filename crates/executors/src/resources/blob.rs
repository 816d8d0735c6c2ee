//! `blob.store` and `blob.object` as parts of the world: is it there, how long, which.

use super::declared::{declared, seen, unreadable};
use crate::blob::binding::{
    OBJECT, ObjectBinding, STORE, StoreBinding, object_schema, store_schema,
};
use crate::blob::stores::Stores;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use windlass_model::{Binding, ResourceSpec};
use windlass_ports::{BoxFuture, Context, Outcome, Resource};

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

/// What a store declares.
pub fn store_spec() -> ResourceSpec {
    let fields = [("exists", "bool", "whether there is such a store")];
    let summary = "A container of Azure storage, a bucket of what speaks S3, or a folder.";
    declared(STORE, summary, &fields, store_schema())
}

/// What a file declares.
pub fn object_spec() -> ResourceSpec {
    let fields = [
        ("exists", "bool", "whether there is a file of that name"),
        ("length", "int", "how long it is; null where there is none"),
        ("etag", "string", "its stamp, new with every write"),
    ];
    declared(OBJECT, "A file in a store.", &fields, object_schema())
}

impl BlobStore {
    async fn fields(&self, ctx: &Context, binding: &Binding) -> Outcome<Map<String, Value>> {
        let binding = StoreBinding::read(binding).map_err(unreadable("a store"))?;
        let exists = self.stores.open_bound(ctx, binding).await?.is_there().await?;
        Ok(seen([("exists", json!(exists))]))
    }
}

impl BlobObject {
    async fn fields(&self, ctx: &Context, binding: &Binding) -> Outcome<Map<String, Value>> {
        let binding = ObjectBinding::read(binding).map_err(unreadable("a file"))?;
        let facts = self.stores.open(ctx, &binding.store).await?.look(&binding.name).await?;
        Ok(seen([
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
