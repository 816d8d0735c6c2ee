//! What a workflow takes as given: compared when its turn has come, before its first event.

use crate::stage::{Drive, Stage, Witness, drive};
use crate::steps::{act, ask, locked};
use std::sync::Arc;
use windlass_engine::{Ending, Engine};
use windlass_model::catalog::FieldSpec;
use windlass_model::expr::{BinaryOp, Expr, Node};
use windlass_model::given::Given;
use windlass_model::observation::Signal;
use windlass_model::{
    Binding, Environment, EventKind, Map, Phase, ResourceSpec, RunId, StepDef, Value, WorkflowDef,
};
use windlass_ports::{ActionError, BoxFuture, Context, Outcome, Resource};
use windlass_testkit::World;

/// A type of resource whose only field is a thing of the world.
const KIND: &str = "world.thing";

struct Thing {
    world: World,
    spec: ResourceSpec,
    away: bool,
}

impl Resource for Thing {
    fn spec(&self) -> &ResourceSpec {
        &self.spec
    }

    fn observe<'a>(
        &'a self,
        _ctx: &'a Context,
        binding: &'a Binding,
    ) -> BoxFuture<'a, Outcome<Map<String, Value>>> {
        let name = binding.settings["name"].as_str().unwrap();
        let value = Value::from(self.world.state().thing(name));
        let seen = match self.away {
            true => Err(ActionError::InDoubt("it does not answer".into())),
            false => Ok(Map::from_iter([("value".to_owned(), value)])),
        };
        Box::pin(std::future::ready(seen))
    }
}

fn stage(away: bool) -> Stage {
    seeing(Stage::new(), away)
}

/// A stage whose world is seen; or is not, where it is away.
pub fn seeing(mut stage: Stage, away: bool) -> Stage {
    let ty = FieldSpec { ty: "int".to_owned(), summary: String::new() };
    let spec = ResourceSpec {
        kind: KIND.to_owned(),
        summary: String::new(),
        fields: [("value".to_owned(), ty)].into_iter().collect(),
        binding: Value::Bool(true),
    };
    let world = stage.world.clone();
    stage.registry.add_resource(Arc::new(Thing { world, spec, away }));
    stage
}

/// The workflow under a lock, where the thing `old` has this value.
pub fn where_old_is(value: i64, steps: Vec<StepDef>) -> WorkflowDef {
    let name = |of, field: &str| Node::Select { of: Box::new(of), field: field.to_owned() };
    let field = name(name(Node::Name("resources".to_owned()), "old"), "value");
    let right = Box::new(Node::Literal(value.into()));
    let node = Node::Binary { op: BinaryOp::Equal, left: Box::new(field), right };
    let that = Expr { source: format!("resources.old.value == {value}"), node };
    let settings = Map::from_iter([("name".to_owned(), Value::from("old"))]);
    let binding = Binding { kind: KIND.to_owned(), settings };
    let resources = [("old".to_owned(), binding)].into_iter().collect();
    WorkflowDef {
        given: vec![Given { for_each: Vec::new(), that, place: "row.yaml:4".to_owned() }],
        environment: Environment { resources, ..Environment::default() },
        ..locked(steps)
    }
}

async fn driven(engine: &Arc<Engine>, run: RunId) -> Ending {
    let drive: Drive = drive(engine, run, &Witness::new());
    drive.await.unwrap().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_run_whose_world_is_otherwise_begins_nothing_and_stands_in_nobodys_way() {
    let stage = stage(false);
    let engine = stage.engine("one");
    let run = engine.create(&where_old_is(77, vec![act("b", "world.set", "b")])).await.unwrap();
    let said = "row.yaml:4: given `resources.old.value == 77`, but old.value is 5".to_owned();
    assert_eq!(driven(&engine, run).await, Ending::NotAsGiven(vec![said]));
    assert_eq!(stage.history(run).await.len(), 0);
    assert_eq!(stage.effects(), [""; 0]);
    let lock = stage.store.lock("qa4".to_owned()).await.unwrap();
    assert_eq!(lock.holder, None);
    let other = engine.create(&locked(vec![act("a", "world.set", "old")])).await.unwrap();
    assert_eq!(driven(&engine, other).await, Ending::Rest(Phase::Succeeded));
    assert_eq!(driven(&engine, run).await, Ending::Rest(Phase::Succeeded), "now it fits");
    assert_eq!(stage.effects(), ["forward a", "forward b"]);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_queues_is_compared_when_its_turn_has_come() {
    let stage = stage(false);
    let engine = stage.engine("one");
    let steps = vec![ask("go"), act("a", "world.set", "old")];
    let first = engine.create(&where_old_is(5, steps)).await.unwrap();
    let second = engine.create(&where_old_is(77, vec![act("b", "world.set", "b")])).await.unwrap();
    let (hears, waits) = (Witness::new(), Witness::new());
    let first_drive = drive(&engine, first, &hears);
    hears.heard(|kind| matches!(kind, EventKind::SignalAwaited { .. })).await;
    let second_drive = drive(&engine, second, &waits);
    waits.heard(|kind| matches!(kind, EventKind::RunQueued { .. })).await;
    engine.signal(first, &crate::stage::yes("go")).await.unwrap();
    assert_eq!(first_drive.await.unwrap(), Ok(Ending::Rest(Phase::Succeeded)));
    assert_eq!(second_drive.await.unwrap(), Ok(Ending::Rest(Phase::Succeeded)));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_seen_is_said_and_stops_nothing() {
    let stage = stage(true);
    let engine = stage.engine("one");
    let run = engine.create(&where_old_is(77, vec![act("b", "world.set", "b")])).await.unwrap();
    let hears = Witness::new();
    let ending = drive(&engine, run, &hears).await.unwrap();
    assert_eq!(ending, Ok(Ending::Rest(Phase::Succeeded)));
    let notes = hears.notes();
    assert!(notes[0].contains("was not compared: old cannot be looked at: "), "{notes:?}");
    assert_eq!(notes.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_to_end_is_not_compared() {
    let stage = stage(false);
    let engine = stage.engine("one");
    let run = engine.create(&where_old_is(77, vec![act("b", "world.set", "b")])).await.unwrap();
    let end = Signal::Cancel { by: "human".into(), keep: true };
    engine.signal(run, &end).await.unwrap();
    assert_eq!(driven(&engine, run).await, Ending::Rest(Phase::Cancelled));
    assert_eq!(stage.effects(), [""; 0]);
}
