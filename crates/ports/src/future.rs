//! The boxed future that object-safe asynchronous traits return.

use std::future::Future;
use std::pin::Pin;

/// A future that a `dyn` trait can return.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
