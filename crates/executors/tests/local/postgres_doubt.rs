//! PostgreSQL in doubt: what a crash leaves half done, whose a database is, what is never done
//! twice, what secrets are kept.

use crate::support::databases::{Databases, connect};
use crate::support::server::PASSWORD;
use serde_json::{Value, json};
use windlass_executors::change::key::key;
use windlass_executors::postgres::made::part;
use windlass_ports::{ActionError, Executed, Probed};

fn copying(all: &Databases) -> Value {
    json!({"from": "main", "to": all.name("other")})
}

#[tokio::test]
async fn half_a_copy_has_another_name_and_is_finished_or_cleared_away() {
    let all = Databases::new().await;
    let kind = "postgres.create_database_copy";
    for method in ["template", "dump"] {
        let mut input = copying(&all);
        input["method"] = json!(method);
        let step = all.bench.step(kind, input).await.unwrap();
        let part = part(key(&all.bench.parts.context(), &step.attempt));
        let client = connect("postgres").await;
        let template = if method == "dump" { "template0".to_owned() } else { all.name("main") };
        let half = format!("create database \"{part}\" template {template}");
        client.batch_execute(&half).await.unwrap();
        assert_eq!(step.probe().await, Probed::Begun);
        assert_eq!(step.probe_undo().await, Probed::Begun, "there is something to clear away");
        let output = step.done().await;
        let users = connect(&all.name("other")).await;
        let count = users.query_one("select count(*) from users", &[]).await.unwrap();
        assert_eq!(count.get::<_, i64>(0), 3, "{method}");
        drop(users);
        all.nobody_in("other").await;
        step.undo(Some(output)).await;
        client.batch_execute(&half).await.unwrap();
        step.undo(None).await;
        assert_eq!(all.world().await.as_array().unwrap().len(), 1, "{method}");
    }
}

#[tokio::test]
async fn d05_a_database_that_this_run_did_not_make_survives_its_rollback() {
    let all = Databases::new().await;
    let step = all.bench.step("postgres.create_database_copy", copying(&all)).await.unwrap();
    let output = step.done().await;
    let client = connect("postgres").await;
    let other = all.name("other");
    client.batch_execute(&format!("drop database {other}")).await.unwrap();
    client.batch_execute(&format!("create database {other}")).await.unwrap();
    let before = all.world().await;
    step.undo(Some(output)).await;
    assert_eq!(all.world().await, before);
    assert!(matches!(step.probe().await, Probed::Unknown(_)));
}

#[tokio::test]
async fn a_copy_needs_an_empty_source_and_says_what_to_do() {
    let all = Databases::new().await;
    let _session = connect(&all.name("main")).await;
    let why = all.bench.refused("postgres.create_database_copy", copying(&all)).await;
    assert!(why.contains("postgres.terminate_connections"), "{why}");
    let why = all.bench.refused("postgres.drop_database", json!({"database": "main"})).await;
    assert!(why.contains("1 sessions are connected"), "{why}");
    let ended = all.bench.done("postgres.terminate_connections", json!({"database": "main"})).await;
    assert_eq!(ended, json!({"ended": 1}));
    all.bench.done("postgres.create_database_copy", copying(&all)).await;
    let why = all.bench.refused("postgres.create_database_copy", copying(&all)).await;
    assert!(why.contains("rename or drop it first"), "{why}");
}

#[tokio::test]
async fn an_order_that_the_server_still_works_at_is_waited_for_and_never_sent_again() {
    let all = Databases::new().await;
    let sql = "select pg_advisory_xact_lock(42); insert into users values (4, 'Edsger')";
    let input = json!({"database": "main", "sql": sql});
    let step = all.bench.step("postgres.run_sql", input).await.unwrap();
    let holder = connect(&all.name("main")).await;
    holder.batch_execute("select pg_advisory_lock(42)").await.unwrap();
    let waiting = "select count(*) from pg_stat_activity \
                   where wait_event = 'advisory' and datname = current_database()";
    // The call is let go while the server waits, as by a crash.
    let began = async {
        while holder.query_one(waiting, &[]).await.unwrap().get::<_, i64>(0) == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        result = step.act() => panic!("{result:?}"),
        () = began => {}
    }
    assert!(matches!(step.probe().await, Probed::InProgress(_)));
    match step.act().await {
        Ok(Executed::Accepted(_)) => {}
        other => panic!("it was sent again: {other:?}"),
    }
    holder.batch_execute("select pg_advisory_unlock(42)").await.unwrap();
    let settled = async {
        while matches!(step.probe().await, Probed::InProgress(_)) {
            tokio::task::yield_now().await;
        }
    };
    settled.await;
    // Whether the server committed although nobody listens is its affair: the probe knows.
    match step.probe().await {
        Probed::Done(_) => {}
        Probed::Absent => drop(step.done().await),
        other => panic!("{other:?}"),
    }
    let count = holder.query_one("select count(*) from users where id = 4", &[]).await.unwrap();
    assert_eq!(count.get::<_, i64>(0), 1);
}

