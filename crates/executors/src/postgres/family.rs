//! What this family brings to the catalog and to an environment's registry: a line an action.

use super::client::Server;
use super::create_database_copy::{self, CreateDatabaseCopy};
use super::drop_database::{self, DropDatabase};
use super::dump::{self, Dump};
use super::query::{self, Query};
use super::rename_database::{self, RenameDatabase};
use super::restore::{self, Restore};
use super::run_sql::{self, RunSql};
use super::set_allow_connections::{self, SetAllowConnections};
use super::terminate_connections::{self, TerminateConnections};
use crate::change::by_look::change;
use crate::change::reading::reading;
use std::path::Path;
use std::sync::Arc;
use windlass_model::ActionSpec;
use windlass_ports::Registry;

/// What the actions declare.
pub fn specs() -> Vec<ActionSpec> {
    vec![
        create_database_copy::spec(),
        restore::spec(),
        dump::spec(),
        rename_database::spec(),
        drop_database::spec(),
        set_allow_connections::spec(),
        terminate_connections::spec(),
        run_sql::spec(),
        query::spec(),
    ]
}

/// Adds the actions.
pub fn add(registry: &mut Registry, server: &Arc<Server>, state: &Path) {
    let one = || Arc::clone(server);
    registry.add_action(change(CreateDatabaseCopy {
        server: one(),
        state: state.to_owned(),
        spec: create_database_copy::spec(),
    }));
    registry.add_action(change(Restore { server: one(), spec: restore::spec() }));
    registry.add_action(change(Dump { server: one(), spec: dump::spec() }));
    registry.add_action(change(RenameDatabase { server: one(), spec: rename_database::spec() }));
    registry.add_action(change(DropDatabase { server: one(), spec: drop_database::spec() }));
    let spec = set_allow_connections::spec();
    registry.add_action(change(SetAllowConnections { server: one(), spec }));
    let spec = terminate_connections::spec();
    registry.add_action(change(TerminateConnections { server: one(), spec }));
    registry.add_action(change(RunSql { server: one(), spec: run_sql::spec() }));
    registry.add_action(reading(Query { server: one(), spec: query::spec() }));
}
