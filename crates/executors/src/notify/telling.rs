//! Makes an action of a message: what cannot be told is said in the output and fails nothing; what
//! is known to be sent is noted, so that a resume does not send it again. It must not know who is
//! told.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::future::Future;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, RequestId, Value};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Found, TypedAttempt};
use windlass_ports::{Action, Context, Outcome, TypedAction, erase};

use crate::change::key::key;
use crate::schema;

/// How often it is tried: a receiver that is away for longer is not waited for.
const TRIES: u32 = 2;

/// Why a message was not sent.
pub enum Untold {
    /// Trying again will not mend it.
    Refused(String),
    /// It may pass.
    Away(String),
    /// It may have arrived.
    Unclear(String),
}

/// A way to tell people.
pub trait Telling: Send + Sync + Sized + 'static {
    /// Its input.
    type Input: DeserializeOwned + Send + Sync;

    /// What it declares.
    fn spec(&self) -> &ActionSpec;

    /// What is wrong with an input beyond its schema.
    fn check(&self, _input: &Self::Input) -> Vec<String> {
        Vec::new()
    }

    /// Sends it once. The id is the same for all tries of a message.
    fn send(
        &self,
        ctx: &Context,
        input: &Self::Input,
        id: RequestId,
    ) -> impl Future<Output = Result<(), Untold>> + Send;
}

/// Output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Whether it is known to be sent.
    pub sent: bool,
    /// Why not.
    pub why: Option<String>,
}

/// The schema of the output.
pub fn output_schema() -> Value {
    schema::object(
        [
            ("sent", schema::boolean("whether it is known to be sent")),
            ("why", schema::text("why not; the run goes on all the same")),
        ],
        &["sent"],
    )
}

/// The way as an action.
pub fn telling<T: Telling>(way: T, state: &Path) -> Arc<dyn Action> {
    erase(Once { way, state: state.to_owned() })
}

struct Once<T> {
    way: T,
    state: PathBuf,
}

impl<T> Once<T> {
    fn note(&self, id: RequestId) -> PathBuf {
        self.state.join("notify").join(id.to_string())
    }

    fn write_note(&self, id: RequestId) -> io::Result<()> {
        let note = self.note(id);
        let folder = note.parent().unwrap_or(&self.state);
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        std::fs::File::create(note)?.sync_all()
    }
}

fn sent() -> Output {
    Output { sent: true, why: None }
}

impl<T: Telling> TypedAction for Once<T> {
    type Input = T::Input;
    type Output = Output;
    type Captured = ();
    type Handle = ();

    fn spec(&self) -> &ActionSpec {
        self.way.spec()
    }

    fn effects(&self, _bindings: &Bindings, _input: &Value) -> Vec<Effect> {
        Vec::new()
    }

    fn check(&self, _bindings: &Bindings, input: &T::Input) -> Vec<String> {
        self.way.check(input)
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, ()>> {
        let id = key(ctx, attempt.raw);
        if self.note(id).exists() {
            return Ok(Acted::Done(sent()));
        }
        let mut why = None;
        for _ in 0..TRIES {
            match self.way.send(ctx, &attempt.input, id).await {
                Ok(()) => {
                    if let Err(error) = self.write_note(id) {
                        ctx.output.line(&format!("it was sent, and cannot be noted: {error}"));
                    }
                    return Ok(Acted::Done(sent()));
                }
                Err(Untold::Away(text)) => why = Some(text),
                Err(Untold::Refused(text) | Untold::Unclear(text)) => {
                    why = Some(text);
                    break;
                }
            }
        }
        if let Some(why) = &why {
            ctx.output.line(&format!("nobody was told: {why}"));
        }
        Ok(Acted::Done(Output { sent: false, why }))
    }

    /// Only what is noted is known to be sent; the rest may be sent again.
    async fn probe(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        _handle: Option<()>,
    ) -> Outcome<Found<Output, ()>> {
        let noted = self.note(key(ctx, attempt.raw)).exists();
        Ok(if noted { Found::Done(sent()) } else { Found::Absent })
    }
}
