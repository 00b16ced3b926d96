//! For tests: replaces, on one thread, what the library knows of the world outside, so that a run can be made again exactly.
//! Never part of what ships.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::io::DuplexStream;

/// The world outside, as a process of an app sees it. Time passes as tokio's does.
pub trait World: Send + Sync {
    /// Opens a connection to the server.
    fn connect(&self) -> Connecting;

    /// What the phone's clock shows.
    fn time(&self) -> DateTime<Utc>;

    /// How long the phone has slept so far.
    fn slept(&self) -> TimeDelta;

    /// A random byte.
    fn random(&self) -> u8;
}

/// A connection that is being opened.
pub type Connecting = Pin<Box<dyn Future<Output = io::Result<DuplexStream>> + Send>>;

/// Puts this thread into a world, or back into the real one. A client keeps the connections of the world
/// that it was made in; time, sleep and chance are those of the world that the thread is in.
pub fn enter(world: Option<Arc<dyn World>>) {
    WORLD.set(world);
}

pub(crate) fn world() -> Option<Arc<dyn World>> {
    WORLD.with_borrow(Clone::clone)
}

thread_local! {
    static WORLD: RefCell<Option<Arc<dyn World>>> = const { RefCell::new(None) };
}
