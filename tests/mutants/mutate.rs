//! Mutants of a workflow file: each with one thing otherwise that somebody may get wrong. It must
//! not know what comes of it.

/// Where a step begins.
const STEP: &str = "  - id: ";

/// Where a property of a step begins.
const PROPERTY: &str = "    ";

/// Properties that are taken away.
const DROPPED: [&str; 7] =
    ["if", "needs", "requires", "verify", "compensate", "irreversible", "on_in_doubt"];

/// A changed file, and what was changed in it.
pub struct Mutant {
    pub what: String,
    pub text: String,
}

/// A file in parts: what stands before its steps, and each step.
struct Parts {
    head: String,
    steps: Vec<Vec<String>>,
}

impl Parts {
    fn of(text: &str) -> Self {
        let (mut head, mut steps) = (String::new(), Vec::<Vec<String>>::new());
        for line in text.lines() {
            if line.starts_with(STEP) {
                steps.push(Vec::new());
            }
            match steps.last_mut() {
                Some(step) => step.push(line.to_owned()),
                None => head.push_str(&format!("{line}\n")),
            }
        }
        Self { head, steps }
    }

    fn text(&self, steps: &[Vec<String>]) -> String {
        let lines = steps.iter().flatten();
        lines.fold(self.head.clone(), |text, line| text + line + "\n")
    }

    /// The file with one step otherwise.
    fn with(&self, at: usize, step: Vec<String>) -> String {
        let mut steps = self.steps.clone();
        steps[at] = step;
        self.text(&steps)
    }
}

fn id(step: &[String]) -> &str {
    step[0].trim_start_matches(STEP).trim()
}

/// The lines of a property, from and to.
fn property(step: &[String], name: &str) -> Option<(usize, usize)> {
    let begins = format!("{PROPERTY}{name}:");
    let from = step.iter().position(|line| line.starts_with(&begins))?;
    let inside = |line: &String| line.starts_with("     ") || line.is_empty();
    let to = step[from + 1..].iter().take_while(|line| inside(line)).count();
    Some((from, from + 1 + to))
}

/// The same step with one more line.
fn added(step: &[String], line: &str) -> Vec<String> {
    let mut step = step.to_vec();
    step.insert(1, format!("{PROPERTY}{line}"));
    step
}

/// Every mutant of a file, in a stable order.
pub fn mutants(text: &str) -> Vec<Mutant> {
    let parts = Parts::of(text);
    let mut found = Vec::new();
    let mut add = |what: String, text: String| found.push(Mutant { what, text });
    for (at, step) in parts.steps.iter().enumerate() {
        let name = id(step);
        for far in [1, 2] {
            if let Some(other) = parts.steps.get(at + far) {
                let mut steps = parts.steps.clone();
                steps.swap(at, at + far);
                add(format!("`{name}` and `{}` swapped", id(other)), parts.text(&steps));
            }
        }
        let mut steps = parts.steps.clone();
        steps.remove(at);
        add(format!("`{name}` left out"), parts.text(&steps));
        for dropped in DROPPED {
            if let Some((from, to)) = property(step, dropped) {
                let step = [&step[..from], &step[to..]].concat();
                add(format!("`{name}` without {dropped}"), parts.with(at, step));
            }
        }
        if let Some((from, to)) = property(step, "if")
            && to == from + 1
        {
            let value = step[from].trim_start_matches("    if:").trim().trim_matches('"');
            let mut other = step.clone();
            other[from] = format!("{PROPERTY}if: '!({value})'");
            add(format!("`{name}` where it is not so"), parts.with(at, other));
        }
        if property(step, "needs").is_none() {
            let other = added(step, "needs: []");
            add(format!("`{name}` waits for nothing"), parts.with(at, other));
        }
        if property(step, "compensate").is_none() && property(step, "uses").is_some() {
            let other = added(step, "compensate: { uses: none, reason: nobody minds }");
            add(format!("`{name}` stays on the way back"), parts.with(at, other));
        }
    }
    found
}
