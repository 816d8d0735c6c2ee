//! The thread that makes segments before they are needed, so that no group waits for zeros to be
//! written, and that takes them back. It must not know what is in them.

use crate::disk::Disk;
use crate::supply::{Order, Supplier, make, take_back};
use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

enum Chore {
    Make(Order),
    TakeBack(u64, bool),
}

/// Makes segments ahead. Dropping it waits for the work that is under way.
pub struct Ahead<D: Disk> {
    chores: Option<Sender<Chore>>,
    made: Receiver<io::Result<D::File>>,
    ordered: Option<Order>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl<D: Disk> Ahead<D> {
    /// Starts the thread.
    pub fn start(disk: D) -> io::Result<Self> {
        let (chores, received) = channel();
        let (give, made) = channel();
        let work = move || {
            for chore in received {
                match chore {
                    // Nobody takes it once the journal is gone; it is found again at the next open.
                    Chore::Make(order) => drop(give.send(make(&disk, order))),
                    Chore::TakeBack(number, keep) => take_back(&disk, number, keep)?,
                }
            }
            Ok(())
        };
        let thread = std::thread::Builder::new().name("windlass-journal".to_owned()).spawn(work)?;
        Ok(Self { chores: Some(chores), made, ordered: None, thread: Some(thread) })
    }

    fn send(&mut self, chore: Chore) -> io::Result<()> {
        let sent = self.chores.as_ref().map(|chores| chores.send(chore));
        if matches!(sent, Some(Ok(()))) { Ok(()) } else { Err(self.ended()) }
    }

    /// Why the thread does not work any more.
    fn ended(&mut self) -> io::Error {
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(Err(error))) => error,
            _ => io::Error::other("the thread that makes segments has ended"),
        }
    }
}

impl<D: Disk> Supplier<D> for Ahead<D> {
    fn order(&mut self, order: Order) {
        if self.ordered.is_none() && self.send(Chore::Make(order)).is_ok() {
            self.ordered = Some(order);
        }
    }

    fn take(&mut self, order: Order) -> io::Result<D::File> {
        if self.ordered.take().is_none() {
            self.send(Chore::Make(order))?;
        }
        match self.made.recv() {
            Ok(made) => made,
            Err(_) => Err(self.ended()),
        }
    }

    fn retire(&mut self, number: u64, keep: bool) -> io::Result<()> {
        self.send(Chore::TakeBack(number, keep))
    }
}

impl<D: Disk> Drop for Ahead<D> {
    fn drop(&mut self) {
        drop(self.chores.take());
        if let Some(thread) = self.thread.take() {
            // What it could not take back is found, and taken back, at the next open.
            drop(thread.join());
        }
    }
}
