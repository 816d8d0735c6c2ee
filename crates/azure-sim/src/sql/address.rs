//! Which server and database an ARM path names, and the two forms of 404. It must not know what is
//! done with them.

use crate::arm::{ArmPath, resource_not_found};
use crate::http::{Answer, arm_error, arm_gateway_error};
use crate::turn::Turn;
use crate::world::SqlServer;

/// SQL's own form of 404.
pub fn not_found_by_sql(kind: &str, name: &str) -> Answer {
    let message =
        format!("The requested resource of type '{kind}' with name '{name}' was not found.");
    arm_error(404, "ResourceNotFound", message)
}

/// The server that a path names. When it does not exist, ARM says so for what hangs on it.
pub fn server<'w>(turn: &'w Turn<'_>, path: &ArmPath) -> Result<&'w SqlServer, Answer> {
    let name = path.name(1);
    let found = turn.world.server(name);
    if let Some(server) = found.filter(|server| server.group.eq_ignore_ascii_case(path.group())) {
        return Ok(server);
    }
    if path.rest.len() == 2 {
        return Err(not_found_by_sql("Microsoft.Sql/servers", name));
    }
    let parent = format!(
        "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Sql/servers/{name}",
        path.subscription,
        path.group()
    );
    let message = format!(
        "Failed to perform '{}' on resource(s) of type 'servers/databases', because the parent \
         resource '{parent}' could not be found.",
        if turn.request.method == "GET" { "read" } else { "write" }
    );
    Err(arm_gateway_error(404, "ParentResourceNotFound", message))
}

/// The 404 of a database: from SQL if it was there once, from ARM if it never was.
pub fn database_not_found(server: &SqlServer, name: &str) -> Answer {
    if server.dropped.iter().any(|gone| gone.eq_ignore_ascii_case(name)) {
        return not_found_by_sql("Microsoft.Sql/servers/databases", name);
    }
    let name = format!("{}/databases/{name}", server.name);
    resource_not_found("Microsoft.Sql/servers", &name, &server.group)
}

/// The ARM id of a server.
pub fn server_id(subscription: &str, server: &SqlServer) -> String {
    format!(
        "/subscriptions/{subscription}/resourceGroups/{}/providers/Microsoft.Sql/servers/{}",
        server.group, server.name
    )
}
