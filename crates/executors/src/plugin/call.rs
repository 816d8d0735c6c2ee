//! One call of a plug-in and its answer. It must not know attempts or what an answer means for one.

use super::program::{Program, Said, Start, Waiting};
use super::protocol::{Answer, Request};
use crate::redact::Redactor;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use windlass_model::RequestId;
use windlass_ports::action::OutputSink;
use windlass_sys::ProcessId;

/// Time for a call that only looks: a service that is asked may be slow, a plug-in that hangs must
/// not hold a run for ever.
pub const LOOK: Duration = Duration::from_secs(120);

/// Time for a call that asks nobody: `spec`, `check`, `effects`.
pub const THINK: Duration = Duration::from_secs(10);

/// Calls of this process, so that each is marked as no other.
static CALLS: AtomicU64 = AtomicU64::new(0);

/// A plug-in at hand.
#[derive(Clone, Debug)]
pub struct Line {
    /// The program.
    pub program: Program,
    /// Variables that it asked to see.
    pub environment: Vec<String>,
}

/// A call without an answer; the sentence says what the plug-in did instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// It was never begun.
    #[error("failed to start the plug-in {0}")]
    NotStarted(String),
    /// It was begun, and what came back is no answer.
    #[error("the plug-in {0}")]
    Unclear(String),
}

/// Where a plug-in's words go.
pub struct Ears<'a> {
    /// Strikes out secrets.
    pub redactor: &'a Redactor,
    /// Gets the log and the progress.
    pub output: &'a dyn OutputSink,
}

impl Line {
    /// Starts the program, which then waits for its request. A call that acts is marked by its
    /// attempt, so that another windlass finds it.
    pub fn start(&self, attempt: Option<RequestId>) -> Result<Waiting, NoAnswer> {
        let mark = match attempt {
            Some(request) => request.to_string(),
            None => own_mark(),
        };
        let start = Start { program: &self.program, mark: &mark, environment: &self.environment };
        Waiting::start(&start).map_err(|error| {
            NoAnswer::NotStarted(format!("{}: {error}", self.program.path.display()))
        })
    }

    /// A call that changes nothing.
    pub async fn look(
        &self,
        request: &Request,
        limit: Duration,
        ears: &Ears<'_>,
    ) -> Result<Answer, NoAnswer> {
        let mut waiting = self.start(None)?;
        match tokio::time::timeout(limit, hear(&mut waiting, request, ears)).await {
            Ok(answer) => answer,
            Err(_) => {
                waiting.end().await;
                let what = request.call.name();
                let limit = limit.as_secs();
                Err(NoAnswer::Unclear(format!("did not answer `{what}` in {limit} s")))
            }
        }
    }
}

fn own_mark() -> String {
    let number = CALLS.fetch_add(1, Ordering::Relaxed);
    let own = ProcessId::current().map(|own| own.to_string());
    format!("{}-{number}", own.unwrap_or_else(|_| std::process::id().to_string()))
}

/// Gives the request and takes the answer.
pub async fn hear(
    waiting: &mut Waiting,
    request: &Request,
    ears: &Ears<'_>,
) -> Result<Answer, NoAnswer> {
    let mut bytes = serde_json::to_vec(request)
        .map_err(|error| NoAnswer::NotStarted(format!("with its request: {error}")))?;
    bytes.push(b'\n');
    let heard = |line: &str| ears.output.line(line);
    let said = waiting.ask(&bytes, ears.redactor, &heard).await;
    let said = said.map_err(|error| NoAnswer::Unclear(format!("gave no answer: {error}")))?;
    answer(said, request, ears)
}

fn answer(said: Said, request: &Request, ears: &Ears<'_>) -> Result<Answer, NoAnswer> {
    let what = request.call.name();
    let words = said.log.last().map(|line| format!("; its last words: {line}"));
    let words = words.unwrap_or_default();
    let unclear = |why: String| NoAnswer::Unclear(format!("{why}{words}"));
    if !said.status.success() {
        return Err(unclear(format!("ended `{what}` with {}", said.status)));
    }
    let mut answers = Vec::new();
    for line in &said.lines {
        match serde_json::from_str::<Answer>(line) {
            Ok(Answer::Progress { percent, message }) => {
                let percent = percent.map(|percent| format!("{percent:.0} % "));
                let message = ears.redactor.line(message.unwrap_or_default().as_bytes());
                ears.output.line(format!("{}{message}", percent.unwrap_or_default()).trim());
            }
            Ok(answer) => answers.push(answer),
            Err(error) => {
                let error = ears.redactor.line(error.to_string().as_bytes());
                return Err(unclear(format!("answered `{what}` with no answer: {error}")));
            }
        }
    }
    match answers.len() {
        1 => Ok(answers.remove(0)),
        0 => Err(unclear(format!("ended `{what}` without an answer"))),
        many => Err(unclear(format!("gave {many} answers to `{what}`"))),
    }
}

/// Hears nothing.
pub struct Silent;

impl OutputSink for Silent {
    fn line(&self, _text: &str) {}
}

/// Waits in a place that cannot: a thread of its own asks and the caller waits for it.
pub fn wait_for<T: Send>(asked: impl Future<Output = T> + Send) -> std::io::Result<T> {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            Ok(runtime.block_on(asked))
        });
        let broke = |_| Err(std::io::Error::other("the call broke down"));
        thread.join().unwrap_or_else(broke)
    })
}
