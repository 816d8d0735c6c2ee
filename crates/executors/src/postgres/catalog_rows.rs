//! What the server says of its databases and of who is connected. It changes nothing.

use super::client::{application, unread};
use crate::change::failing::permanent;
use serde::{Deserialize, Serialize};
use tokio_postgres::Client;
use windlass_model::RequestId;
use windlass_ports::Outcome;

/// A database as the server lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Database {
    /// Its number: new for every database ever made.
    pub oid: u32,
    /// Its name.
    pub name: String,
    /// Whether anybody may connect.
    pub allows_connections: bool,
    /// What was noted about it.
    pub comment: Option<String>,
    /// Its size on disk, where the server says.
    pub size_bytes: Option<i64>,
    /// Sessions in it.
    pub connections: i64,
}

const COLUMNS: &str = "select d.oid, d.datname::text, d.datallowconn, \
     shobj_description(d.oid, 'pg_database'), \
     case when has_database_privilege(d.oid, 'connect') then pg_database_size(d.oid) end, \
     (select count(*) from pg_stat_activity a where a.datid = d.oid) \
     from pg_database d";

/// The database of a name.
pub async fn by_name(client: &Client, name: &str) -> Outcome<Option<Database>> {
    let order = format!("{COLUMNS} where d.datname = $1");
    let row = client.query_opt(&order, &[&name]).await;
    read(row)
}

/// The database of a number, whatever its name is now.
pub async fn by_oid(client: &Client, oid: u32) -> Outcome<Option<Database>> {
    let order = format!("{COLUMNS} where d.oid = $1");
    let row = client.query_opt(&order, &[&oid]).await;
    read(row)
}

fn read(
    row: Result<Option<tokio_postgres::Row>, tokio_postgres::Error>,
) -> Outcome<Option<Database>> {
    let row = row.or_else(|error| unread("list the databases", &error))?;
    Ok(row.map(|row| Database {
        oid: row.get(0),
        name: row.get(1),
        allows_connections: row.get(2),
        comment: row.get(3),
        size_bytes: row.get(4),
        connections: row.get(5),
    }))
}

/// The database of a name, which must be there.
pub async fn existing(client: &Client, name: &str) -> Outcome<Database> {
    match by_name(client, name).await? {
        Some(database) => Ok(database),
        None => {
            permanent("missing", format!("failed to find the database {name}: it is not there"))
        }
    }
}

/// Fails where the name is taken.
pub async fn must_be_free(client: &Client, name: &str) -> Outcome<()> {
    match by_name(client, name).await? {
        None => Ok(()),
        Some(_) => permanent(
            "taken",
            format!("failed to make the database {name}: there is one; rename or drop it first"),
        ),
    }
}

/// Whether an order of a step whose sender is gone still runs. Its connections that wait are ended
/// first: one that waits may still find an order in its post.
pub async fn at_work(client: &Client, key: RequestId) -> Outcome<bool> {
    let name = application(key);
    let ends = "select pg_terminate_backend(pid, $2) from pg_stat_activity \
                where application_name = $1 and state <> 'active' and pid <> pg_backend_pid()";
    let ended = client.execute(ends, &[&name, &END_MS]).await;
    ended.or_else(|error| unread("end what was left over", &error))?;
    let order = "select count(*) from pg_stat_activity \
                 where application_name = $1 and pid <> pg_backend_pid()";
    let row = client.query_one(order, &[&name]).await;
    let count: i64 = row.or_else(|error| unread("look at the connections", &error))?.get(0);
    Ok(count > 0)
}

/// How long the server may take to end a connection that waits.
const END_MS: i64 = 5_000;
