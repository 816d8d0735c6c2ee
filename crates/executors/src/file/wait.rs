//! `file.wait`: looks at a path until a file is there, nobody writes to it, and it is the right
//! one. It only looks.

use crate::change::failing::permanent;
use crate::change::kinds::read_only;
use crate::change::sum::Sum;
use crate::schema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use windlass_model::catalog::ActionGuide;
use windlass_model::event::Effect;
use windlass_model::time::parse_span;
use windlass_model::{ActionSpec, Millis, Timestamp, Value};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Found, Seen, TypedAttempt};
use windlass_ports::{Context, Outcome, TypedAction};

/// The action's kind.
pub const KIND: &str = "file.wait";

/// How often the path is looked at: a look costs nothing here, and little on a network's disk.
const POLL_MS: Millis = 5_000;

/// How long it is looked at where the step has no `timeout`: what has not come in a day is not on
/// its way.
const AT_MOST_MS: Millis = 86_400_000;

/// How long before the step's time is over the last look is: the sentence of this action tells more
/// than the engine's.
const LAST_LOOK_MS: Millis = 500;

/// The action.
pub struct Wait(pub ActionSpec);

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The path.
    pub path: PathBuf,
    /// A span in which its length and time of change stay.
    pub unchanged_for: Option<String>,
    /// The content's SHA-256, in hex.
    pub sha256: Option<String>,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// The path.
    pub path: PathBuf,
    /// The length.
    pub bytes: u64,
}

/// The file as it was last seen to change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handle {
    /// Its length and time of change; nothing where it is not there.
    looks: Option<Looks>,
    /// When it was first seen so.
    since: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Looks {
    bytes: u64,
    changed_ns: u128,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    let sha256 = json!({
        "type": "string", "pattern": "^[0-9a-fA-F]{64}$",
        "description": "the SHA-256 that its content must have, in hex",
    });
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Waits until a file is there: complete, where a span is given in which nobody \
                  writes to it, and the right one, where its hash is given. At most the step's \
                  `timeout`; a day where absent."
            .to_owned(),
        input: schema::object(
            [
                ("path", schema::path("the file")),
                ("unchanged_for", schema::text("a span in which nobody writes to it: `30s`")),
                ("sha256", sha256),
            ],
            &["path"],
        ),
        output: schema::object(
            [("path", schema::text("the file")), ("bytes", schema::int("its length"))],
            &["path", "bytes"],
        ),
        traits: read_only(),
        guide: ActionGuide::new(
            "nothing",
            "nothing is changed, so nothing is in doubt",
            "nothing to undo",
            &["read access to the file"],
        ),
        example: format!(
            "- id: dump\n  uses: {KIND}\n  with: {{ path: /var/backups/orders.dump, unchanged_for: \
             30s }}\n  timeout: 1h\n"
        ),
    }
}

fn looks(path: &Path) -> Outcome<Option<Looks>> {
    let seen = match std::fs::metadata(path) {
        Ok(seen) if seen.is_file() => seen,
        Ok(_) => return permanent("no_file", format!("{} is no file", path.display())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            let path = path.display();
            return permanent("file", format!("failed to look at {path}: {error}"));
        }
    };
    let changed =
        seen.modified().ok().and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
    Ok(Some(Looks { bytes: seen.len(), changed_ns: changed.unwrap_or_default().as_nanos() }))
}

fn span(input: &Input) -> Millis {
    input.unchanged_for.as_deref().and_then(parse_span).unwrap_or(0)
}

/// What a look says.
enum Look {
    There(Output),
    NotYet(String),
}

/// Looks at the file; a hash is computed only of one that nobody writes to.
async fn look(input: &Input, handle: &Handle, now: Timestamp) -> Outcome<Look> {
    let shown = input.path.display();
    let Some(Looks { bytes, .. }) = handle.looks else {
        return Ok(Look::NotYet(format!("{shown} is not there")));
    };
    let still = now.since(handle.since);
    if still < span(input) {
        let said = format!("{shown} was written to {} s ago", still / 1_000);
        return Ok(Look::NotYet(said));
    }
    if let Some(wanted) = input.sha256.clone() {
        let found = Sum::read(&input.path).await?.sha256;
        if !found.eq_ignore_ascii_case(&wanted) {
            let said = format!("{shown} is there, and its SHA-256 is {found}");
            return Ok(Look::NotYet(said));
        }
    }
    Ok(Look::There(Output { path: input.path.clone(), bytes }))
}

impl Wait {
    /// One look, with what is known from the ones before.
    async fn turn(
        ctx: &Context,
        attempt: &TypedAttempt<'_, Self>,
        known: Option<Handle>,
    ) -> Outcome<Seen<Output, Handle>> {
        let now = ctx.clock.now();
        let looks = looks(&attempt.input.path)?;
        let handle = known.filter(|known| known.looks == looks);
        let handle = handle.unwrap_or(Handle { looks, since: now });
        let said = match look(&attempt.input, &handle, now).await? {
            Look::There(output) => return Ok(Seen::Done(output)),
            Look::NotYet(said) => said,
        };
        let from = attempt.raw.started_at;
        let end = ctx.deadline.unwrap_or_else(|| from.after(AT_MOST_MS));
        let left = end.since(now);
        if left <= LAST_LOOK_MS {
            let waited = now.since(from) / 1_000;
            let message = format!("failed to find the file after {waited} s: {said}");
            return permanent("timeout", message);
        }
        let after_ms = POLL_MS.min(left - LAST_LOOK_MS);
        Ok(Seen::InProgress { handle, percent: None, message: Some(said), after_ms })
    }
}

impl TypedAction for Wait {
    type Input = Input;
    type Output = Output;
    type Captured = ();
    type Handle = Handle;

    fn spec(&self) -> &ActionSpec {
        &self.0
    }

    fn effects(&self, _bindings: &Bindings, _input: &Value) -> Vec<Effect> {
        Vec::new()
    }

    fn check(&self, _bindings: &Bindings, input: &Input) -> Vec<String> {
        let bad = input.unchanged_for.as_deref().filter(|text| parse_span(text).is_none());
        bad.map(|text| format!("`unchanged_for: {text}` is no span of time: write `30s`"))
            .into_iter()
            .collect()
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, Handle>> {
        Ok(match Self::turn(ctx, &attempt, None).await? {
            Seen::Done(output) => Acted::Done(output),
            Seen::InProgress { handle, .. } => Acted::Accepted(handle),
        })
    }

    async fn poll(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Handle,
    ) -> Outcome<Seen<Output, Handle>> {
        Self::turn(ctx, &attempt, Some(handle)).await
    }

    /// A wait that was interrupted left no trace: one looks again.
    async fn probe(
        &self,
        _ctx: &Context,
        _attempt: TypedAttempt<'_, Self>,
        handle: Option<Handle>,
    ) -> Outcome<Found<Output, Handle>> {
        Ok(handle.map_or(Found::Absent, Found::InProgress))
    }
}
