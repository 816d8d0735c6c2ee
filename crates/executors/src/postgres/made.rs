//! Databases that windlass makes: under a name of their own until they are whole, then renamed and
//! noted in one transaction, so that half a database never has the name that was asked for, and
//! whose it is can be told.

use super::catalog_rows::{Database, at_work, by_name};
use super::client::{quoted, undone};
use crate::change::seen::Standing;
use serde::{Deserialize, Serialize};
use tokio_postgres::Client;
use windlass_model::RequestId;
use windlass_ports::Outcome;

/// A database that a step made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Its name.
    pub database: String,
    /// Its number: new for every database ever made.
    pub oid: u32,
}

/// The name that a database has until it is whole.
pub fn part(key: RequestId) -> String {
    format!("windlass_{key}")
}

fn note(key: RequestId) -> String {
    format!("made by windlass, request {key}")
}

fn is_ours(database: &Database, key: RequestId) -> bool {
    database.comment.as_deref() == Some(&note(key))
}

/// Where the making of a database stands.
pub async fn standing(client: &Client, name: &str, key: RequestId) -> Outcome<Standing<Output>> {
    if let Some(database) = by_name(client, name).await? {
        return Ok(match is_ours(&database, key) {
            true => Standing::After(Output { database: name.to_owned(), oid: database.oid }),
            false => {
                Standing::Foreign(format!("the database {name} is not one that this run made"))
            }
        });
    }
    if at_work(client, key).await? {
        return Ok(Standing::Working(format!("the server still makes {name}")));
    }
    Ok(Standing::unmade(by_name(client, &part(key)).await?.is_some()))
}

/// Gives a whole database its name.
pub async fn publish(client: &mut Client, name: &str, key: RequestId) -> Outcome<Output> {
    let what = format!("give the database its name {name}");
    let part = part(key);
    let orders = [
        format!("alter database {} rename to {}", quoted(&part), quoted(name)),
        format!("comment on database {} is '{}'", quoted(name), note(key)),
    ];
    let transaction = client.transaction().await.or_else(|error| undone(&what, &error))?;
    for order in orders {
        transaction.batch_execute(&order).await.or_else(|error| undone(&what, &error))?;
    }
    transaction.commit().await.or_else(|error| undone(&what, &error))?;
    let made = super::catalog_rows::existing(client, name).await?;
    Ok(Output { database: name.to_owned(), oid: made.oid })
}

/// Drops a database, if it is there.
pub async fn drop_database(client: &Client, name: &str) -> Outcome<()> {
    let order = format!("drop database if exists {}", quoted(name));
    let dropped = client.batch_execute(&order).await;
    dropped.or_else(|error| undone(&format!("drop the database {name}"), &error))
}

/// Takes back what a step made of a database. One that is not ours stays.
pub async fn unmake(client: &Client, name: &str, key: RequestId) -> Outcome<()> {
    if let Some(database) = by_name(client, name).await?
        && is_ours(&database, key)
    {
        drop_database(client, name).await?;
    }
    drop_database(client, &part(key)).await
}
