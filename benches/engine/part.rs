//! One reading in this process: says its figures in one line, and where it is to be killed waits
//! for that.

use crate::options::{Order, Part};
use crate::{Failure, histories, parked, steps};
use std::io::Write as _;
use std::time::Instant;
use windlass_testkit::noop;

/// Does what the order says. `began` is when the process did.
pub fn carry_out(order: &Order, began: Instant) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let figures = runtime.block_on(async {
        match order.part {
            Part::Chain => steps::batches(order, &noop::chain(order.steps)).await,
            Part::Wide => steps::batches(order, &noop::wide(order.steps)).await,
            Part::Starts => steps::starts(order).await,
            Part::Wait => parked::wait(order).await,
            Part::Leave => parked::leave(order).await,
            Part::Wake => parked::wake(order, began).await,
            Part::Look => parked::look(order, began).await,
            Part::Write => histories::write(order).await,
            Part::Reopen => histories::reopen(order, began).await,
        }
    })?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string(&figures)?)?;
    out.flush()?;
    if matches!(order.part, Part::Wait | Part::Leave | Part::Write) {
        // Whoever started this process kills it; if he dies himself, his end of the pipe closes.
        std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink())?;
    }
    Ok(())
}
