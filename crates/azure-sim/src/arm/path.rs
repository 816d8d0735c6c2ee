//! The address of an ARM resource, taken apart. It must not know which types exist.

/// `/subscriptions/{s}/resourceGroups/{rg}/providers/{namespace}/{rest…}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArmPath {
    /// The subscription.
    pub subscription: String,
    /// The resource group; none for what hangs on the subscription.
    pub group: Option<String>,
    /// The provider, in small letters.
    pub namespace: String,
    /// What follows, as written.
    pub rest: Vec<String>,
    /// What follows, in small letters: ARM does not tell letter cases apart.
    pub lower: Vec<String>,
}

impl ArmPath {
    /// Takes segments apart; nothing if they are not an ARM resource's.
    pub fn parse(segments: &[String]) -> Option<Self> {
        let is = |index: usize, word: &str| {
            segments.get(index).is_some_and(|segment| segment.eq_ignore_ascii_case(word))
        };
        if !is(0, "subscriptions") {
            return None;
        }
        let (group, at) =
            if is(2, "resourcegroups") { (Some(segments.get(3)?.clone()), 4) } else { (None, 2) };
        if !is(at, "providers") {
            return None;
        }
        let rest: Vec<String> = segments.get(at + 2..)?.to_vec();
        Some(Self {
            subscription: segments.get(1)?.clone(),
            group,
            namespace: segments.get(at + 1)?.to_ascii_lowercase(),
            lower: rest.iter().map(|part| part.to_ascii_lowercase()).collect(),
            rest,
        })
    }

    /// The resource group, or an empty text.
    pub fn group(&self) -> &str {
        self.group.as_deref().unwrap_or_default()
    }

    /// A segment of the rest, as written.
    pub fn name(&self, index: usize) -> &str {
        self.rest.get(index).map(String::as_str).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Request;

    #[test]
    fn an_address_is_taken_apart_in_any_letter_case() {
        let target = "/subscriptions/S/resourcegroups/RG/providers/microsoft.web/Sites/Qa4/stop";
        let path = ArmPath::parse(&Request::new("POST", target).segments()).unwrap();
        assert_eq!((path.subscription.as_str(), path.group()), ("S", "RG"));
        assert_eq!(path.namespace, "microsoft.web");
        assert_eq!((path.name(1), path.lower[0].as_str()), ("Qa4", "sites"));
        assert_eq!(ArmPath::parse(&Request::new("GET", "/subscriptions/S").segments()), None);
    }
}
