//! Which seeds to run: `WINDLASS_SEED=n` for one, told in full; `WINDLASS_SEEDS=FROM..TO` or
//! `FROM..TO/STEP` for many, as xtask's campaigns ask.

/// A choice of seeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub from: u64,
    pub to: u64,
    pub step: u64,
}

impl Range {
    /// The seeds.
    pub fn seeds(self) -> impl Iterator<Item = u64> {
        (self.from..self.to).step_by(usize::try_from(self.step).unwrap_or(usize::MAX))
    }

    fn parse(text: &str) -> Option<Self> {
        let (range, step) = text.split_once('/').unwrap_or((text, "1"));
        let (from, to) = range.split_once("..")?;
        let step = step.parse().ok().filter(|step| *step > 0)?;
        Some(Self { from: from.parse().ok()?, to: to.parse().ok()?, step })
    }
}

/// The seeds of the environment, or else the first `default`.
pub fn wanted(default: u64) -> Range {
    match variable("WINDLASS_SEEDS") {
        None => Range { from: 0, to: default, step: 1 },
        Some(text) => Range::parse(&text)
            .unwrap_or_else(|| panic!("WINDLASS_SEEDS=`{text}`: write it as 0..10000")),
    }
}

/// The one seed that is to be told in full.
pub fn single() -> Option<u64> {
    let text = variable("WINDLASS_SEED")?;
    Some(text.parse().unwrap_or_else(|_| panic!("WINDLASS_SEED=`{text}` is no number")))
}

#[expect(clippy::disallowed_methods, reason = "a test's seeds come from whoever starts it")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[test]
fn ranges_are_read_as_campaigns_write_them() {
    assert_eq!(Range::parse("5..9"), Some(Range { from: 5, to: 9, step: 1 }));
    assert_eq!(Range::parse("5..9/2").map(|r| r.seeds().collect()), Some(vec![5, 7]));
    assert_eq!(Range::parse("5-9"), None);
    assert_eq!(Range::parse("0..0").map(|r| r.seeds().count()), Some(0));
}
