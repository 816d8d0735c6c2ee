//! Everything that was ever found, and a sound specimen of each kind, again and again.

use std::path::Path;
use windlass_fuzz::{TARGETS, end_at_a_panic};

#[test]
fn the_corpus_is_taken_or_refused() {
    end_at_a_panic();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (name, tried) in TARGETS {
        let files = std::fs::read_dir(corpus.join(name)).expect("each target has a corpus");
        let mut count = 0;
        for file in files {
            let path = file.expect("a file").path();
            eprintln!("{name}: {}", path.display());
            tried(&std::fs::read(&path).expect("it can be read"));
            count += 1;
        }
        assert!(count > 0, "{name} has nothing to be tried on");
    }
    // `cargo xtask fuzz` takes each folder for a target.
    let folders = std::fs::read_dir(&corpus).expect("a folder").count();
    assert_eq!(folders, TARGETS.len());
}
