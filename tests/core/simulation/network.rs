//! The network between the phones and the server: what is written on one side comes out on the other, later, in
//! part, or not at all.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use scan_login::simulation::{Connecting, World};
use tokio::io::{
    AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf, copy, duplex, sink, split,
};
use tokio::sync::oneshot;
use tokio::time::sleep;

use crate::sim::Sim;

/// What one phone's network is like.
pub(crate) struct Link {
    rules: Mutex<Rules>,
    /// What ends the connections, in the order in which they were made.
    connections: Mutex<Vec<oneshot::Sender<End>>>,
}

pub(crate) struct Rules {
    chance: fastrand::Rng,
    /// How long each piece takes, in milliseconds.
    pub(crate) latency: std::ops::Range<u64>,
    /// So many connections from now on are refused.
    pub(crate) refused: u32,
    /// So many connections from now on get no answer.
    pub(crate) unanswered: u32,
    pub(crate) cut: Option<Cut>,
}

/// Where the next connection that says so much is cut: after so many bytes in one direction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    pub(crate) direction: Direction,
    pub(crate) after: usize,
    pub(crate) end: End,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Direction {
    /// What the phone sends.
    Up,
    /// What the server answers.
    Down,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum End {
    /// Both sides are told.
    Closed,
    /// Nobody is told: what comes is swallowed.
    Silent,
}

impl Link {
    pub(crate) fn new(chance: fastrand::Rng) -> Self {
        let rules = Rules { chance, latency: QUICK, refused: 0, unanswered: 0, cut: None };
        Self { rules: Mutex::new(rules), connections: Mutex::default() }
    }

    pub(crate) fn rules(&self) -> MutexGuard<'_, Rules> {
        self.rules.lock().unwrap()
    }

    /// Ends the connections that there are.
    pub(crate) fn end_all(&self, end: End) {
        for connection in self.connections.lock().unwrap().drain(..) {
            let _ = connection.send(end);
        }
    }

    /// From now on it is a good network.
    pub(crate) fn heal(&self) {
        let mut rules = self.rules();
        (rules.latency, rules.refused, rules.unanswered, rules.cut) = (QUICK, 0, 0, None);
    }

    fn latency(&self) -> Duration {
        let mut rules = self.rules();
        let range = rules.latency.clone();
        Duration::from_millis(rules.chance.u64(range))
    }
}

impl Rules {
    /// How many of so many bytes pass, and whether the connection ends then.
    fn pass(&mut self, direction: Direction, bytes: usize) -> (usize, Option<End>) {
        let Some(cut) = self.cut.as_mut().filter(|cut| cut.direction == direction) else {
            return (bytes, None);
        };
        if cut.after >= bytes {
            cut.after -= bytes;
            return (bytes, None);
        }
        let ended = (cut.after, Some(cut.end));
        self.cut = None;
        ended
    }
}

/// A process of the app on a phone. When it is dead, nothing that it still does reaches anybody.
pub(crate) struct Process {
    pub(crate) sim: Arc<Sim>,
    pub(crate) phone: usize,
    /// Among all processes.
    pub(crate) number: usize,
    pub(crate) is_dead: AtomicBool,
    /// How far the phone's clock is off.
    pub(crate) clock_error: TimeDelta,
}

impl Process {
    pub(crate) fn die(&self) {
        self.is_dead.store(true, Relaxed);
        self.sim.links[self.phone].end_all(End::Closed);
    }
}

impl World for ProcessWorld {
    fn connect(&self) -> Connecting {
        let process = self.0.clone();
        Box::pin(async move {
            let link = &process.sim.links[process.phone];
            sleep(link.latency()).await;
            let (is_refused, is_unanswered) = {
                let mut rules = link.rules();
                let refused = rules.refused > 0;
                rules.refused = rules.refused.saturating_sub(1);
                let unanswered = !refused && rules.unanswered > 0;
                if unanswered {
                    rules.unanswered -= 1;
                }
                (refused, unanswered)
            };
            if is_unanswered || process.is_dead.load(Relaxed) {
                std::future::pending::<()>().await;
            }
            if is_refused {
                return Err(io::ErrorKind::ConnectionRefused.into());
            }
            let (phone, near) = duplex(BUFFER);
            let (far, server) = duplex(BUFFER);
            tokio::spawn(process.sim.server.serve(server));
            tokio::spawn(connection(process.clone(), near, far));
            Ok(phone)
        })
    }

    fn time(&self) -> DateTime<Utc> {
        self.0.sim.time() + self.0.clock_error
    }

    fn slept(&self) -> TimeDelta {
        self.0.sim.slept()
    }

    fn random(&self) -> u8 {
        self.0.sim.chance.lock().unwrap().u8(..)
    }
}

/// The world as a process sees it.
pub(crate) struct ProcessWorld(pub(crate) Arc<Process>);

async fn connection(process: Arc<Process>, phone: DuplexStream, server: DuplexStream) {
    let link = &process.sim.links[process.phone];
    let (end, mut ended) = oneshot::channel();
    link.connections.lock().unwrap().push(end);
    let (mut from_phone, mut to_phone) = split(phone);
    let (mut from_server, mut to_server) = split(server);
    let end = tokio::select! {
        biased;
        end = &mut ended => end.unwrap_or(End::Closed),
        end = pump(&process, Direction::Up, &mut from_phone, &mut to_server) => end,
        end = pump(&process, Direction::Down, &mut from_server, &mut to_phone) => end,
    };
    if end == End::Silent {
        let _ = copy(&mut from_phone, &mut sink()).await;
    }
}

/// Hands on until there is no more, or a cut.
async fn pump(
    process: &Process,
    direction: Direction,
    from: &mut ReadHalf<DuplexStream>,
    to: &mut WriteHalf<DuplexStream>,
) -> End {
    let link = &process.sim.links[process.phone];
    let mut buffer = [0; 4096];
    loop {
        let read = from.read(&mut buffer).await.unwrap_or_default();
        if read == 0 {
            return End::Closed;
        }
        if direction == Direction::Up {
            process.sim.note_written(process.number, &buffer[..read]);
        }
        sleep(link.latency()).await;
        let (passed, end) = link.rules().pass(direction, read);
        if to.write_all(&buffer[..passed]).await.is_err() {
            return End::Closed;
        }
        if let Some(end) = end {
            process.sim.count_fault(match end {
                End::Closed => "cut",
                End::Silent => "silent",
            });
            return end;
        }
    }
}

/// In milliseconds.
const QUICK: std::ops::Range<u64> = 1..60;
const BUFFER: usize = 64 * 1024;
