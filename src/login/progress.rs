use std::time::Duration;

use tokio::time::timeout;

use super::{LoginState, PendingLogin};

/// How far a login has come, and how much time is left to decide, as an app shows it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Progress {
    /// How far it has come.
    pub state: LoginState,
    /// The time left in whole seconds, rounded up, by the server's clock: see
    /// [`PendingLogin::remaining`].
    pub remaining_seconds: Option<u64>,
}

impl PendingLogin {
    /// The state and the time left, as far as they are known without asking the server.
    pub fn progress(&self) -> Progress {
        let seconds = |left: Duration| left.as_secs() + u64::from(left.subsec_nanos() > 0);
        Progress { state: self.state(), remaining_seconds: self.remaining().map(seconds) }
    }

    /// Waits until the progress is no longer `last`. `None` when `last` is the end of the login.
    pub async fn progress_after(&self, last: Progress) -> Option<Progress> {
        let mut changes = self.0.changes();
        loop {
            let progress = self.progress();
            if progress != last {
                return Some(progress);
            }
            if progress.state.is_final() {
                return None;
            }
            // The next second begins when the part of it that is left is over.
            let left = self.remaining().filter(|left| {
                // What the clocks end is all that time changes, once no time is left.
                !left.is_zero() || progress.state == LoginState::Scanned
            });
            let tick = left.map(|left| match left.subsec_nanos() {
                0 => Duration::from_secs(1),
                nanos => Duration::from_nanos(nanos.into()),
            });
            // The login holds the sender: it cannot be gone.
            let _ = match tick {
                Some(tick) => timeout(tick, changes.changed()).await.is_ok(),
                None => changes.changed().await.is_ok(),
            };
        }
    }
}
