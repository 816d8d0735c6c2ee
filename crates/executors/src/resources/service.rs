//! `service` as part of the world: running.

use crate::change::key::looking;
use crate::service::binding::{KIND, ServiceBinding, binding_schema};
use crate::service::handle::Service;
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use windlass_model::{Binding, Failure, FieldSpec, ResourceSpec};
use windlass_ports::{ActionError, BoxFuture, Context, Outcome, Resource};

/// The observer.
pub struct ServiceResource {
    /// What it declares.
    pub spec: ResourceSpec,
    /// Where logs go that nobody placed.
    pub state: PathBuf,
}

/// What it declares.
pub fn spec() -> ResourceSpec {
    let running = FieldSpec { ty: "bool".to_owned(), summary: "whether any of it runs".to_owned() };
    ResourceSpec {
        kind: KIND.to_owned(),
        summary: "A service of this machine: a process, or a unit of systemd.".to_owned(),
        fields: [("running".to_owned(), running)].into(),
        binding: binding_schema(),
    }
}

impl ServiceResource {
    async fn fields(&self, ctx: &Context, binding: &Binding) -> Outcome<Map<String, Value>> {
        let read = ServiceBinding::read(binding).map_err(|why| {
            let message = format!("failed to read the binding of a service: {why}");
            ActionError::Permanent(Failure::permanent("binding", message))
        })?;
        // A process is known by the resource's name too.
        let name = ctx.bindings.iter().find(|(_, bound)| *bound == binding);
        let name = name.map(|(name, _)| name.as_str()).unwrap_or_default();
        let service = Service::new(name, read, &self.state);
        let look = service.look(ctx, looking(ctx), None).await?;
        Ok([("running".to_owned(), json!(look.running.is_some()))].into_iter().collect())
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
