//! What all of ARM has in common: its paths, its checks before a provider is asked. It knows no
//! provider.

mod path;
mod gate;

pub use gate::{
    check_group, check_version, is_look, not_simulated, refuse_reader, resource_not_found,
};
pub use path::ArmPath;
