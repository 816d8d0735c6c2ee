//! Starts this program again for one reading, waits for its figures, kills it where that is asked.

use crate::Failure;
use crate::figures::Figures;
use crate::options::Order;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

/// The reading of a process that ends by itself.
pub fn reading(order: &Order) -> Result<Figures, Failure> {
    reading_of(command(order)?)
}

/// The reading of a process that is killed by SIGKILL as soon as it has said its figures.
pub fn killed(order: &Order) -> Result<Figures, Failure> {
    let mut child = command(order)?.stdin(Stdio::piped()).spawn()?;
    let figures = figures(&mut child);
    child.kill()?;
    child.wait()?;
    figures
}

/// The reading of a prepared process.
pub fn reading_of(mut command: Command) -> Result<Figures, Failure> {
    let mut child = command.spawn()?;
    let figures = figures(&mut child);
    let status = child.wait()?;
    if !status.success() {
        return Err(format!("the process of a reading ended with {status}").into());
    }
    figures
}

/// This program with the order's words.
pub fn command(order: &Order) -> Result<Command, Failure> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(order.words()).stdin(Stdio::null()).stdout(Stdio::piped());
    Ok(command)
}

/// The line that the process says.
fn figures(child: &mut Child) -> Result<Figures, Failure> {
    let out = child.stdout.take().ok_or("the process of a reading has no output")?;
    let mut line = String::new();
    BufReader::new(out).read_line(&mut line)?;
    if line.trim().is_empty() {
        return Err("the process of a reading ended without figures".into());
    }
    Ok(serde_json::from_str(&line)?)
}
