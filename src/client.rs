use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::task::spawn_blocking;
use tokio::time::timeout_at;

use crate::api::Api;
use crate::binding::BindingPin;
use crate::code_checker::CodeChecker;
use crate::code_source::CodeSource;
use crate::config::{Config, needs_runtime};
use crate::consent::ConfirmGuard;
use crate::error::Error;
use crate::frame_scanner::FrameScanner;
use crate::login::{Login, PendingLogin};
use crate::login_code::LoginCode;
use crate::qr::{Frame, ImageFlaw, QrCode, read_frame, read_image};
use crate::token::{TokenProvider, Tokens};

/// One signed-in user of one user pool, talking to one host. Clones share all there is; clients that
/// were made apart share nothing, so that each of them sends a decision of its own for the same code.
/// Keep one for as long as the user is signed in.
#[derive(Clone)]
pub struct Client {
    api: Arc<Api>,
    checker: Arc<CodeChecker>,
    guard: Option<Arc<dyn ConfirmGuard>>,
    /// The logins of this process by their code's `random`, so that a code is decided once.
    logins: Arc<Mutex<HashMap<String, Arc<Login>>>>,
}

impl Client {
    /// A client that asks `tokens` for the user's token before each call.
    ///
    /// Fails with [`Error::Config`].
    pub fn new(config: Config, tokens: impl TokenProvider) -> Result<Self, Error> {
        Self::make(config, tokens, None)
    }

    /// A client that also has `guard` verify the user before it sends a confirm.
    ///
    /// Fails with [`Error::Config`].
    pub fn with_guard(
        config: Config,
        tokens: impl TokenProvider,
        guard: impl ConfirmGuard,
    ) -> Result<Self, Error> {
        Self::make(config, tokens, Some(Arc::new(guard)))
    }

    fn make(
        config: Config,
        tokens: impl TokenProvider,
        guard: Option<Arc<dyn ConfirmGuard>>,
    ) -> Result<Self, Error> {
        let checker = Arc::new(CodeChecker::new(&config)?);
        let api = Arc::new(Api::new(config, Tokens::new(tokens), checker.clone())?);
        Ok(Self { api, checker, guard, logins: Arc::default() })
    }

    /// Opens the connection and learns the server's time, so that the calls after it take less
    /// time. Worth calling while the user is still aiming; not needed for anything else.
    ///
    /// Fails with [`Error::Network`] or [`Error::PinMismatch`].
    pub async fn warm_up(&self) -> Result<(), Error> {
        needs_runtime()?;
        self.api.warm_up().await
    }

    /// Issues a PIN for the next login, where [`Config::require_binding_pin`] is set: the app shows it, its
    /// user types it into the web page, and the page puts it into the code that it makes then. A code
    /// without it, with another, or that may have been made before, is refused with [`Error::NotBound`], and
    /// makes no request.
    ///
    /// The PIN is good for one code and for 5 minutes. It voids the one before, and is void once codes with five
    /// other PINs were seen. Learns the server's time first, as [`warm_up`](Self::warm_up) does. Fails as
    /// that does, and with [`Error::Config`] where the setting is not made.
    pub async fn binding_pin(&self) -> Result<BindingPin, Error> {
        self.warm_up().await?;
        self.checker.issue_pin()
    }

    /// Finds the login code in an encoded picture: PNG, JPEG, WebP, GIF or BMP, detected from its
    /// content.
    ///
    /// Makes no request, and takes at most the configured timeout. When there are other QR codes
    /// beside the login code, they are ignored. Fails with [`Error::UnreadableImage`] or [`Error::NoCode`], with
    /// [`Error::SeveralLoginCodes`] when two different login codes could be used, and as
    /// [`read_text`](Self::read_text) does when none can.
    pub async fn read_image(&self, encoded: impl Into<Vec<u8>>) -> Result<LoginCode, Error> {
        let encoded = encoded.into();
        let limits = self.api.config.image_limits;
        self.read_codes(move |deadline, is_wanted| {
            read_image(&encoded, limits, deadline, is_wanted)
        })
        .await
    }

    /// Finds the login code in a picture that the platform has decoded, as
    /// [`read_image`](Self::read_image) does in an encoded one: all that it can, where a
    /// [`FrameScanner`] looks at each frame for a few milliseconds. `luma` and the rest are those of
    /// [`Frame::new`], and fail as they do there, with [`Error::UnreadableImage`]. For a HEIC or AVIF,
    /// which phones store, and for what an app has in memory anyway.
    pub async fn read_frame(
        &self,
        luma: impl Into<Vec<u8>>,
        width: u32,
        height: u32,
        row_stride: usize,
        pixel_stride: usize,
    ) -> Result<LoginCode, Error> {
        let luma = luma.into();
        self.read_codes(move |deadline, is_wanted| {
            let frame = Frame::new(&luma, width, height, row_stride, pixel_stride)?;
            read_frame(&frame, deadline, is_wanted)
        })
        .await
    }

