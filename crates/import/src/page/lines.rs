//! On which line of a text a byte stands.

/// Where lines begin.
#[derive(Clone, Debug)]
pub struct Lines {
    begins: Vec<usize>,
}

impl Lines {
    /// Those of a text.
    pub fn of(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self { begins: std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect() }
    }

    /// The line of a byte, from 1.
    pub fn at(&self, offset: usize) -> usize {
        self.begins.partition_point(|begin| *begin <= offset)
    }

    /// How far a byte stands from the begin of its line.
    pub fn column(&self, offset: usize) -> usize {
        let begin = self.begins.get(self.at(offset).saturating_sub(1)).copied();
        offset.saturating_sub(begin.unwrap_or_default())
    }
}
