//! What this family brings to the catalog and to an environment's registry.

use super::action::Power;
use super::shapes::Want;
use crate::http::HttpClient;
use std::path::Path;
use windlass_model::ActionSpec;
use windlass_ports::{Registry, erase};

/// What can be wanted of a service.
const WANTS: [Want; 4] = [Want::Running, Want::Stopped, Want::Anew, Want::Ready];

/// What the actions declare.
pub fn specs() -> Vec<ActionSpec> {
    WANTS.map(Want::spec).into()
}

/// Adds the actions.
pub fn add(registry: &mut Registry, http: &HttpClient, state: &Path) {
    for want in WANTS {
        let (http, state) = (http.clone(), state.to_owned());
        registry.add_action(erase(Power { want, http, state, spec: want.spec() }));
    }
}
