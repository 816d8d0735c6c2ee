//! What only several processes can show: this program starts itself as a child, kills it, and looks
//! at what the store kept. Without arguments it runs every test; CI takes 20 kills,
//! WINDLASS_CRASH_ROUNDS=200 the full number. For a power cut made by hand: `write FOLDER SEED`
//! writes until the disk goes away, `check FOLDER LINES` looks afterwards, where the file LINES
//! holds what the writer had said; WINDLASS_CRASH_RUNS=1 makes every group of writes a small one.

#![expect(
    clippy::disallowed_methods,
    reason = "a test that kills at random reads its settings and the time itself"
)]
#![expect(clippy::print_stdout, reason = "acknowledgements go to the parent through stdout")]
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test may panic")]

mod load;
mod child;
mod crash;
mod holders;

use std::path::Path;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["write", folder, seed] => load::write(Path::new(folder), seed.parse().unwrap()),
        ["check", folder, lines] => crash::check_lines(Path::new(folder), Path::new(lines)),
        ["share", folder, run] => holders::share(Path::new(folder), run.parse().unwrap()),
        // The test runner's own questions: there is one test, and it is never listed.
        ["--list", ..] => {}
        _ => {
            crash::no_kill_loses_what_was_acknowledged();
            holders::a_holder_that_dies_is_followed_by_a_guest();
        }
    }
}
