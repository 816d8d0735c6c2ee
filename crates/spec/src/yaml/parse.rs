//! Text into tree, within bounds that no release needs and every bomb exceeds. Error texts are our
//! own.

use super::tree::{Entry, Yaml, YamlKind};
use crate::diagnostic::Findings;
use crate::source::{Place, Span};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy, NonFiniteFloatPolicy};
use serde_saphyr::{Error, Location, Spanned};
use std::fmt;

/// Largest file: a workflow of a thousand steps takes a tenth of it.
pub const FILE_BYTES_MAX: usize = 1024 * 1024;

/// Deepest nesting: the deepest key of the format stands at level 8, inputs of actions a few below
/// it.
const DEPTH_MAX: usize = 32;

/// Values and keys in a file, those that aliases repeat included.
const NODES_MAX: usize = 100_000;

/// Uses of anchors, and values that they may repeat.
const ALIASES_MAX: usize = 200;
const ALIAS_EVENTS_MAX: usize = 10_000;

/// Reads the text of a file. What is wrong goes into the findings; a text that is no YAML gives no
/// tree.
pub fn parse(findings: &mut Findings) -> Option<Yaml> {
    let source = findings.source.clone();
    if source.text.len() > FILE_BYTES_MAX {
        let message = format!(
            "the file has {} bytes; a file of this kind has at most {FILE_BYTES_MAX}",
            source.text.len()
        );
        findings
            .error("file_too_large", Span::default(), message)
            .help("split it, or take data out of it: a step can read a file by itself");
        return None;
    }
    match serde_saphyr::from_str_with_options::<Yaml>(&source.text, options()) {
        Ok(tree) => {
            let mut tree = tree;
            mend(&mut tree, findings, 0);
            Some(tree)
        }
        Err(error) => {
            explain(&error, findings);
            None
        }
    }
}

fn options() -> serde_saphyr::Options {
    let budget = serde_saphyr::budget! {
        max_depth: DEPTH_MAX,
        max_nodes: NODES_MAX,
        max_events: NODES_MAX * 2,
        max_aliases: ALIASES_MAX,
        max_anchors: ALIASES_MAX,
        max_documents: 1,
        max_total_scalar_bytes: FILE_BYTES_MAX * 2,
        flow_nesting_limit: DEPTH_MAX * 2,
    };
    let alias_limits = serde_saphyr::alias_limits! {
        max_total_replayed_events: ALIAS_EVENTS_MAX,
        max_replay_stack_depth: DEPTH_MAX,
        max_alias_expansions_per_anchor: ALIASES_MAX,
    };
    serde_saphyr::options! {
        budget: budget,
        alias_limits: alias_limits,
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        merge_keys: MergeKeyPolicy::AsOrdinary,
        strict_booleans: true,
        // Said in words of our own, and the rest of the file is checked all the same.
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        with_snippet: false,
    }
}

impl<'de> Deserialize<'de> for Yaml {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<YamlKind>::deserialize(deserializer)?;
        Ok(Self { kind: spanned.value, span: span_of(spanned.defined) })
    }
}

fn span_of(location: Location) -> Span {
    let span = location.span();
    let start = span.byte_offset().unwrap_or_default() as usize;
    Span::new(start, start + span.byte_len().unwrap_or_default() as usize)
}

impl<'de> Deserialize<'de> for YamlKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KindVisitor)
    }
}

struct KindVisitor;

impl<'de> Visitor<'de> for KindVisitor {
    type Value = YamlKind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<YamlKind, E> {
        Ok(YamlKind::Null)
    }

