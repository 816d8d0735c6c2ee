//! Runs are listed newest first, by phase, by prefix of the id, and page by page.

use super::subject::{Subject, append, run_id};
use windlass_model::Phase;
use windlass_ports::store::RunFilter;

/// Runs the case.
pub async fn check(subject: Subject) {
    for n in 1..=7 {
        let lease = subject.leased(n).await;
        let mut only = append(&lease, 0, vec![b"event".to_vec()]);
        only.phase = if n % 2 == 0 { Phase::Succeeded } else { Phase::Waiting };
        subject.store.append(only).await.expect("appended");
    }
    let subject = subject.reopen().await;
    let all = RunFilter { limit: 100, ..RunFilter::default() };
    let cases = [
        (all.clone(), vec![7, 6, 5, 4, 3, 2, 1]),
        (RunFilter { limit: 3, ..all.clone() }, vec![7, 6, 5]),
        (RunFilter { limit: 3, before: Some(run_id(5)), ..all.clone() }, vec![4, 3, 2]),
        (RunFilter { phases: vec![Phase::Succeeded], ..all.clone() }, vec![6, 4, 2]),
        (RunFilter { phases: vec![Phase::Failed], ..all.clone() }, vec![]),
        (RunFilter { id_prefix: Some(run_id(3).to_string()), ..all.clone() }, vec![3]),
        (RunFilter { id_prefix: Some("run_01935a1c0004".to_owned()), ..all.clone() }, vec![4]),
        (RunFilter { id_prefix: Some("01935A1C0004".to_owned()), ..all.clone() }, vec![4]),
        (RunFilter { id_prefix: Some("run_01935a1d".to_owned()), ..all.clone() }, vec![]),
    ];
    for (filter, expected) in cases {
        let found = subject.store.runs(filter.clone()).await.expect("runs are listed");
        let ids: Vec<_> = found.iter().map(|head| head.run).collect();
        let expected: Vec<_> = expected.into_iter().map(run_id).collect();
        assert_eq!(ids, expected, "{filter:?}");
        assert!(found.iter().all(|head| head.seq == 1));
    }
}
