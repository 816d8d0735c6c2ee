//! A draft as the text of a file, and its notes with their lines. It must not know what anything
//! means.

use crate::draft::{Draft, Entry, Said, Step, Value};
use crate::note::{Note, NoteKind, Written};
use crate::yaml_text::{block, comments, escaped, scalar};

/// Widest map or list that stands on one line.
const FLOW_MAX: usize = 84;

/// The text of a draft.
pub fn write(draft: &Draft) -> Written {
    let mut out = Writer::default();
    draft.head.iter().for_each(|said| out.said(0, said));
    out.line(0, &format!("name: {}", scalar(&draft.name)));
    if !draft.description.is_empty() {
        out.entry(0, "description", &Value::plain(&draft.description), 0);
    }
    if let Some(environment) = &draft.environment {
        out.entry(0, "environment", &Value::plain(environment), 0);
    }
    out.inputs(draft);
    if !draft.resources.is_empty() {
        out.line(0, "resources:");
        for (name, resource) in &draft.resources {
            resource.said.iter().for_each(|said| out.said(2, said));
            out.line(2, &format!("{}: {}", scalar(name), scalar(&resource.kind)));
        }
    }
    out.line(0, "steps:");
    for (at, entry) in draft.body.iter().enumerate() {
        let after_step = at > 0 && matches!(draft.body[at - 1], Entry::Step(_));
        if after_step {
            out.line(0, "");
        }
        match entry {
            Entry::Said(said) => out.said(2, said),
            Entry::Step(step) => out.step(step),
        }
    }
    let resources = draft.resources.iter().map(|(name, one)| (name.clone(), one.kind.clone()));
    Written {
        name: draft.name.clone(),
        title: draft.title.clone(),
        text: out.text,
        notes: out.notes,
        resources: resources.collect(),
        share: draft.share,
    }
}

#[derive(Default)]
struct Writer {
    text: String,
    lines: usize,
    notes: Vec<Note>,
}

impl Writer {
    fn line(&mut self, indent: usize, line: &str) {
        if !line.is_empty() {
            self.text.extend(std::iter::repeat_n(' ', indent));
        }
        self.text.push_str(line);
        self.text.push('\n');
        self.lines += 1;
    }

    fn note(&mut self, kind: NoteKind, text: &str, source_line: usize) {
        let note = Note { kind, text: text.to_owned(), source_line, line: self.lines + 1 };
        self.notes.push(note);
    }

    fn said(&mut self, indent: usize, said: &Said) {
        let text = match said.kind {
            Some(kind) => {
                self.note(kind, &said.text, said.line);
                format!("{}: {}", kind.word(), said.text.replace('\n', " "))
            }
            None => said.text.clone(),
        };
        for line in comments(indent, &text) {
            self.line(0, &line);
        }
    }

    fn inputs(&mut self, draft: &Draft) {
        if draft.inputs.is_empty() {
            return;
        }
        self.line(0, "inputs:");
        for (name, input) in &draft.inputs {
            input.said.iter().for_each(|said| self.said(2, said));
            self.line(2, &format!("{}:", scalar(name)));
            for (key, value) in &input.keys {
                self.entry(4, key, value, 0);
            }
        }
    }

    fn step(&mut self, step: &Step) {
        step.said.iter().for_each(|said| self.said(2, said));
        self.line(2, &format!("- id: {}", scalar(&step.id)));
        for (key, value) in &step.keys {
            self.entry(4, key, value, step.line);
        }
    }

    /// `key: value`, on one line where that is short.
    fn entry(&mut self, indent: usize, key: &str, value: &Value, source_line: usize) {
        let key = scalar(key);
        if let Value::Blank(what) = value {
            self.note(NoteKind::FillIn, what, source_line);
            let line = format!("{key}:    # fill in: {}", one_line(what));
            return self.line(indent, &line);
        }
        if let Some(flow) = flow(value).filter(|flow| key.len() + flow.len() <= FLOW_MAX) {
            return self.line(indent, &format!("{key}: {flow}"));
        }
        match value {
            Value::Map(entries) => {
                self.line(indent, &format!("{key}:"));
                for (key, value) in entries {
                    self.entry(indent + 2, key, value, source_line);
                }
            }
            Value::List(elements) => {
                self.line(indent, &format!("{key}:"));
                for element in elements {
                    self.element(indent + 2, element, source_line);
                }
            }
            Value::Raw(text) if block(text).is_some() => {
                self.line(indent, &format!("{key}: |"));
                for line in block(text).unwrap_or_default() {
                    self.line(indent + 2, line);
                }
            }
            one => {
                let text = one_scalar(one).unwrap_or_default();
                self.line(indent, &format!("{key}: {text}"));
            }
        }
    }

    fn element(&mut self, indent: usize, value: &Value, source_line: usize) {
        if let Value::Blank(what) = value {
            self.note(NoteKind::FillIn, what, source_line);
            return self.line(indent, &format!("-    # fill in: {}", one_line(what)));
        }
        match flow(value) {
            Some(flow) => self.line(indent, &format!("- {flow}")),
            // What is nested deeper is quoted away: no import makes such lists.
            None => self.line(indent, "- {}"),
        }
    }
}

fn one_line(text: &str) -> String {
    comments(0, &text.replace('\n', " ")).join(" ").replace("# ", "")
}

/// A value on one line, where nothing in it must be filled in.
fn flow(value: &Value) -> Option<String> {
    match value {
        Value::Map(entries) => {
            let parts: Option<Vec<String>> = entries
                .iter()
                .map(|(key, value)| Some(format!("{}: {}", scalar(key), flow(value)?)))
                .collect();
            let parts = parts?;
            Some(if parts.is_empty() { "{}".into() } else { format!("{{ {} }}", parts.join(", ")) })
        }
        Value::List(elements) => {
            let parts: Option<Vec<String>> = elements.iter().map(flow).collect();
            Some(format!("[{}]", parts?.join(", ")))
        }
        Value::Raw(text) if text.ends_with('\n') && block(text).is_some() => None,
        one => one_scalar(one),
    }
}

fn one_scalar(value: &Value) -> Option<String> {
    match value {
        Value::Plain(text) => Some(scalar(&escaped(text))),
        Value::Template(text) | Value::Raw(text) => Some(scalar(text)),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Int(number) => Some(number.to_string()),
        Value::List(_) | Value::Map(_) | Value::Blank(_) => None,
    }
}
