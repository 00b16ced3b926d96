use std::fmt::{self, Write as _};
use std::sync::{Arc, Once, PoisonError, RwLock};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// Takes what the library logs: paths, codes and durations, never a token or a code's secret. Called on
/// background threads; it should return quickly. What it throws is dropped.
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
#[uniffi::export(default(sink))]
pub fn set_log_sink(sink: Option<Arc<dyn LogSink>>) {
    static ONCE: Once = Once::new();
    *SINK.write().unwrap_or_else(PoisonError::into_inner) = sink;
    ONCE.call_once(|| {
        // It fails only if this process has a subscriber already; then that one gets the log.
        let _ = tracing::subscriber::set_global_default(ToSink);
    });
}

static SINK: RwLock<Option<Arc<dyn LogSink>>> = RwLock::new(None);

/// Hands the core's events to the sink. There are no spans to follow.
struct ToSink;

impl Subscriber for ToSink {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // Other crates would log URLs and headers.
        metadata.is_event() && metadata.target().starts_with("scan_login")
    }

    fn event(&self, event: &Event<'_>) {
        let sink = SINK.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(sink) = sink else { return };
        let mut text = Text::default();
        event.record(&mut text);
        let level = match *event.metadata().level() {
            Level::ERROR | Level::WARN => LogLevel::Warn,
            Level::INFO => LogLevel::Info,
            Level::DEBUG | Level::TRACE => LogLevel::Debug,
        };
        let _ = sink.log(level, event.metadata().target().to_owned(), text.0);
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