#[tokio::test]
async fn orders_are_all_or_nothing_and_may_not_end_their_transaction() {
    let all = Databases::new().await;
    let before = all.world().await;
    let sql = "insert into users values (5, 'x'); insert into nowhere values (1)";
    let why = all.bench.refused("postgres.run_sql", json!({"database": "main", "sql": sql})).await;
    assert!(why.contains("\"nowhere\" does not exist"), "{why}");
    all.nobody_in("main").await;
    assert_eq!(all.world().await, before);
    let sql = "insert into users values (5, 'x'); commit";
    let why = all.bench.refused("postgres.run_sql", json!({"database": "main", "sql": sql})).await;
    assert!(why.contains("they end it themselves"), "{why}");
    let sql = "delete from users";
    let why = all.bench.refused("postgres.query", json!({"database": "main", "sql": sql})).await;
    assert!(why.contains("syntax error"), "{why}");
    let sql = "select 1 as one; delete from users";
    let why = all.bench.refused("postgres.query", json!({"database": "main", "sql": sql})).await;
    assert!(why.contains("syntax error"), "{why}");
}

#[tokio::test]
async fn a_question_is_answered_with_its_values() {
    let all = Databases::new().await;
    let sql = "select id, name from users where id >= $1::int and name <> $2 order by id;";
    let input = json!({"database": "main", "sql": sql, "values": ["2", "x"]});
    let output = all.bench.done("postgres.query", input).await;
    let rows = json!([{"id": 2, "name": "Grace"}, {"id": 3, "name": "it's"}]);
    assert_eq!(output, json!({"count": 2, "rows": rows, "first": rows[0]}));
}

#[tokio::test]
async fn a_dump_that_was_changed_is_not_restored() {
    let all = Databases::new().await;
    let file = all.bench.text("main.dump");
    let input = json!({"database": "main", "file": file});
    let output = all.bench.done("postgres.dump", input).await;
    assert!(output["bytes"].as_u64().unwrap() > 500);
    let mut bytes = std::fs::read(all.bench.path("main.dump")).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(all.bench.path("main.dump"), bytes).unwrap();
    let input = json!({"file": file, "to": all.name("other")});
    let why = all.bench.refused("postgres.restore", input).await;
    assert!(why.contains("not the one kept beside it"), "{why}");
}

#[tokio::test]
async fn a_password_opens_and_a_wrong_one_is_told_without_either() {
    let mut all = Databases::new().await;
    let client = connect("postgres").await;
    let user = format!("create role careful login superuser password '{PASSWORD}'");
    client.batch_execute(&user).await.unwrap();
    all.bench.environment.providers.get_mut("postgres").unwrap()["user"] = json!("careful");
    let input = json!({"database": "main", "file": all.bench.text("main.dump")});
    let step = all.bench.step("postgres.dump", input.clone()).await.unwrap();
    step.done().await;
    all.bench.parts.secrets = crate::support::context::Known::of(&[("password", "CANARY-wrong")]);
    let input = json!({"database": "main", "file": all.bench.text("again.dump")});
    let step = all.bench.step("postgres.dump", input).await;
    let Err(ActionError::Permanent(failure)) = step.map(drop) else { panic!("it was let in") };
    assert!(failure.message.contains("password authentication failed"), "{}", failure.message);
    assert!(!failure.message.contains("CANARY") && !failure.message.contains(PASSWORD));
}
