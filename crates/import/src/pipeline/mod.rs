//! Pipelines of other systems as workflows. Bottom first.

pub mod expression;
pub mod order;
pub mod scope;
pub mod condition;
pub mod holes;
pub mod flow;
pub mod work;
pub mod task;
pub mod when;
mod azure_declared;
mod azure_step;
pub mod azure;
pub mod github;
pub mod definition;
