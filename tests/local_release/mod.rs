//! The release without a cloud, with real parts: killed at any moment, it goes on or back.

mod place;
mod verdict;
mod cases;
mod matrix;
mod others;

/// Whether nobody asked for the campaign: while its finding is open (docs/campaigns.md), nothing
/// here judges a change.
fn is_left_to_the_campaign() -> bool {
    std::env::var_os("WINDLASS_LOCAL_RANGE").is_none()
}
