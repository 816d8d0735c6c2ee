//! The PostgreSQL actions through the kit, against a real server. One test an action, since each
//! case makes databases.

use crate::support::databases::{Databases, connect};
use serde_json::{Value, json};
use std::future::Future;
use std::sync::Arc;
use windlass_model::Millis;
use windlass_ports::{Action, BoxFuture, Context};
use windlass_testkit::action_kit::{self, Subject};

struct PgSubject {
    all: Databases,
    kind: &'static str,
    input: Value,
}

impl Subject for PgSubject {
    fn action(&self) -> Arc<dyn Action> {
        self.all.bench.action(self.kind)
    }

    fn cut_off(&self) -> Option<Arc<dyn Action>> {
        // To delete a file no server is needed.
        if self.kind == "postgres.dump" {
            return None;
        }
        let mut environment = self.all.bench.environment.clone();
        let section = environment.providers.get_mut("postgres").unwrap();
        section["host"] = json!("127.0.0.1");
        section["port"] = json!(1);
        let deps = self.all.bench.deps();
        let registry = windlass_executors::registry(&environment, deps).unwrap();
        Some(Arc::clone(registry.action(self.kind).unwrap()))
    }

    fn context(&self) -> Context {
        self.all.bench.parts.context()
    }

    fn input(&self) -> Value {
        self.input.clone()
    }

    fn observe(&self) -> BoxFuture<'_, Value> {
        Box::pin(async {
            let files = ["main.dump", "main.dump.sha256"];
            let files = files.map(|file| self.all.bench.path(file).exists());
            json!({"databases": self.all.world().await, "files": files})
        })
    }

    /// Every database that was made counts: none gets a number that another one had.
    fn changes(&self) -> BoxFuture<'_, usize> {
        Box::pin(async {
            let client = connect("postgres").await;
            let order = "select coalesce(sum(oid::bigint), 0)::bigint from pg_database \
                         where datname = any($1)";
            let sum: i64 = client.query_one(order, &[&self.all.names()]).await.unwrap().get(0);
            let world = self.observe().await.to_string().len();
            usize::try_from(sum).unwrap() + world
        })
    }

    fn pass(&self, span: Millis) -> BoxFuture<'_, ()> {
        self.all.bench.parts.clock.advance(span);
        Box::pin(tokio::task::yield_now())
    }
}

async fn subject(kind: &'static str, input: Value) -> PgSubject {
    let all = Databases::new().await;
    let text = input.to_string().replace("{n}", &all.number.to_string());
    let text = text.replace("{dir}", all.bench.folder.path().to_str().unwrap());
    PgSubject { all, kind, input: serde_json::from_str(&text).unwrap() }
}

/// All cases of the kit, each with a subject of its own.
async fn conforms<F: Future<Output = PgSubject>>(make: impl Fn() -> F) {
    action_kit::probe_before_is_absent::check(&make().await).await;
    action_kit::probe_after_is_done::check(&make().await).await;
    action_kit::executes_once::check(&make().await).await;
    action_kit::handle_survives::check(&make().await).await;
    action_kit::cut_off_is_no_doubt::check(&make().await).await;
    action_kit::undo_is_identity::check(&make().await).await;
    action_kit::undo_of_nothing::check(&make().await).await;
    action_kit::captured_suffices::check(&make().await).await;
    action_kit::compensates_once::check(&make().await).await;
}

#[tokio::test]
async fn create_database_copy_conforms() {
    let kind = "postgres.create_database_copy";
    let input = json!({"from": "main", "to": "other{n}"});
    conforms(|| subject(kind, input.clone())).await;
    let input = json!({"from": "main", "to": "other{n}", "method": "dump"});
    action_kit::executes_once::check(&subject(kind, input.clone()).await).await;
    action_kit::undo_is_identity::check(&subject(kind, input).await).await;
}

#[tokio::test]
async fn dump_conforms() {
    let input = json!({"database": "main", "file": "{dir}/main.dump"});
    conforms(|| subject("postgres.dump", input.clone())).await;
}

#[tokio::test]
async fn restore_conforms() {
    conforms(|| async {
        let input = json!({"file": "{dir}/main.dump", "to": "other{n}"});
        let subject = subject("postgres.restore", input).await;
        let file = subject.all.bench.text("main.dump");
        subject.all.bench.done("postgres.dump", json!({"database": "main", "file": file})).await;
        subject
    })
    .await;
}

#[tokio::test]
async fn rename_and_drop_and_closing_conform() {
    let rename = json!({"database": "main", "to": "other{n}"});
    conforms(|| subject("postgres.rename_database", rename.clone())).await;
    conforms(|| subject("postgres.drop_database", json!({"database": "main"}))).await;
    let close = json!({"database": "main", "allow": false});
    conforms(|| subject("postgres.set_allow_connections", close.clone())).await;
}

#[tokio::test]
async fn run_sql_and_query_conform() {
    let sql = json!({"database": "main", "sql": "insert into users values (4, 'Edsger')"});
    conforms(|| subject("postgres.run_sql", sql.clone())).await;
    let query = json!({"database": "main", "sql": "select * from users"});
    conforms(|| subject("postgres.query", query.clone())).await;
}

/// What `doctor --env` asks: who one is, and what the server says where one is nobody.
#[tokio::test]
async fn the_account_says_who_one_is() {
    let mut all = Databases::new().await;
    let context = all.bench.parts.context();
    let sign_in = async |all: &Databases| {
        let deps = all.bench.deps();
        let registry = windlass_executors::registry(&all.bench.environment, deps).unwrap();
        let account = registry.accounts().next().unwrap();
        assert_eq!(account.section(), "postgres");
        account.sign_in(&context).await
    };
    let said = sign_in(&all).await.unwrap();
    assert!(said.starts_with("as releases, who may make databases, to PostgreSQL "), "{said}");
    all.bench.environment.providers.get_mut("postgres").unwrap()["user"] = json!("nobody_here");
    let Err(windlass_ports::ActionError::Permanent(failure)) = sign_in(&all).await else {
        panic!("nobody is let in")
    };
    assert_eq!(failure.code, "connect", "{}", failure.message);
}
