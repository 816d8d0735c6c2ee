//! The sets of an app, and what of them stays with its slot. They must not know the app.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// One value of the set of connection strings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionString {
    /// The string, password included.
    pub value: String,
    /// `SQLAzure`, `Custom`, …
    #[serde(rename = "type")]
    pub kind: String,
}

/// Both whole sets of an app.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sets {
    /// The app settings.
    pub app_settings: IndexMap<String, String>,
    /// The connection strings.
    pub connection_strings: IndexMap<String, ConnectionString>,
}

/// The names that stay with their slot in a swap. `None` means that nothing was ever set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sticky {
    /// Names of app settings.
    pub app_settings: Option<Vec<String>>,
    /// Names of connection strings.
    pub connection_strings: Option<Vec<String>>,
    /// Names of storage mounts.
    pub azure_storage: Option<Vec<String>>,
}

impl Sets {
    /// What travels with the content of `self`, with what stays at `place`.
    pub fn arriving_at(&self, place: &Self, sticky: &Sticky) -> Self {
        Self {
            app_settings: arrive(&self.app_settings, &place.app_settings, &sticky.app_settings),
            connection_strings: arrive(
                &self.connection_strings,
                &place.connection_strings,
                &sticky.connection_strings,
            ),
        }
    }
}

fn arrive<T: Clone>(
    content: &IndexMap<String, T>,
    place: &IndexMap<String, T>,
    sticky: &Option<Vec<String>>,
) -> IndexMap<String, T> {
    let stays =
        |name: &String| sticky.iter().flatten().any(|known| known.eq_ignore_ascii_case(name));
    let travels = content.iter().filter(|(name, _)| !stays(name));
    let waits = place.iter().filter(|(name, _)| stays(name));
    travels.chain(waits).map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sticky_values_stay_and_all_others_travel() {
        let set = |pairs: &[(&str, &str)]| -> IndexMap<String, String> {
            pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
        };
        let sticky = Some(vec!["Env".to_owned(), "Only".to_owned()]);
        let arrived = arrive(
            &set(&[("a", "1"), ("env", "slot"), ("only", "slot")]),
            &set(&[("a", "0"), ("b", "0"), ("env", "production")]),
            &sticky,
        );
        assert_eq!(arrived, set(&[("a", "1"), ("env", "production")]));
    }
}
