//! A bench with databases of its own on the test's server.

use super::bench::Bench;
use super::context::Known;
use super::server::{PASSWORD, server};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::OnceCell;
use tokio_postgres::{Client, Config, NoTls};
use windlass_executors::change::key::key;
use windlass_executors::postgres::made::part;

/// No two benches of a process have the same names.
static BENCHES: AtomicU32 = AtomicU32::new(0);

/// The database that all are copied from, file by file: it has three users.
static USERS: OnceCell<()> = OnceCell::const_new();

async fn three_users() {
    let client = connect("postgres").await;
    client.batch_execute("create database three_users").await.unwrap();
    let orders = "create table users (id int primary key, name text not null); \
                  insert into users values (1, 'Ada'), (2, 'Grace'), (3, 'it''s')";
    connect("three_users").await.batch_execute(orders).await.unwrap();
    nobody_in("three_users").await;
}

/// Waits until the sessions that ended are gone.
async fn nobody_in(database: &str) {
    let client = connect("postgres").await;
    let order = "select count(*) from pg_sleep(0.002), pg_stat_activity where datname = $1";
    let gone = async {
        while client.query_one(order, &[&database]).await.unwrap().get::<_, i64>(0) > 0 {}
    };
    let ended = tokio::time::timeout(std::time::Duration::from_secs(60), gone).await;
    assert!(ended.is_ok(), "sessions stay in {database}");
}

/// The bench.
pub struct Databases {
    pub bench: Bench,
    pub number: u32,
}

/// A connection as a person's.
pub async fn connect(database: &str) -> Client {
    let mut config = Config::new();
    config.host_path(&server().socket).user("releases").password(PASSWORD).dbname(database);
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

impl Databases {
    /// `main` has three users; `other` is a name that is free.
    pub async fn new() -> Self {
        let number = BENCHES.fetch_add(1, Ordering::Relaxed);
        let mut bench = Bench::new(Known::of(&[("password", PASSWORD)]));
        let settings = json!({
            "host": server().socket, "user": "releases", "password": "password", "tls": "off",
        });
        bench.environment.providers.insert("postgres".to_owned(), settings);
        for name in ["main", "other"] {
            bench.bind(name, "postgres.database", json!({"database": format!("{name}{number}")}));
        }
        let all = Self { bench, number };
        USERS.get_or_init(three_users).await;
        let client = connect("postgres").await;
        let (main, from) = (all.name("main"), "template three_users strategy file_copy");
        client.batch_execute(&format!("create database {main} {from}")).await.unwrap();
        all
    }

    /// The name on the server.
    pub fn name(&self, name: &str) -> String {
        format!("{name}{}", self.number)
    }

    /// Waits until the sessions that ended are gone.
    pub async fn nobody_in(&self, name: &str) {
        nobody_in(&self.name(name)).await;
    }

    /// The names that databases of this bench can have; others on the server are other tests'.
    pub fn names(&self) -> Vec<String> {
        let attempt = super::context::attempt(Value::Null, 1);
        let part = part(key(&self.bench.parts.context(), &attempt));
        vec![self.name("main"), self.name("other"), part]
    }

    /// Databases of this bench and unfinished ones, whether one may connect, and their rows.
    pub async fn world(&self) -> Value {
        let client = connect("postgres").await;
        let order = "select datname::text, datallowconn from pg_database \
                     where datname = any($1) order by 1";
        let rows = client.query(order, &[&self.names()]).await.unwrap();
        let mut world = Vec::new();
        for row in rows {
            let (name, open): (String, bool) = (row.get(0), row.get(1));
            let users = if open { self.users(&name).await } else { Value::Null };
            world.push(json!({"name": name, "open": open, "users": users}));
        }
        json!(world)
    }

    async fn users(&self, database: &str) -> Value {
        let client = connect(database).await;
        let rows = client.query("select name from users order by id", &[]).await;
        let names = rows.map(|rows| rows.iter().map(|row| row.get(0)).collect::<Vec<String>>());
        drop(client);
        let short = database.trim_end_matches(char::is_numeric);
        self.nobody_in(short).await;
        json!(names.ok())
    }
}
