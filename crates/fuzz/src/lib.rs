//! What comes from outside, in arbitrary bytes: files, histories, guests of the store, answers of
//! services. Each target takes any bytes and must neither panic nor hang; a bad one is refused in
//! words. It must not know who makes up the bytes, nor for how long.

#![expect(clippy::expect_used, reason = "a panic is what the fuzzer looks for")]
#![expect(clippy::print_stderr, reason = "the fuzzer reads what is said at an abort")]

mod targets;

use targets::{answers, environment, event, expression, guest, workflow};
use windlass_spec::cel::fence::READER;

/// What bytes are tried on.
pub type Try = fn(&[u8]);

/// Every target by name.
pub const TARGETS: [(&str, Try); 6] = [
    ("workflow", workflow::try_bytes),
    ("environment", environment::try_bytes),
    ("expression", expression::try_bytes),
    ("event", event::try_bytes),
    ("guest", guest::try_bytes),
    ("answers", answers::try_bytes),
];

/// The target of this name.
pub fn target(name: &str) -> Option<Try> {
    TARGETS.iter().find(|(known, _)| *known == name).map(|(_, tried)| *tried)
}

/// Ends the process at a panic in whatever thread, since one in a task would be caught and go
/// unseen; only the reader of expressions may panic, which refuses the expression.
pub fn end_at_a_panic() {
    std::panic::set_hook(Box::new(|panic| {
        if std::thread::current().name() != Some(READER) {
            eprintln!("{panic}\n{}", std::backtrace::Backtrace::force_capture());
            std::process::abort();
        }
    }));
}
