//! A crate's modules as its files declare them, and what each of them imports from its own crate,
//! read from the text. Tests are left out: they may look at everything. It must not judge.

use super::rust_text;
use super::tokens::{Token, after_attribute, after_item, tokens};
use super::tree::Tree;
use std::collections::BTreeMap;

/// The way from the crate's root to a module; empty for the root itself.
pub type Path = Vec<String>;

/// One module that has a file of its own.
#[derive(Debug, Default)]
pub struct Module {
    /// Its file.
    pub file: String,
    /// The modules that it declares, in the order of the text.
    pub children: Vec<String>,
    /// What it imports.
    pub imports: Vec<Import>,
}

/// One mention of another module of the same crate.
#[derive(Debug)]
pub struct Import {
    /// The line of the mention.
    pub line: usize,
    /// The module that it leads to.
    pub module: Path,
}

/// Reads the modules below a crate's root file.
pub fn modules(tree: &Tree, root_file: &str) -> BTreeMap<Path, Module> {
    let mut found = BTreeMap::new();
    let mut mentions = Vec::new();
    let mut waiting: Vec<(Path, String)> = vec![(Path::new(), root_file.to_owned())];
    while let Some((path, file)) = waiting.pop() {
        let Some(source) = tree.get(&file) else { continue };
        let code = rust_text::split(&source.text).code;
        let mut reader = Reader { tokens: &tokens(&code), at: path.clone(), mentions: Vec::new() };
        let children = reader.read();
        for child in &children {
            let below = [path.as_slice(), std::slice::from_ref(child)].concat();
            waiting.extend(file_of(tree, &file, child).map(|file| (below, file)));
        }
        mentions.push((path.clone(), reader.mentions));
        found.insert(path, Module { file, children, imports: Vec::new() });
    }
    for (path, mentions) in mentions {
        let imports = resolve(&found, &path, mentions);
        if let Some(module) = found.get_mut(&path) {
            module.imports = imports;
        }
    }
    found
}

/// Returns the file of a declared module: beside a `mod.rs`, `lib.rs` or `main.rs`, else below.
fn file_of(tree: &Tree, declared_in: &str, child: &str) -> Option<String> {
    let (folder, name) = declared_in.rsplit_once('/')?;
    let folder = match name {
        "lib.rs" | "main.rs" | "mod.rs" => folder.to_owned(),
        _ => declared_in.trim_end_matches(".rs").to_owned(),
    };
    let candidates = [format!("{folder}/{child}.rs"), format!("{folder}/{child}/mod.rs")];
    candidates.into_iter().find(|candidate| tree.get(candidate).is_some())
}

/// Leads every mention to the nearest module that has a file; a module's own are dropped.
fn resolve(found: &BTreeMap<Path, Module>, from: &Path, mentions: Vec<Mention>) -> Vec<Import> {
    let own_children = found.get(from).map(|module| module.children.clone()).unwrap_or_default();
    let mut imports: Vec<Import> = Vec::new();
    for mention in mentions {
        let mut module = mention.path;
        if mention.relative {
            if !module.first().is_some_and(|first| own_children.contains(first)) {
                continue;
            }
            module = [from.clone(), module].concat();
        }
        while !found.contains_key(&module) && !module.is_empty() {
            module.pop();
        }
        let known = imports.iter().any(|import| import.module == module);
        if module != *from && !known {
            imports.push(Import { line: mention.line, module });
        }
    }
    imports
}

/// A path in the text: from the crate's root, or relative to the module that says it.
struct Mention {
    line: usize,
    path: Path,
    relative: bool,
}

/// Walks over one file's tokens.
struct Reader<'a> {
    tokens: &'a [Token<'a>],
    /// The module one is in, inline modules included.
    at: Path,
    mentions: Vec<Mention>,
}

impl Reader<'_> {
    /// Reads the file; returns the modules that have files of their own.
    fn read(&mut self) -> Vec<String> {
        let mut children = Vec::new();
        // For each open brace: whether it belongs to an inline module.
        let mut braces = Vec::new();
        let mut index = 0;
        while index < self.tokens.len() {
            match self.text(index) {
                "#" => {
                    let (after, test) = after_attribute(self.tokens, index);
                    index = if test { self.after_test_item(after) } else { after };
                    continue;
                }
                "mod" if self.text(index + 2) == ";" => {
                    children.push(self.text(index + 1).to_owned());
                }
                "mod" if self.text(index + 2) == "{" => {
                    self.at.push(self.text(index + 1).to_owned());
                    braces.push(true);
                    index += 3;
                    continue;
                }
                "{" => braces.push(false),
                "}" => {
                    if braces.pop() == Some(true) {
                        self.at.pop();
                    }
                }
                _ => index = self.path(index),
            }
            index += 1;
        }
        children
    }

    fn text(&self, index: usize) -> &str {
        self.tokens.get(index).map_or("", |token| token.text)
    }

    /// Skips what is for tests only, further attributes in between included.
    fn after_test_item(&self, mut index: usize) -> usize {
        while self.text(index) == "#" {
            index = after_attribute(self.tokens, index).0;
        }
        after_item(self.tokens, index)
    }

    /// Reads the path that begins here, if one does; returns the index of its last token.
    fn path(&mut self, index: usize) -> usize {
        let before = if index == 0 { "" } else { self.text(index - 1) };
        let begins = self.tokens[index].is_word() && before != "::" && before != "in";
        if !begins || self.text(index + 1) != "::" {
            return index;
        }
        let (base, relative, next) = match self.text(index) {
            "crate" => (Path::new(), false, index + 2),
            "self" => (self.at.clone(), false, index + 2),
            "super" => {
                let mut base = self.at.clone();
                base.pop();
                let mut next = index + 2;
                while self.text(next) == "super" && self.text(next + 1) == "::" {
                    base.pop();
                    next += 2;
                }
                (base, false, next)
            }
            _ => (Path::new(), true, index),
        };
        self.segments(base, relative, next)
    }

    /// Reads the segments and groups after a path's beginning.
    fn segments(&mut self, mut path: Path, relative: bool, mut index: usize) -> usize {
        let line = self.tokens.get(index).map_or(0, |token| token.line);
        loop {
            if self.text(index) == "{" {
                return self.group(&path, relative, index);
            }
            if !self.tokens.get(index).is_some_and(Token::is_word) {
                break;
            }
            path.push(self.text(index).to_owned());
            if self.text(index + 1) != "::" {
                break;
            }
            index += 2;
        }
        // An exported macro lives at the root whichever module wrote it: it is no import of it.
        if self.text(index + 1) != "!" {
            self.mentions.push(Mention { line, path, relative });
        }
        index
    }

    /// Reads `{a, b::{c, d}}`; returns the index of the closing brace.
    fn group(&mut self, path: &Path, relative: bool, open: usize) -> usize {
        let mut index = open + 1;
        while index < self.tokens.len() && self.text(index) != "}" {
            if self.tokens[index].is_word() || self.text(index) == "*" {
                if self.text(index) == "self" || self.text(index) == "*" {
                    let line = self.tokens[index].line;
                    self.mentions.push(Mention { line, path: path.clone(), relative });
                } else {
                    index = self.segments(path.clone(), relative, index);
                }
                if self.text(index + 1) == "as" {
                    index += 2;
                }
            }
            index += 1;
        }
        index
    }
}

#[cfg(test)]
#[path = "modules_tests.rs"]
mod tests;