    async fn read_codes(
        &self,
        read: impl FnOnce(Instant, &dyn Fn(&QrCode) -> bool) -> Result<Vec<QrCode>, ImageFlaw>
        + Send
        + 'static,
    ) -> Result<LoginCode, Error> {
        needs_runtime()?;
        self.checker.allow(CodeSource::Image)?;
        let deadline = self.api.deadline();
        let checker = self.checker.clone();
        let reading = spawn_blocking(move || {
            read(deadline.into_std(), &|code| checker.accepts(CodeSource::Image, code))
        });
        let codes = timeout_at(deadline, reading)
            .await
            .map_err(|_| ImageFlaw::TookTooLong)?
            .map_err(|_| Error::Internal)??;
        self.checker.choose(CodeSource::Image, codes).map(|(code, _)| code)
    }

    /// Checks the text of a code that something else has scanned.
    ///
    /// Makes no request. Fails with [`Error::NotALoginCode`], [`Error::WrongScene`],
    /// [`Error::WrongUserPool`], [`Error::SourceNotAllowed`], [`Error::LifeTooLong`],
    /// [`Error::NotBound`] or [`Error::Expired`]. Nothing is treated as expired as long as no
    /// answer has told the server's time, or that and the phone's clock disagree: one of them is
    /// wrong, and [`scanned`](Self::scanned) asks the server.
    pub fn read_text(&self, text: impl AsRef<[u8]>) -> Result<LoginCode, Error> {
        self.checker.read(CodeSource::Text, text.as_ref())
    }

    /// Checks the code that a link carries, which opened the app: percent-encoded, as the parameter
    /// `login_code` of its query or its fragment.
    ///
    /// Makes no request, and the link is not followed. Links are refused with
    /// [`Error::SourceNotAllowed`] unless [`Config::allowed_sources`] has [`CodeSource::Link`]: who
    /// opens one has the browser and the app on the same device, where a code proves least. One that is
    /// not https, or not of [`Config::allowed_link_origins`], is [`Error::NotALoginCode`]. Fails also as
    /// [`read_text`](Self::read_text) does.
    pub fn read_link(&self, link: impl AsRef<str>) -> Result<LoginCode, Error> {
        self.checker.read_link(link.as_ref())
    }

    /// A scanner for the frames of a camera preview.
    pub fn frame_scanner(&self) -> FrameScanner {
        FrameScanner::new(self.checker.clone())
    }

    /// Tells the server that the user has scanned the code; the web page then shows who did.
    ///
    /// A code that this client has marked scanned before is not marked again: the same login is
    /// returned, or [`Error::AlreadyDecided`] if it was decided. Fails as
    /// [`read_text`](Self::read_text) does, and with every [`Error`] that an answer of the server can
    /// mean.
    pub async fn scanned(&self, code: &LoginCode) -> Result<PendingLogin, Error> {
        needs_runtime()?;
        // This code, and not the one of the same login: it may have another source. Another client may have
        // read it, with other policies and keys.
        let login = self.login(&self.checker.admit(code)?)?;
        login.mark_scanned().await?;
        Ok(PendingLogin::new(login))
    }

    /// Says that the phone has changed networks, for example from Wi-Fi to mobile data: idle
    /// connections are not used any more. Calls in progress continue. Without it a connection
    /// that died unnoticed costs the next call a third of the timeout.
    pub fn network_changed(&self) {
        self.api.network_changed();
    }

    fn login(&self, code: &LoginCode) -> Result<Arc<Login>, Error> {
        let mut logins = self.logins.lock().unwrap_or_else(PoisonError::into_inner);
        if logins.len() >= MAX_LOGINS {
            logins.retain(|_, login| Arc::strong_count(login) > 1);
        }
        let known = logins.get(code.random());
        if let Some(login) = known.filter(|login| login.code() == code) {
            return Ok(login.clone());
        }
        self.checker.bind(code)?;
        let login = match known {
            Some(login) => login.replaced_by(code)?,
            None => Login::new(self.api.clone(), code.clone(), self.guard.clone()),
        };
        let login = Arc::new(login);
        logins.insert(code.random().to_owned(), login.clone());
        Ok(login)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("config", &self.api.config).finish_non_exhaustive()
    }
}

// More than a person scans. Above it, logins that are no longer in use are forgotten; the server
// refuses their codes.
const MAX_LOGINS: usize = 1024;
