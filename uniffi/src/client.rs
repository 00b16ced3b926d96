use std::sync::Arc;

use scan_login as core;

use crate::cancel::{CancelHandle, unless_cancelled};
use crate::config::Config;
use crate::consent::{AppGuard, ConfirmGuard};
use crate::error::CallError;
use crate::frame_scanner::FrameScanner;
use crate::login::{BindingPin, CodeSource, LoginCode, PendingLogin};
use crate::runtime::guarded;
use crate::token::{AppTokens, TokenProvider};

/// One signed-in user of one user pool, talking to one host.
#[derive(Debug, uniffi::Object)]
pub struct Client(core::Client);

#[uniffi::export]
impl Client {
    /// A client that asks `tokens` for the user's token before each call, and `guard`, if there is
    /// one, to verify the user before each confirm.
    #[uniffi::constructor]
    pub fn new(
        config: Config,
        tokens: Arc<dyn TokenProvider>,
        guard: Option<Arc<dyn ConfirmGuard>>,
    ) -> Result<Self, CallError> {
        let (config, tokens) = (config.into(), AppTokens(tokens));
        guarded(|| match guard {
            Some(guard) => core::Client::with_guard(config, tokens, AppGuard(guard)),
            None => core::Client::new(config, tokens),
        })
        .map(Self)
    }

    /// Opens the connection and learns the server's time.
    pub async fn warm_up(&self, cancel: Option<Arc<CancelHandle>>) -> Result<(), CallError> {
        let client = self.0.clone();
        unless_cancelled(cancel, async move { client.warm_up().await }).await
    }

    /// Issues a PIN that the code of the next login must have.
    pub async fn binding_pin(
        &self,
        cancel: Option<Arc<CancelHandle>>,
    ) -> Result<BindingPin, CallError> {
        let client = self.0.clone();
        let pin = unless_cancelled(cancel, async move { client.binding_pin().await }).await?;
        Ok(pin.into())
    }

    /// Finds the login code in an encoded image.
    pub async fn read_image(
        &self,
        image: Vec<u8>,
        cancel: Option<Arc<CancelHandle>>,
    ) -> Result<LoginCode, CallError> {
        let client = self.0.clone();
        let code = unless_cancelled(cancel, async move { client.read_image(image).await }).await?;
        Ok(code.into())
    }

    /// Finds the login code in an image that the platform has decoded: its plane of brightness values.
    ///
    /// `width` and `height` are in pixels, the strides in bytes.
    pub async fn read_frame(
        &self,
        luma: Vec<u8>,
        width: u32,
        height: u32,
        row_stride: u32,
        pixel_stride: u32,
        cancel: Option<Arc<CancelHandle>>,
    ) -> Result<LoginCode, CallError> {
        let client = self.0.clone();
        let (row_stride, pixel_stride) = (row_stride as usize, pixel_stride as usize);
        let read =
            async move { client.read_frame(luma, width, height, row_stride, pixel_stride).await };
        Ok(unless_cancelled(cancel, read).await?.into())
    }

    /// Checks the text of a code that something else has scanned: bytes, so that text which is not
    /// UTF-8 is refused as the core refuses it.
    pub fn read_text(&self, text: Vec<u8>) -> Result<LoginCode, CallError> {
        guarded(|| self.0.read_text(text)).map(Into::into)
    }

    /// Checks the code that a link carries, which opened the app.
    pub fn read_link(&self, link: String) -> Result<LoginCode, CallError> {
        guarded(|| self.0.read_link(link)).map(Into::into)
    }

    /// A scanner for the frames of a camera preview.
    pub fn frame_scanner(&self) -> Arc<FrameScanner> {
        Arc::new(FrameScanner::new(self.0.frame_scanner()))
    }

    /// Tells the server that the user has scanned the code with this text, which was read from `source`.
    /// It is parsed and checked again.
    pub async fn scanned(
        &self,
        code: String,
        source: CodeSource,
        cancel: Option<Arc<CancelHandle>>,
    ) -> Result<Arc<PendingLogin>, CallError> {
        let client = self.0.clone();
        let scanned =
            async move { client.scanned(&core::LoginCode::parse_from(source.into(), code)?).await };
        let login = unless_cancelled(cancel, scanned).await?;
        Ok(Arc::new(PendingLogin::new(login)))
    }

    /// Says that the phone has changed networks.
    pub fn network_changed(&self) {
        self.0.network_changed();
    }
}
