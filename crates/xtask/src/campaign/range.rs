//! Which cases of a campaign to run: `FROM..TO` or, one in so many, `FROM..TO/STEP`. It must not
//! know what a case is.

use anyhow::{Context, Result, bail};
use std::fmt;
use std::str::FromStr;

/// Cases `from`, `from + step`, … below `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The first case.
    pub from: u64,
    /// The first case that is not meant any more.
    pub to: u64,
    /// How far apart two cases are; never 0.
    pub step: u64,
}

impl Range {
    /// Makes a range without gaps.
    pub fn new(from: u64, to: u64) -> Self {
        Self { from, to, step: 1 }
    }

    /// Returns how many cases it holds.
    pub fn cases(&self) -> u64 {
        self.to.saturating_sub(self.from).div_ceil(self.step)
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.step {
            1 => write!(f, "{}..{}", self.from, self.to),
            step => write!(f, "{}..{}/{step}", self.from, self.to),
        }
    }
}

/// The `k`-th of `n` slices, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// Which one.
    pub index: u64,
    /// Of how many; never 0.
    pub count: u64,
}

impl Slice {
    /// Returns every `count`-th case of a matrix, so that each slice sees all of its corners.
    pub fn of_matrix(self, total: u64) -> Range {
        Range { from: self.index, to: total, step: self.count }
    }

    /// Returns the slice's own stretch of an endless row of cases.
    pub fn of_row(self, length: u64) -> Range {
        Range::new(self.index * length, (self.index + 1) * length)
    }
}

impl FromStr for Slice {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (index, count) = text.split_once('/').context("write it as 3/40")?;
        let slice = Self { index: index.parse()?, count: count.parse()? };
        if slice.index >= slice.count {
            bail!("slices of {} are 0/{} and up", slice.count, slice.count);
        }
        Ok(slice)
    }
}

/// Reads a span of time like `2h`, `90m`, `45s`, in seconds.
pub fn seconds(text: &str) -> Result<u64> {
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[number.len()..] {
        "h" => 3600,
        "m" => 60,
        "s" => 1,
        _ => bail!("write it as 2h, 90m or 45s"),
    };
    let number: u64 = number.parse().context("write it as 2h, 90m or 45s")?;
    number.checked_mul(unit).context("that is longer than a clock goes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_of_a_matrix_hold_every_case_once() {
        let mut seen = vec![0; 103];
        for index in 0..10 {
            let range = Slice { index, count: 10 }.of_matrix(103);
            let cases: Vec<u64> = (range.from..range.to).step_by(range.step as usize).collect();
            assert_eq!(cases.len() as u64, range.cases());
            cases.iter().for_each(|&case| seen[case as usize] += 1);
        }
        assert!(seen.iter().all(|&times| times == 1));
    }

    #[test]
    fn a_range_prints_as_the_environment_wants_it() {
        assert_eq!(Range::new(0, 64).to_string(), "0..64");
        assert_eq!(Slice { index: 3, count: 40 }.of_matrix(90).to_string(), "3..90/40");
        assert_eq!(Slice { index: 2, count: 5 }.of_row(100).to_string(), "200..300");
        assert_eq!(Range::new(5, 5).cases(), 0);
    }

    #[test]
    fn slices_and_spans_are_read_strictly() {
        assert_eq!("3/40".parse::<Slice>().unwrap(), Slice { index: 3, count: 40 });
        for wrong in ["40/40", "3", "a/b", "0/0"] {
            assert!(wrong.parse::<Slice>().is_err(), "{wrong}");
        }
        assert_eq!(seconds("2h").unwrap(), 7200);
        assert_eq!(seconds("90m").unwrap(), 5400);
        for wrong in ["", "2", "h", "2d", "-1h", "99999999999999999h"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
