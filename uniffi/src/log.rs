use std::fmt::{self, Write as _};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Once, PoisonError, RwLock};
use std::thread;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// Takes what the library logs: paths, codes and durations, never a token or a code's secret. Called on
/// a thread of its own, one line after the other. What it throws is ignored.
#[uniffi::export(foreign)]
pub trait LogSink: Send + Sync {
    /// One line. `target` names the part of the library that it comes from.
    fn log(&self, level: LogLevel, target: String, text: String) -> Result<(), LogError>;
}

/// How much a line of the log matters.
#[derive(Clone, Copy, Debug, PartialEq, uniffi::Enum)]
pub enum LogLevel {
    /// Something that needs a person's attention.
    Warn,
    /// What the library decided, and why.
    Info,
    /// Each request.
    Debug,
}

/// A sink could not take a line. Nothing comes of it.
#[derive(Clone, Debug, thiserror::Error, uniffi::Error)]
pub enum LogError {
    /// The sink failed.
    #[error("the log sink failed")]
    Failed,
}

impl From<uniffi::UnexpectedUniFFICallbackError> for LogError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed
    }
}

/// Sends what the library logs to `sink`, from now on and for all clients, or to nobody if there is none.
#[uniffi::export]
pub fn set_log_sink(sink: Option<Arc<dyn LogSink>>) {
    static ONCE: Once = Once::new();
    *QUEUE.write().unwrap_or_else(PoisonError::into_inner) = sink.and_then(Queue::to);
    ONCE.call_once(|| {
        // It fails only if this process has a subscriber already; then that one gets the log.
        let _ = tracing::subscriber::set_global_default(ToQueue);
    });
}

static QUEUE: RwLock<Option<Queue>> = RwLock::new(None);

struct Line {
    level: LogLevel,
    target: &'static str,
    text: String,
}

/// The way to one sink. A thread of its own calls it, so that one that is slow, or never returns, holds
/// up nothing else.
struct Queue {
    lines: SyncSender<Line>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    is_replaced: AtomicBool,
    /// Lines that found the queue full since the sink was last told.
    dropped: AtomicU64,
}

impl Queue {
    /// `None` if the process may have no more threads.
    fn to(sink: Arc<dyn LogSink>) -> Option<Self> {
        let (lines, waiting) = sync_channel(MAX_WAITING);
        let shared = Arc::new(Shared::default());
        let theirs = shared.clone();
        let call = move || deliver(&waiting, &theirs, sink.as_ref());
        thread::Builder::new().name("scan-login-log".to_owned()).spawn(call).ok()?;
        Some(Self { lines, shared })
    }

    fn put(&self, line: Line) {
        if let Err(TrySendError::Full(_)) = self.lines.try_send(line) {
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.shared.is_replaced.store(true, Ordering::Release);
    }
}

fn deliver(waiting: &Receiver<Line>, shared: &Shared, sink: &dyn LogSink) {
    for Line { level, target, text } in waiting {
        if shared.is_replaced.load(Ordering::Acquire) {
            return;
        }
        let dropped = shared.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            let text = format!("the log sink is too slow, lines were dropped count={dropped}");
            let _ = sink.log(LogLevel::Warn, module_path!().to_owned(), text);
        }
        let _ = sink.log(level, target.to_owned(), text);
    }
}

// A few logins' worth.
const MAX_WAITING: usize = 256;

/// Hands the core's events to the queue. There are no spans to follow.
struct ToQueue;

impl Subscriber for ToQueue {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // Other crates would log URLs and headers.
        metadata.is_event() && metadata.target().starts_with("scan_login")
    }

    fn event(&self, event: &Event<'_>) {
        let queue = QUEUE.read().unwrap_or_else(PoisonError::into_inner);
        let Some(queue) = queue.as_ref() else { return };
        let mut text = Text::default();
        event.record(&mut text);
        let level = match *event.metadata().level() {
            Level::ERROR | Level::WARN => LogLevel::Warn,
            Level::INFO => LogLevel::Info,
            Level::DEBUG | Level::TRACE => LogLevel::Debug,
        };
        queue.put(Line { level, target: event.metadata().target(), text: text.0 });
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The words of an event, and then its fields as `name=value`.
#[derive(Default)]
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = match field.name() {
            "message" => write!(self.0, "{value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
    }
}
