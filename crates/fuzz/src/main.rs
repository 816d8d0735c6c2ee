//! One target under the fuzzer: `WINDLASS_FUZZ=workflow windlass-fuzz CORPUS -max_total_time=60`.

#![no_main]

use std::sync::LazyLock;
use windlass_fuzz::{TARGETS, Try, end_at_a_panic, target};

static TARGET: LazyLock<Try> = LazyLock::new(|| {
    end_at_a_panic();
    let name = windlass_sys::env::var("WINDLASS_FUZZ").unwrap_or_default();
    target(&name).unwrap_or_else(|| {
        let known: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
        panic!("WINDLASS_FUZZ must name one of {}", known.join(", "))
    })
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| TARGET(bytes));
