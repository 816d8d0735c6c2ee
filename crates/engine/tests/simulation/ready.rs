//! Asking futures that are ready at once: the memory store's and the scripted world's. Needs no
//! runtime, so that a seed decides every order.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// The output of a future that must not wait.
pub fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a future of the simulation waits, so no seed could replay it"),
    }
}
