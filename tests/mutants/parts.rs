//! A workflow file in parts, as text: what stands before its steps, and each step with its
//! properties. It must not know what is changed in them.

/// Where a step begins.
const STEP: &str = "  - id: ";

/// Where a property of a step begins.
pub const PROPERTY: &str = "    ";

/// The lines of a step.
pub type Step = Vec<String>;

/// A file in parts.
pub struct Parts {
    pub head: Vec<String>,
    pub steps: Vec<Step>,
}

impl Parts {
    pub fn of(text: &str) -> Self {
        let (mut head, mut steps) = (Vec::new(), Vec::<Step>::new());
        let mut begun = false;
        for line in text.lines() {
            if begun && line.starts_with(STEP) {
                steps.push(Vec::new());
            }
            begun |= line == "steps:";
            steps.last_mut().unwrap_or(&mut head).push(line.to_owned());
        }
        Self { head, steps }
    }

    /// The file with these steps.
    pub fn text(&self, steps: &[Step]) -> String {
        joined(self.head.iter().chain(steps.iter().flatten()))
    }

    /// The file with one step otherwise.
    pub fn with(&self, at: usize, step: Step) -> String {
        let mut steps = self.steps.clone();
        steps[at] = step;
        self.text(&steps)
    }

    /// The file with another head.
    pub fn headed(&self, head: &[String]) -> String {
        joined(head.iter().chain(self.steps.iter().flatten()))
    }
}

fn joined<'a>(lines: impl Iterator<Item = &'a String>) -> String {
    lines.fold(String::new(), |text, line| text + line + "\n")
}

/// The id of a step.
pub fn id(step: &[String]) -> &str {
    step[0].trim_start_matches(STEP).trim()
}

/// The same step by another id.
pub fn named(step: &[String], id: &str) -> Step {
    let mut step = step.to_vec();
    step[0] = format!("{STEP}{id}");
    step
}

/// The lines of a property, from and to.
pub fn property(step: &[String], name: &str) -> Option<(usize, usize)> {
    let begins = format!("{PROPERTY}{name}:");
    let from = step.iter().position(|line| line.starts_with(&begins))?;
    let inside = |line: &String| line.starts_with("     ") || line.is_empty();
    let to = step[from + 1..].iter().take_while(|line| inside(line)).count();
    Some((from, from + 1 + to))
}

/// The value of a property that stands on one line.
pub fn value<'a>(step: &'a [String], name: &str) -> Option<&'a str> {
    let (from, to) = property(step, name)?;
    let value = step[from].trim_start().strip_prefix(name)?.strip_prefix(':')?.trim();
    let one = step[from + 1..to].iter().all(|line| line.is_empty());
    (one && !value.starts_with(['>', '|']) && !value.is_empty()).then_some(value)
}

/// The same step without a property.
pub fn without(step: &[String], name: &str) -> Step {
    match property(step, name) {
        Some((from, to)) => [&step[..from], &step[to..]].concat(),
        None => step.to_vec(),
    }
}

/// The same step with a property that says this.
pub fn saying(step: &[String], name: &str, value: &str) -> Step {
    let mut step = without(step, name);
    step.insert(1, format!("{PROPERTY}{name}: {value}"));
    step
}