    fn visit_none<E>(self) -> Result<YamlKind, E> {
        Ok(YamlKind::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<YamlKind, E> {
        Ok(YamlKind::Bool(truth))
    }

    fn visit_i64<E>(self, n: i64) -> Result<YamlKind, E> {
        Ok(YamlKind::Int(n))
    }

    fn visit_u64<E>(self, n: u64) -> Result<YamlKind, E> {
        Ok(i64::try_from(n).map_or(YamlKind::Float(n as f64), YamlKind::Int))
    }

    fn visit_i128<E>(self, n: i128) -> Result<YamlKind, E> {
        Ok(YamlKind::Float(n as f64))
    }

    fn visit_u128<E>(self, n: u128) -> Result<YamlKind, E> {
        Ok(YamlKind::Float(n as f64))
    }

    fn visit_f64<E>(self, f: f64) -> Result<YamlKind, E> {
        Ok(YamlKind::Float(f))
    }

    fn visit_str<E>(self, text: &str) -> Result<YamlKind, E> {
        Ok(YamlKind::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<YamlKind, E> {
        Ok(YamlKind::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<YamlKind, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = list.next_element()? {
            elements.push(element);
        }
        Ok(YamlKind::List(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<YamlKind, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<Yaml>()? {
            let text = match &key.kind {
                YamlKind::Text(text) => text.clone(),
                YamlKind::Int(n) => n.to_string(),
                YamlKind::Float(f) => f.to_string(),
                YamlKind::Bool(truth) => truth.to_string(),
                YamlKind::Null => "null".to_owned(),
                YamlKind::List(_) | YamlKind::Map(_) => {
                    return Err(A::Error::custom(COMPOUND_KEY));
                }
            };
            entries.push(Entry { key: text, key_span: key.span, value: map.next_value()? });
        }
        Ok(YamlKind::Map(entries))
    }
}

const COMPOUND_KEY: &str = "a key must be a text, not a list or a map";

/// Gives lists and maps a place that can be shown, and reports keys that come twice.
fn mend(tree: &mut Yaml, findings: &mut Findings, fallback: usize) {
    let start = if tree.span.start == 0 { fallback } else { tree.span.start };
    match &mut tree.kind {
        YamlKind::List(elements) => {
            let at = start;
            elements.iter_mut().for_each(|element| mend(element, findings, at));
            let last = elements.last().map(|element| element.span);
            tree.span = first_line(findings, elements.first().map(|e| e.span), last, at);
        }
        YamlKind::Map(entries) => {
            for at in 0..entries.len() {
                let key_end = entries[at].key_span.end;
                mend(&mut entries[at].value, findings, key_end);
                let twice = entries[..at].iter().find(|earlier| earlier.key == entries[at].key);
                if let Some(earlier) = twice {
                    let line = findings.source.place(earlier.key_span.start).line;
                    let message = format!("the key `{}` stands here twice", entries[at].key);
                    findings
                        .error("duplicate_key", entries[at].key_span, message)
                        .help(format!("it stands on line {line} already; remove one of the two"));
                }
            }
            let last = entries.last().map(|entry| entry.value.span);
            tree.span = first_line(findings, entries.first().map(|e| e.key_span), last, start);
        }
        YamlKind::Null if tree.span.start == tree.span.end => {
            tree.span = first_line(findings, None, None, start);
        }
        YamlKind::Float(f) if !f.is_finite() => {
            let raw = findings.source.slice(tree.span).to_owned();
            let message = format!("`{raw}` is no number that can be counted with");
            findings
                .error("not_finite", tree.span, message)
                .help("write a number that ends, or remove the key where there is no limit");
        }
        _ => {}
    }
}

/// From the first part, else from a place nearby, to the end of the last part where that stands on
/// the same line, as between braces, else to the end of the line.
fn first_line(findings: &Findings, first: Option<Span>, last: Option<Span>, nearby: usize) -> Span {
    let start = first.map_or(nearby, |span| span.start);
    let rest = findings.source.slice(Span::new(start, findings.source.text.len()));
    let length = rest.lines().next().unwrap_or_default().trim_end().len();
    let line_end = start + length;
    let last_end = last.map(|span| span.end).filter(|end| (start + 1..line_end).contains(end));
    Span::new(start, last_end.unwrap_or(line_end))
}

fn explain(error: &Error, findings: &mut Findings) {
    let error = error.without_snippet();
    let error = match error {
        Error::AliasError { error, .. } => error.without_snippet(),
        other => other,
    };
    let at = error.location().map_or(Span::default(), |location| known_span(findings, location));
    let (code, message, help) = match error {
        Error::Budget { breach, .. } => budget(breach),
        Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => ALIASES.map_message(),
        Error::MultipleDocuments { .. } => (
            "yaml_documents",
            "there is a second document after `---`".to_owned(),
            "write one workflow or environment in a file",
        ),
        Error::Eof { .. } => {
            ("yaml_empty", "the file is empty".to_owned(), "begin with `name:` and `steps:`")
        }
        Error::UnknownAnchor { .. } => (
            "yaml_anchor",
            "there is no anchor of that name above".to_owned(),
            "a text that begins with `*` needs quotes",
        ),
        other => syntax(&other.to_string()),
    };
    let line = findings.source.line(findings.source.place(at.start).line).to_owned();
    let found = findings.error(code, at, message);
    match code == "yaml_syntax" && line.contains("${{") {
        true => found.help("inside `{ }` or `[ ]`, `${{ … }}` needs quotes"),
        false => found.help(help),
    };
}

/// A place of the parser: by bytes where it counts them, else by line and column.
fn known_span(findings: &Findings, location: Location) -> Span {
    let span = span_of(location);
    let start = match location.span().byte_offset() {
        Some(_) if span.start > 0 => span.start,
        _ => {
            let line = u32::try_from(location.line()).unwrap_or(0);
            let column = u32::try_from(location.column()).unwrap_or(0);
            findings.source.offset(Place { line, column })
        }
    };
    Span::new(start, span.end.max(start + 1))
}

type Explained = (&'static str, String, &'static str);

struct Fixed(&'static str, &'static str, &'static str);

impl Fixed {
    fn map_message(&self) -> Explained {
        (self.0, self.1.to_owned(), self.2)
    }
}

const ALIASES: Fixed = Fixed(
    "yaml_aliases",
    "its anchors repeat too much of the file",
    "write the values out; `for_each` repeats a step",
);

const DEPTH: Fixed = Fixed(
    "yaml_depth",
    "it is nested more than 32 levels deep",
    "no key of the format stands that deep",
);

fn budget(breach: &BudgetBreach) -> Explained {
    match breach {
        BudgetBreach::Depth { .. } => DEPTH.map_message(),
        BudgetBreach::Aliases { .. }
        | BudgetBreach::Anchors { .. }
        | BudgetBreach::AliasAnchorRatio { .. }
        | BudgetBreach::RecordedAnchorEvents { .. }
        | BudgetBreach::RecordedAnchorBytes { .. } => ALIASES.map_message(),
        BudgetBreach::Documents { .. } => (
            "yaml_documents",
            "there is a second document after `---`".to_owned(),
            "write one workflow or environment in a file",
        ),
        _ => (
            "yaml_too_large",
            "it holds more values than a workflow can have".to_owned(),
            "split it, or take data out of it: a step can read a file by itself",
        ),
    }
}

/// The parser's own words, with what they usually mean.
fn syntax(text: &str) -> Explained {
    let low = text.to_lowercase();
    let first = text.lines().next().unwrap_or_default();
    let first = first.split(" at line ").next().unwrap_or(first).trim_end_matches([':', ',', ' ']);
    if low.contains("tab") {
        let help = "indent with blanks, two for each level";
        return ("yaml_tab", "a tab stands where blanks must".to_owned(), help);
    }
    if low.contains("recursion") || low.contains("nesting") || low.contains("depth") {
        return DEPTH.map_message();
    }
    if low.contains(COMPOUND_KEY) {
        let help =
            "a text that begins with `{` or `[` needs quotes; so does `${{ … }}` at the begin";
        return ("yaml_syntax", COMPOUND_KEY.to_owned(), help);
    }
    let help = if low.contains("mapping values") || low.contains("':'") || low.contains("colon") {
        "a text with `: ` inside needs quotes"
    } else if low.contains("quoted") || low.contains("quote") {
        "a quote that is opened must be closed on the same line or below it"
    } else {
        "look at the indentation, and at texts with `:`, `#`, `{`, `[`, `*`, `!`, `%` or `@`: \
            they need quotes"
    };
    ("yaml_syntax", format!("this is no YAML: {first}"), help)
}
