//! What is known of the environment that a workflow is to run in: its resources and by which words
//! people mean them. It must not know files.

/// A resource of an environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thing {
    /// The name by which workflows know it.
    pub name: String,
    /// Its type.
    pub kind: String,
    /// The texts of its binding, by key.
    pub keys: Vec<(String, String)>,
}

impl Thing {
    /// The text of a key.
    pub fn key(&self, key: &str) -> Option<&str> {
        self.keys.iter().find(|(name, _)| name == key).map(|(_, text)| text.as_str())
    }
}

/// The resources of an environment; none where no environment was named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// All of them.
    pub things: Vec<Thing>,
    /// Whether it is a simulated one, which no real address leads to.
    pub simulated: bool,
}

/// Keys of a binding that hold the name by which people know the thing.
const NAMING: [&str; 4] = ["site", "database", "server", "container"];

impl Known {
    /// The resource of a type that these words mean.
    pub fn find(&self, kind: &str, words: &str) -> Option<&Thing> {
        let same = |text: &str| text.eq_ignore_ascii_case(words);
        let mut of_kind = self.things.iter().filter(|thing| thing.kind == kind);
        of_kind.clone().find(|thing| same(&thing.name)).or_else(|| {
            of_kind.find(|thing| {
                let slot = thing.key("slot");
                let called = |key: &&str| match (thing.key(key), slot) {
                    (Some(site), Some(slot)) => {
                        same(&format!("{site} {slot}")) || same(&format!("{site}-{slot}"))
                    }
                    (Some(name), None) => same(name),
                    (None, _) => false,
                };
                NAMING.iter().any(called)
            })
        })
    }

    /// The only resource of a type, where there is just one.
    pub fn only(&self, kind: &str) -> Option<&Thing> {
        let mut of_kind = self.things.iter().filter(|thing| thing.kind == kind);
        let first = of_kind.next()?;
        of_kind.next().is_none().then_some(first)
    }

    /// Apps that a stage of a release deploys to.
    pub fn on_stage(&self, stage: &str) -> Vec<&Thing> {
        let here = |thing: &&Thing| {
            thing.key("stage").is_some_and(|known| known.eq_ignore_ascii_case(stage))
        };
        self.things.iter().filter(here).collect()
    }

    /// Whether it says by which stages of a release its apps are deployed.
    pub fn has_stages(&self) -> bool {
        self.things.iter().any(|thing| thing.key("stage").is_some())
    }

    /// The app whose health is seen at an address.
    pub fn at_url(&self, url: &str) -> Option<&Thing> {
        let bare = |url: &str| url.trim_end_matches('/').to_ascii_lowercase();
        let wanted = bare(url);
        let here = |thing: &&Thing| thing.key("health_url").is_some_and(|at| bare(at) == wanted);
        self.things.iter().find(here)
    }

    /// The server that a database is on.
    pub fn server_of(&self, database: &Thing) -> Option<&Thing> {
        let server = database.key("server")?;
        let same = |thing: &&Thing| {
            thing.kind == "azure.sql_server" && thing.key("server") == Some(server)
        };
        self.things.iter().find(same)
    }
}
