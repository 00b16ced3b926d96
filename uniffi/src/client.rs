use std::sync::Arc;

use scan_login as core;

use crate::cancel::{CancelHandle, unless_cancelled};
use crate::config::ScanLoginConfig;
use crate::error::ScanLoginError;
use crate::frames::FrameScanner;
use crate::guard::guarded;
use crate::login::{LoginCode, PendingLogin};
use crate::tokens::{AppTokens, TokenProvider};

/// One signed-in user of one user pool, talking to one host. Any number can live side by side.
#[derive(Debug, uniffi::Object)]
pub struct ScanLoginClient(core::Client);

#[uniffi::export(async_runtime = "tokio")]
impl ScanLoginClient {
    /// A client that asks `tokens` for the user's token before each call.
    ///
    /// Fails with `Config`.
    #[uniffi::constructor]
    pub fn new(
        config: ScanLoginConfig,
        tokens: Arc<dyn TokenProvider>,
    ) -> Result<Self, ScanLoginError> {
        guarded(|| core::Client::new(config.into(), AppTokens(tokens))).map(Self)
    }

    /// Opens the connection and learns the server's time, so that the calls after it take less time.
    /// Worth calling while the user is still aiming; not needed for anything else.
    #[uniffi::method(default(cancel))]
    pub async fn warm_up(&self, cancel: Option<Arc<CancelHandle>>) -> Result<(), ScanLoginError> {
        unless_cancelled(cancel, self.0.warm_up()).await
    }

    /// Finds the login code in an encoded picture: PNG, JPEG, WebP, GIF or BMP, detected from its content.
    ///
    /// Makes no request. When there are other QR codes beside the login code, they are ignored.
    #[uniffi::method(default(cancel))]
    pub async fn read_image(
        &self,
        image: Vec<u8>,
        cancel: Option<Arc<CancelHandle>>,
    ) -> Result<Arc<LoginCode>, ScanLoginError> {
        let code = unless_cancelled(cancel, self.0.read_image(image)).await?;
        Ok(Arc::new(LoginCode(code)))
    }

    /// Checks the text of a code that something else has scanned.
    ///
    /// Makes no request.
    pub fn read_text(&self, text: String) -> Result<Arc<LoginCode>, ScanLoginError> {
        guarded(|| self.0.read_text(text)).map(|code| Arc::new(LoginCode(code)))
    }

    /// A scanner for the frames of a camera preview.
    pub fn frame_scanner(&self) -> Arc<FrameScanner> {
        Arc::new(FrameScanner::new(self.0.frame_scanner()))
    }

    /// Tells the server that the user has scanned the code; the web page then shows who did.
    ///
    /// A code that this client has marked scanned before is not marked again: the same login is
    /// returned, or `AlreadyDecided` if it was decided.
    #[uniffi::method(default(cancel))]
    pub async fn scanned(
        &self,
        code: Arc<LoginCode>,
        cancel: Option<Arc<CancelHandle>>,
    ) -> Result<Arc<PendingLogin>, ScanLoginError> {
        let login = unless_cancelled(cancel, self.0.scanned(&code.0)).await?;
        Ok(Arc::new(PendingLogin::new(login)))
    }
}
