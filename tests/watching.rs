//! `show --watch`: a screen at a real terminal while another process drives, lines elsewhere.

use crate::home::Home;
use crate::terminal::{CTRL_C, Terminal};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// Its second step waits until somebody writes into `hold`.
const SLOW: &str = "\
name: slow
steps:
  - { id: first, run: 'true' }
  - { id: long, run: cat hold }
  - id: tested
    uses: approve
    with: { prompt: Tested? }
  - { id: after, run: 'true' }
";

/// A run that another process drives, and what its step waits for.
struct Driven {
    child: Child,
    hold: PathBuf,
    run: String,
}

impl Driven {
    fn begin(home: &Home) -> Self {
        let hold = home.path().join("hold");
        if !hold.exists() {
            assert!(Command::new("mkfifo").arg(&hold).status().unwrap().success());
        }
        home.file("slow.yaml", SLOW);
        let mut command = home.command(&["start", "slow.yaml", "--json"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let events = std::io::BufReader::new(child.stdout.take().unwrap());
        let mut lines = std::io::BufRead::lines(events).map(Result::unwrap);
        let begun = lines.find(|line| line.contains("attempt_started") && line.contains("long"));
        let begun: serde_json::Value = serde_json::from_str(&begun.unwrap()).unwrap();
        // Nobody reads the rest, and a full pipe must not stop it.
        std::thread::spawn(move || lines.count());
        Self { child, hold, run: begun["run"].as_str().unwrap().to_owned() }
    }

    fn let_go_on(&self) {
        std::fs::write(&self.hold, "on\n").unwrap();
    }
}

impl Drop for Driven {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn a_screen_shows_the_graph_what_is_at_work_and_when_it_may_end() {
    let home = Home::new();
    let driven = Driven::begin(&home);
    let mut terminal = Terminal::start(&home, &["show", &driven.run, "--watch"]);
    let screen = terminal.until("accepted, works on  since ");
    for told in [
        "slow in local: running",
        "[#####...............] 1/4 done, ",
        "when it ends no earlier run tells",
        "driven by process ",
        "  1 ✓ first   done",
        "  2 ▸ long    accepted, works on  since ",
        "  3 · tested  after long",
        "long: started",
        "Ctrl-C stops watching only",
    ] {
        assert!(screen.contains(told), "{told}\n{screen}");
    }
    assert!(!terminal.is_given_back(), "a screen of its own");
    driven.let_go_on();
    let screen = terminal.until("NOBODY drives it now");
    assert!(screen.contains("  3 ? tested  waits for a human"), "{screen}");
    assert!(screen.contains("2/4 done"), "{screen}");
    home.windlass(&["answer", &driven.run, "tested", "--yes"]).expect(0);
    let (code, last) = terminal.last_screen();
    assert_eq!(code, 0, "{last}");
    assert!(terminal.is_given_back());
    assert!(last.contains(&format!("{} succeeded", driven.run)), "{last}");
    assert!(!last.contains("Ctrl-C stops watching only"), "nothing of it stays behind: {last}");
    // The second one knows how long the first took.
    let driven = Driven::begin(&home);
    let mut terminal = Terminal::start(&home, &["show", &driven.run, "--watch"]);
    let screen = terminal.until("expected end ");
    let bar = screen.lines().find(|line| line.contains("▸ long")).unwrap();
    assert!(bar.contains("[") && bar.contains(" of "), "{bar}");
    assert!(screen.contains(" + waiting"), "{screen}");
}

#[test]
fn ctrl_c_gives_the_terminal_back_and_leaves_the_run_alone() {
    let home = Home::new();
    let driven = Driven::begin(&home);
    let words = ["show", &driven.run, "--watch"];
    let mut terminal = Terminal::sized(&home, &words, 44, &[("NO_COLOR", "1")]);
    let screen = terminal.until("  2 ▸ long    accepted, works on  since");
    assert!(screen.contains("Ctrl-C stops watching only"), "{screen}");
    let painted = terminal.all().split('\u{1b}').skip(1).find(|code| {
        let end = code.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(0);
        code[end..].starts_with('m')
    });
    assert_eq!(painted, None, "colours in spite of NO_COLOR");
    // What one types meanwhile is nobody's.
    terminal.types("rm\r");
    terminal.types(CTRL_C);
    let said = terminal.until("comes back");
    assert!(said.contains("stopped watching: the run goes on"), "{said}");
    let (code, last) = terminal.last_screen();
    assert_eq!(code, 0, "{last}");
    assert!(terminal.is_given_back() && !last.contains("rm"), "{last}");
    let shown = home.windlass(&["show", &driven.run, "--json"]).expect(0).json();
    assert_eq!((&shown["phase"], &shown["driven"]), (&"running".into(), &true.into()));
}

/// For a screen reader, and for logs: nothing moves, each thing is said once.
#[test]
fn plainly_it_writes_a_line_an_event() {
    let home = Home::new();
    let driven = Driven::begin(&home);
    let words = ["show", &driven.run, "--watch", "--plain"];
    let mut terminal = Terminal::start(&home, &words);
    terminal.until("driven by process");
    terminal.until("accepted, works on");
    driven.let_go_on();
    terminal.until("tested: waits for a human");
    terminal.until("NOBODY drives it now");
    home.windlass(&["answer", &driven.run, "tested", "--no"]).expect(1);
    let (code, all) = terminal.end();
    assert_eq!(code, 0, "{all}");
    assert!(all.contains("long: done") && all.contains("run FAILED"), "{all}");
    assert_eq!(all.matches("long: done").count(), 1, "{all}");
    assert!(all.contains("Ways out:"), "how it stands in the end: {all}");
    assert!(!all.contains('\u{1b}'), "{all:?}");
}
