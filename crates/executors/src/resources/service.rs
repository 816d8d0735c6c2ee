//! `service` as part of the world: running.

use super::declared::{declared, seen, unreadable};
use crate::change::key::looking;
use crate::service::binding::{KIND, ServiceBinding, binding_schema};
use crate::service::handle::Service;
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use windlass_model::{Binding, ResourceSpec};
use windlass_ports::{BoxFuture, Context, Outcome, Resource};

/// The observer.
pub struct ServiceResource {
    /// What it declares.
    pub spec: ResourceSpec,
    /// Where logs go that nobody placed.
    pub state: PathBuf,
}

/// What it declares.
pub fn spec() -> ResourceSpec {
    let fields = [("running", "bool", "whether any of it runs")];
    let summary = "A service of this machine: a process, or a unit of systemd.";
    declared(KIND, summary, &fields, binding_schema())
}

impl ServiceResource {
    async fn fields(&self, ctx: &Context, binding: &Binding) -> Outcome<Map<String, Value>> {
        let read = ServiceBinding::read(binding).map_err(unreadable("a service"))?;
        // A process is known by the resource's name too.
        let name = ctx.bindings.iter().find(|(_, bound)| *bound == binding);
        let name = name.map(|(name, _)| name.as_str()).unwrap_or_default();
        let service = Service::new(name, read, &self.state);
        let look = service.look(ctx, looking(ctx), None).await?;
        Ok(seen([("running", json!(look.running.is_some()))]))
    }
}

impl Resource for ServiceResource {
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
