//! A small pseudo-random generator (splitmix64): the same seed gives the same numbers on every
//! machine and for ever, so that a failing seed replays. It must not know what is chosen with it.

/// The generator.
#[derive(Clone, Debug)]
pub struct Prng(u64);

impl Prng {
    /// Begins at a seed.
    pub fn new(seed: u64) -> Self {
        let mut prng = Self(seed ^ 0x5851_f42d_4c95_7f2d);
        // Neighbouring seeds begin far apart.
        prng.number();
        prng
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`; zero where `end` is zero.
    pub fn below(&mut self, end: u64) -> u64 {
        // The bias of a remainder is far below anything that a choice here could notice.
        if end == 0 { 0 } else { self.number() % end }
    }

    /// A number from `from` to `to`, both included.
    pub fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.below(to.saturating_sub(from) + 1)
    }

    /// True so many times in a thousand.
    pub fn per_mille(&mut self, rate: u32) -> bool {
        self.below(1_000) < u64::from(rate)
    }

    /// True so many times in a hundred.
    pub fn percent(&mut self, rate: u32) -> bool {
        self.below(100) < u64::from(rate)
    }

    /// One of a list, which must not be empty.
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        let at = self.below(list.len() as u64);
        &list[usize::try_from(at).unwrap_or(0)]
    }

    /// A generator of its own, so that one part's choices do not move another's.
    pub fn fork(&mut self) -> Self {
        Self::new(self.number())
    }
}

#[cfg(test)]
mod tests {
    use super::Prng;

    #[test]
    fn the_same_seed_gives_the_same_numbers_and_another_seed_others() {
        let numbers = |seed| {
            let mut prng = Prng::new(seed);
            [prng.number(), prng.number(), prng.number()]
        };
        assert_eq!(numbers(7), numbers(7));
        assert_ne!(numbers(7), numbers(8));
    }

    #[test]
    fn rates_are_about_what_they_say() {
        let mut prng = Prng::new(1);
        let hits = (0..10_000).filter(|_| prng.per_mille(250)).count();
        assert!((2_300..2_700).contains(&hits), "{hits}");
    }
}
