//! The prover's verdict on each condition beside that of every rehearsal: whether they agree.

use super::every::every;
use super::sight::Watched;
use windlass_prover::invariant::Claim;
use windlass_prover::{Outline, Verdict};

/// One condition, and both verdicts on it.
pub struct Compared {
    /// Its name.
    pub name: String,
    /// Whether the prover says that it can be broken.
    pub proved_broken: bool,
    /// Whether a rehearsal broke it.
    pub seen_broken: bool,
    /// Worlds that rehearsals began in.
    pub worlds: usize,
    /// Situations that they came to.
    pub situations: usize,
}

/// Both verdicts on each invariant, and on each app that a story says is left stopped or that a
/// step stops. The error is why there are none.
pub fn compared(outline: &Outline, verdict: &Verdict) -> Result<Vec<Compared>, String> {
    let claims = Claim::all(&outline.def).into_iter();
    let mut all: Vec<(String, Watched)> =
        claims.map(|claim| (claim.name(), Watched::Claim(claim))).collect();
    for app in windlass_prover::property::stopped(outline) {
        let name = format!("no_app_is_left_stopped for {app}");
        all.push((name, Watched::Stopped((app, "running".to_owned()))));
    }
    let one = |(name, watched): (String, Watched)| {
        let every = every(outline, &watched).map_err(|why| format!("{name}: {why}"))?;
        let proved_broken = verdict.stories.iter().any(|story| story.broken == name);
        Ok(Compared {
            name,
            proved_broken,
            seen_broken: every.broken,
            worlds: every.worlds,
            situations: every.situations,
        })
    };
    all.into_iter().map(one).collect()
}
