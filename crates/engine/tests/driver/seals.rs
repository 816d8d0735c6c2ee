//! What is captured, and where operations are asked, never lies in the store in clear.

use crate::stage::{Stage, Witness, drive};
use crate::steps::{act, broken, careful};
use windlass_engine::Ending;
use windlass_model::Phase;
use windlass_testkit::world::scripted::CANARY;

#[tokio::test(start_paused = true)]
async fn no_canary_is_seen_in_the_store_or_in_what_is_told() {
    let stage = Stage::new();
    let engine = stage.engine("one");
    let steps = vec![act("a", "world.swap", "old"), broken("b")];
    let run = engine.create(&careful(steps)).await.unwrap();
    let witness = Witness::new();
    let ending = drive(&engine, run, &witness).await.unwrap();
    assert_eq!(ending, Ok(Ending::Rest(Phase::RolledBack)));
    assert_eq!(stage.thing("old"), Some(5), "what was captured was put back");
    let mut seen = format!("{:?}", witness.events());
    let events = stage.store.events(run, 0, usize::MAX).await.unwrap();
    assert!(!events.is_empty());
    for event in events {
        seen.push_str(&String::from_utf8_lossy(&event.bytes));
    }
    let rests = engine.reader().load(run).await.unwrap().run;
    let checkpoint = windlass_model::checkpoint::write(&rests).unwrap();
    seen.push_str(&String::from_utf8_lossy(&checkpoint));
    assert!(seen.contains("sealed"));
    assert!(!seen.contains(CANARY));
    assert!(!seen.contains("canary"));
}
