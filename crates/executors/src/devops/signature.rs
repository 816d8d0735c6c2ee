//! What we write wherever Azure DevOps keeps what its caller says, so that a look can tell our work
//! from somebody else's. It must not know where it is written.

use windlass_model::RequestId;
use windlass_ports::Context;

/// A sentence with our id in it.
pub fn signature(ctx: &Context, request: RequestId) -> String {
    format!("windlass {request} ({} of {})", ctx.step, ctx.run)
}
