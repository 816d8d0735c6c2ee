//! Runs one program to its end: what it prints is bounded, and cleaned of secrets where people read
//! it. It must not know any program.

use super::ending::Leash;
use crate::change::failing::permanent;
use crate::change::key::MARK;
use crate::redact::{Redactor, Tail};
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use windlass_model::RequestId;
use windlass_ports::{Context, Outcome, Secret};
use windlass_sys::env;

/// What a program may print on its standard output and have kept: the names of all files of a
/// large repository fit.
const STDOUT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Bytes that are read at once.
const CHUNK_BYTES: usize = 16 * 1024;

/// A program to run.
#[derive(Clone, Debug)]
pub struct Program {
    /// What is run.
    pub name: String,
    /// Its arguments: no secret may be among them, since anybody can read them.
    pub arguments: Vec<OsString>,
    /// Where.
    pub dir: Option<PathBuf>,
    /// Variables beside the inherited ones; struck out of what it says.
    pub secrets: Vec<(String, Secret)>,
    /// What else is struck out: it knows these in another form.
    pub hidden: Vec<Secret>,
    /// Variables beside the inherited ones.
    pub variables: Vec<(String, String)>,
    /// What it reads.
    pub input: Vec<u8>,
    /// Whose mark it bears.
    pub key: RequestId,
}

/// How it ended.
#[derive(Clone, Debug)]
pub struct Ran {
    /// Its exit status; none where a signal ended it.
    pub status: Option<i32>,
    /// What it printed.
    pub stdout: Vec<u8>,
    /// The end of what it complained about, without secrets.
    pub stderr: String,
}

impl Ran {
    /// What it printed, as text without its last line end.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).trim_end_matches(['\n', '\r']).to_owned()
    }

    /// What it printed as a list with zeros between.
    pub fn list(&self) -> Vec<String> {
        let parts = self.stdout.split(|byte| *byte == 0).filter(|part| !part.is_empty());
        parts.map(|part| String::from_utf8_lossy(part).into_owned()).collect()
    }

    /// Whether it ended well.
    pub fn is_good(&self) -> bool {
        self.status == Some(0)
    }
}

/// Runs it. What it starts ends with the call, also where the call is let go.
pub async fn run(ctx: &Context, program: Program) -> Outcome<Ran> {
    let mut command = Command::new(&program.name);
    command.args(&program.arguments).env_clear().envs(env::inherited());
    command.envs(program.variables.iter().map(|(name, value)| (name, value)));
    command.envs(program.secrets.iter().map(|(name, value)| (name, value.expose())));
    command.env(MARK, program.key.to_string());
    if let Some(dir) = &program.dir {
        command.current_dir(dir);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.process_group(0);
    let leash = Leash::on(program.key);
    let child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            leash.slip();
            return unstarted(&program, &error);
        }
    };
    let mut secrets = program.hidden;
    secrets.extend(program.secrets.into_iter().map(|(_, secret)| secret));
    let ended = follow(ctx, child, program.input, &Redactor::new(&secrets)).await;
    match ended {
        Ok(ran) => {
            leash.slip();
            Ok(ran)
        }
        Err(error) => {
            permanent("child", format!("failed to follow `{}` to its end: {error}", program.name))
        }
    }
}

fn unstarted<T>(program: &Program, error: &io::Error) -> Outcome<T> {
    let name = &program.name;
    if let Some(dir) = program.dir.as_ref().filter(|dir| !dir.is_dir()) {
        let dir = dir.display();
        return permanent("spawn", format!("failed to start `{name}`: there is no folder {dir}"));
    }
    let next = match error.kind() {
        io::ErrorKind::NotFound => "; install it, or put it on the PATH",
        _ => "",
    };
    permanent("spawn", format!("failed to start `{name}`: {error}{next}"))
}

async fn follow(
    ctx: &Context,
    mut child: Child,
    input: Vec<u8>,
    redactor: &Redactor,
) -> io::Result<Ran> {
    let missing = || io::Error::other("its pipes are not there");
    let mut stdin = child.stdin.take().ok_or_else(missing)?;
    let stdout = child.stdout.take().ok_or_else(missing)?;
    let stderr = child.stderr.take().ok_or_else(missing)?;
    let feed = async move {
        // A program that does not read all of it says why by its exit status.
        let _ = stdin.write_all(&input).await;
    };
    let ((), stdout, tail) = tokio::join!(feed, keep(stdout), listen(ctx, stderr, redactor));
    let status = child.wait().await?;
    Ok(Ran { status: status.code(), stdout: stdout?, stderr: tail?.text() })
}

async fn keep(mut from: impl AsyncRead + Unpin) -> io::Result<Vec<u8>> {
    let (mut kept, mut chunk) = (Vec::new(), vec![0; CHUNK_BYTES]);
    loop {
        let read = from.read(&mut chunk).await?;
        if read == 0 {
            return Ok(kept);
        }
        if kept.len() + read > STDOUT_BYTES_MAX {
            return Err(io::Error::other("it printed more than is kept"));
        }
        kept.extend_from_slice(&chunk[..read]);
    }
}

/// Passes complaints on, line by line; progress that overwrites itself counts as lines.
async fn listen(
    ctx: &Context,
    mut from: impl AsyncRead + Unpin,
    redactor: &Redactor,
) -> io::Result<Tail> {
    let (mut tail, mut chunk, mut line) = (Tail::default(), vec![0; CHUNK_BYTES], Vec::new());
    loop {
        let read = from.read(&mut chunk).await?;
        for byte in &chunk[..read] {
            if matches!(byte, b'\n' | b'\r') || line.len() >= CHUNK_BYTES {
                say(ctx, &mut tail, &mut line, redactor);
            } else {
                line.push(*byte);
            }
        }
        if read == 0 {
            say(ctx, &mut tail, &mut line, redactor);
            return Ok(tail);
        }
    }
}

fn say(ctx: &Context, tail: &mut Tail, line: &mut Vec<u8>, redactor: &Redactor) {
    let clean = redactor.line(&std::mem::take(line));
    if !clean.trim().is_empty() {
        ctx.output.line(&clean);
        tail.push(clean);
    }
}
