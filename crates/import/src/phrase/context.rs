//! What a page's words speak of: the workflow that is built, the environment that is known, and
//! what was named before.

use crate::draft::{Draft, Resource, Said};
use crate::known::Known;
use crate::names::as_name;
use std::collections::BTreeMap;

/// What was read before a clause, and where its steps go.
pub struct Context<'a> {
    /// The workflow.
    pub draft: &'a mut Draft,
    /// The environment.
    pub known: &'a Known,
    /// Apps that were named last.
    pub last_apps: Vec<String>,
    /// The database that was named last, by its resource.
    pub last_database: Option<String>,
    /// Stages that were deployed to last.
    pub last_stages: Vec<String>,
    /// The branch that was named last.
    pub last_branch: Option<String>,
    /// Steps that exported a database, by its resource.
    pub exported: BTreeMap<String, String>,
    /// What is guessed of the clause that is read.
    pub guesses: Vec<String>,
    /// Another name of the key that is worked out.
    pub renamed: Option<&'static str>,
}

impl<'a> Context<'a> {
    /// Nothing was read before.
    pub fn new(draft: &'a mut Draft, known: &'a Known) -> Self {
        Self {
            draft,
            known,
            last_apps: Vec::new(),
            last_database: None,
            last_stages: Vec::new(),
            last_branch: None,
            exported: BTreeMap::new(),
            guesses: Vec::new(),
            renamed: None,
        }
    }

    /// Notes what is taken for granted.
    pub fn guess(&mut self, text: impl Into<String>) {
        self.guesses.push(text.into());
    }

    /// The resources of these apps.
    pub fn apps(&mut self, words: &[String], line: usize) -> Vec<String> {
        words.iter().map(|word| self.resource("azure.app_service", word, line)).collect()
    }

    /// The resource that these words mean, declared.
    pub fn resource(&mut self, kind: &str, words: &str, line: usize) -> String {
        let suffix = if kind == "azure.sql_database" { "db" } else { "resource" };
        let known = self.known.find(kind, words);
        let known = known.or_else(|| self.known.find(kind, &format!("{words}_{suffix}")));
        if let Some(thing) = known {
            let name = thing.name.clone();
            self.declare(&name, kind, None);
            return name;
        }
        let mut name = as_name(words);
        if self.draft.resources.get(&name).is_some_and(|other| other.kind != kind) {
            name = as_name(&format!("{name} {suffix}"));
        }
        let said = format!("`{words}` is one of type {kind}; the environment file must bind it");
        self.declare(&name, kind, Some(Said::guessed(said, line)));
        name
    }

    /// Declares a resource.
    pub fn declare(&mut self, name: &str, kind: &str, said: Option<Said>) {
        let fresh = || Resource { kind: kind.to_owned(), said: said.into_iter().collect() };
        self.draft.resources.entry(name.to_owned()).or_insert_with(fresh);
    }

    /// The server of a database.
    pub fn server_of(&mut self, database: &str, line: usize) -> String {
        let kind = "azure.sql_server";
        let thing = self.known.find("azure.sql_database", database);
        let server = thing.and_then(|thing| self.known.server_of(thing));
        match server.or_else(|| self.known.only(kind)).map(|server| server.name.clone()) {
            Some(server) => {
                self.declare(&server, kind, None);
                server
            }
            None => self.resource(kind, &format!("server of {database}"), line),
        }
    }

    /// The clone that the page works in.
    pub fn repository(&mut self, line: usize) -> String {
        let kind = "git.repository";
        match self.known.only(kind).map(|one| one.name.clone()) {
            Some(clone) => {
                self.declare(&clone, kind, None);
                clone
            }
            None => self.resource(kind, "repository", line),
        }
    }

    /// The container that takes backups.
    pub fn container(&mut self, line: usize) -> String {
        let kind = "azure.storage_container";
        match self.known.only(kind).map(|one| one.name.clone()) {
            Some(container) => {
                self.declare(&container, kind, None);
                container
            }
            None => self.resource(kind, "backups", line),
        }
    }
}
