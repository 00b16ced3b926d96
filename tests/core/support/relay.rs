//! The network between a phone and a server.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Hands on what the phone and the server say, as long as it is told to. It stops when it is dropped.
pub(crate) struct Relay {
    /// Where the phone connects to, in place of the server.
    pub(crate) url: String,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<TcpListener>>,
    stop: watch::Sender<bool>,
}

struct Shared {
    server: String,
    rules: Mutex<Rules>,
    /// Every change ends the connections that there are, silently or not.
    ended: watch::Sender<End>,
}

#[derive(Default)]
struct Rules {
    /// So many connections from now on are taken, and get no answer at all.
    swallowed: u32,
    cut: Option<Cut>,
}

/// Where a connection is cut: after so many bytes from now on in one of the two directions.
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

/// How a connection ends, for both of its sides.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum End {
    Fin,
    Rst,
    /// Nobody is told: what comes is swallowed.
    Stall,
}

impl Relay {
    /// Between a phone and the server of that URL.
    pub(crate) fn to(url: &str) -> Self {
        let (scheme, server) = url.split_once("://").unwrap();
        // As few connections as can be wait for being accepted.
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        let listener = socket.listen(1).unwrap();
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        let (ended, _) = watch::channel(End::Fin);
        let shared = Shared { server: server.to_owned(), rules: Mutex::default(), ended };
        let (stop, _) = watch::channel(false);
        let mut relay = Self { url, shared: Arc::new(shared), accepting: None, stop };
        relay.accept(listener);
        relay
    }

    /// Ends the connections that there are.
    pub(crate) fn end_all(&self, end: End) {
        self.shared.ended.send_replace(end);
    }

    /// Gives the next connections no answer at all.
    pub(crate) fn swallow_next(&self, connections: u32) {
        self.shared.rules().swallowed = connections;
    }

    pub(crate) fn cut(&self, cut: Cut) {
        self.shared.rules().cut = Some(cut);
    }

    /// Takes back a cut that was not made yet, and says whether there was one.
    pub(crate) fn take_cut(&self) -> bool {
        self.shared.rules().cut.take().is_some()
    }

    /// Lets all who connect from now on wait for ever, until what is returned is handed to
    /// [`unblock`](Self::unblock).
    pub(crate) async fn block(&mut self) -> Blocked {
        self.stop.send_replace(true);
        let listener = self.accepting.take().unwrap().await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut waiting = Vec::new();
        // The kernel drops what comes when its queue is full. It is real time that passes here.
        let patience = std::time::Duration::from_millis(200);
        while let Ok(stream) = std::net::TcpStream::connect_timeout(&address, patience) {
            waiting.push(stream);
            assert!(waiting.len() < 100, "the queue has no end");
        }
        Blocked { listener, _waiting: waiting }
    }

    pub(crate) fn unblock(&mut self, blocked: Blocked) {
        self.accept(blocked.listener);
    }

    fn accept(&mut self, listener: TcpListener) {
        let (shared, mut stop) = (self.shared.clone(), self.stop.subscribe());
        self.stop.send_replace(false);
        stop.mark_unchanged();
        self.accepting = Some(tokio::spawn(async move {
            loop {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    _ = stop.changed() => return listener,
                };
                let Ok((phone, _)) = accepted else { continue };
                tokio::spawn(shared.clone().serve(phone));
            }
        }));
    }
}

/// Connections that wait for being accepted, and take all places.
pub(crate) struct Blocked {
    listener: TcpListener,
    _waiting: Vec<std::net::TcpStream>,
}

impl Drop for Relay {
    fn drop(&mut self) {
        if let Some(accepting) = &self.accepting {
            accepting.abort();
        }
        self.end_all(End::Fin);
    }
}

impl Shared {
    fn rules(&self) -> MutexGuard<'_, Rules> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(self: Arc<Self>, mut phone: TcpStream) {
        let mut ended = self.ended.subscribe();
        let swallows = {
            let mut rules = self.rules();
            let swallows = rules.swallowed > 0;
            rules.swallowed = rules.swallowed.saturating_sub(1);
            swallows
        };
        if swallows {
            return swallow(&mut phone, &mut ended).await;
        }
        let Ok(mut server) = TcpStream::connect(&self.server).await else { return };
        // The kernel's pauses are real ones, and virtual time does not wait for them.
        let _ = (phone.set_nodelay(true), server.set_nodelay(true));
        let end = {
            let (mut from_phone, mut to_phone) = phone.split();
            let (mut from_server, mut to_server) = server.split();
            tokio::select! {
                end = self.pump(Direction::Up, &mut from_phone, &mut to_server) => end,
                end = self.pump(Direction::Down, &mut from_server, &mut to_phone) => end,
                _ = ended.changed() => *ended.borrow_and_update(),
            }
        };
        match end {
            End::Fin => {}
            End::Rst => {
                let _ = (phone.set_zero_linger(), server.set_zero_linger());
            }
            End::Stall => swallow(&mut phone, &mut ended).await,
        }
    }

    /// Hands on until there is no more, or a cut.
    async fn pump(
        &self,
        direction: Direction,
        from: &mut (impl AsyncReadExt + Unpin),
        to: &mut (impl AsyncWriteExt + Unpin),
    ) -> End {
        let mut buffer = [0; 4096];
        loop {
            let read = match from.read(&mut buffer).await {
                Ok(0) => return End::Fin,
                Ok(read) => read,
                Err(_) => return End::Rst,
            };
            let (passed, end) = self.rules().pass(direction, read);
            if to.write_all(&buffer[..passed]).await.is_err() {
                return End::Rst;
            }
            if let Some(end) = end {
                return end;
            }
        }
    }
}

impl Rules {
    /// How many of so many bytes pass, and whether the connection ends then.
    fn pass(&mut self, direction: Direction, bytes: usize) -> (usize, Option<End>) {
        match &mut self.cut {
            Some(cut) if cut.direction == direction && cut.after < bytes => {
                let (passed, end) = (cut.after, cut.end);
                self.cut = None;
                (passed, Some(end))
            }
            Some(cut) if cut.direction == direction => {
                cut.after -= bytes;
                (bytes, None)
            }
            _ => (bytes, None),
        }
    }
}

async fn swallow(phone: &mut TcpStream, ended: &mut watch::Receiver<End>) {
    let mut nowhere = tokio::io::sink();
    tokio::select! {
        _ = tokio::io::copy(phone, &mut nowhere) => {}
        _ = ended.changed() => {}
    }
}
