//! `azure.storage_blob` and `azure.storage_container` as parts of the world: is it there, how long,
//! which.

use super::declared::{declared, seen, unreadable};
use crate::azure::storage::binding::{
    BLOB, BlobBinding, CONTAINER, ContainerBinding, blob_schema, container_schema,
};
use crate::azure::storage::blobs::Blobs;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use windlass_model::{Binding, ResourceSpec};
use windlass_ports::{BoxFuture, Context, Outcome, Resource};

/// The observer of a file.
pub struct StorageBlob {
    blobs: Arc<Blobs>,
    spec: ResourceSpec,
}

/// The observer of a container.
pub struct StorageContainer {
    blobs: Arc<Blobs>,
    spec: ResourceSpec,
}

/// What a file declares.
pub fn blob_spec() -> ResourceSpec {
    let fields = [
        ("exists", "bool", "whether there is a file of that name"),
        ("length", "int", "how long it is; null where there is none"),
        ("etag", "string", "its stamp, new with every write"),
    ];
    declared(BLOB, "A file in a storage account.", &fields, blob_schema())
}

/// What a container declares.
pub fn container_spec() -> ResourceSpec {
    let fields = [("exists", "bool", "whether there is such a container")];
    declared(CONTAINER, "A container of a storage account.", &fields, container_schema())
}

impl StorageBlob {
    /// The observer.
    pub fn new(blobs: Arc<Blobs>) -> Self {
        Self { blobs, spec: blob_spec() }
    }

    async fn fields(&self, ctx: &Context, binding: &Binding) -> Outcome<Map<String, Value>> {
        let place = BlobBinding::read(binding).map_err(unreadable("a file"))?.place();
        let facts = self.blobs.look(ctx, &place).await?.facts;
        Ok(seen([
            ("exists", json!(facts.is_some())),
            ("length", json!(facts.as_ref().map(|facts| facts.length))),
            ("etag", json!(facts.map(|facts| facts.etag))),
        ]))
    }
}

impl StorageContainer {
    /// The observer.
    pub fn new(blobs: Arc<Blobs>) -> Self {
        Self { blobs, spec: container_spec() }
    }

    async fn fields(&self, ctx: &Context, binding: &Binding) -> Outcome<Map<String, Value>> {
        let place = ContainerBinding::read(binding).map_err(unreadable("a container"))?;
        let exists = self.blobs.is_container(ctx, &place).await?;
        Ok(seen([("exists", json!(exists))]))
    }
}

impl Resource for StorageBlob {
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

impl Resource for StorageContainer {
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
