//! What a campaign's test says on its stdout, line by line. It must not know which test it is.

/// What one run of the test said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// How many cases there are in all, where there is an end.
    pub total: Option<u64>,
    /// How many cases it ran.
    pub ran: u64,
    /// What it found, a line each.
    pub findings: Vec<String>,
    /// What no case is to blame for: a line that cannot be read.
    pub unreadable: Vec<String>,
}

impl Said {
    /// Takes a line; anything that does not begin with `campaign: ` is the test's own talk.
    pub fn take(&mut self, line: &str) {
        // The test harness writes `test name ... ` without an end of line before the first one.
        let Some((_, said)) = line.split_once("campaign: ") else { return };
        let known = match said.split_once([' ', '=']) {
            Some(("total", number)) => number.parse().map(|total| self.total = Some(total)).is_ok(),
            Some(("ran", number)) => number.parse::<u64>().map(|ran| self.ran += ran).is_ok(),
            Some(("finding", text)) => {
                self.findings.push(text.to_owned());
                true
            }
            _ => false,
        };
        if !known {
            self.unreadable.push(said.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_taken_and_talk_is_left() {
        let mut said = Said::default();
        for line in [
            "running 1 test",
            "test kill_matrix ... campaign: total=640",
            "campaign: ran=16",
            "campaign: ran=4",
            "campaign: finding case=17 two copies in the ledger",
        ] {
            said.take(line);
        }
        assert_eq!((said.total, said.ran), (Some(640), 20));
        assert_eq!(said.findings, ["case=17 two copies in the ledger"]);
        assert_eq!(said.unreadable, Vec::<String>::new());
    }

    #[test]
    fn what_cannot_be_read_is_kept() {
        let mut said = Said::default();
        said.take("campaign: totl=3");
        said.take("campaign: ran=many");
        assert_eq!(said.unreadable.len(), 2);
        assert_eq!(said.ran, 0);
    }
}
