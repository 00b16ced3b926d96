use std::net::IpAddr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use url::{Host, Url};

use crate::code_source::CodeSource;
use crate::context::ContextKeys;
use crate::error::Error;
use crate::login_code::MAX_LIFE;
use crate::plain_url::plain_url;
use crate::qr::ImageLimits;
use crate::user_text::Language;

/// Where the user's account lives, and how to talk to it.
///
/// Take [`Config::new`] and change the fields that need it:
/// ```
/// use scan_login::{Config, Language};
///
/// let config = Config {
///     language: Language::SimplifiedChinese,
///     ..Config::new("app-id", "user-pool-id", "https://example.genauth.ai")
/// };
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    /// The id of the application, from the console: letters, digits, `-` and `_`.
    pub app_id: String,
    /// The id of the user pool that the signed-in user belongs to. Codes of other pools are
    /// refused.
    pub user_pool_id: String,
    /// Scheme, host and, optionally, port: `https://example.genauth.ai`. Nothing else decides where requests go.
    pub base_url: String,
    /// Which generation of the API to call. Default: [`ApiVersion::V2`].
    pub api: ApiVersion,
    /// What the headers' names begin with; white-label editions have their own. Default:
    /// `x-authing`.
    pub header_prefix: String,
    /// How the token is written in the `Authorization` header. Default:
    /// [`AuthorizationForm::Bearer`].
    pub authorization: AuthorizationForm,
    /// The language of the server's messages. Default: English.
    pub language: Language,
    /// How long a call may take in all, with its retries: 100 ms to 10 minutes. Default: 15 s.
    pub timeout: Duration,
    /// Allows `http` when the host is a loopback address such as `127.0.0.1`, but not `localhost`.
    /// For tests. Default: false.
    pub allow_insecure_loopback: bool,
    /// Certificates of the authorities to trust, as PEM, in place of the bundled Mozilla roots.
    /// For servers with a private authority. Default: none.
    pub root_certificates: Vec<String>,
    /// Keys that the server must prove to hold, besides a valid certificate. Default: none.
    pub pins: Option<Pins>,
    /// How long the user's consent lasts when there is a [`ConfirmGuard`](crate::ConfirmGuard): from
    /// [`approve`](crate::ConfirmRequest::approve) to the sending of the confirm, 1 s to 5 minutes.
    /// Default: 30 s.
    pub consent_max_age: Duration,
    /// The public keys that the web page's server may sign a code's context with, each the text of a
    /// JWK (RFC 7517) of Ed25519 or P-256 (PROTOCOL 15.3). Default: none; nothing is verified.
    pub context_keys: Vec<String>,
    /// Refuses codes without a signed context, with [`Error::ContextNotVerified`]. Default: false.
    pub require_verified_context: bool,
    /// What decoding an image may cost.
    pub image_limits: ImageLimits,
    /// Where codes may be read from; others are refused with [`Error::SourceNotAllowed`]. Default: all
    /// but [`CodeSource::Link`], since a link is opened on the device that shows it.
    pub allowed_sources: Vec<CodeSource>,
    /// The origins of links that may carry a code, such as `https://login.example.com`, for
    /// [`Client::read_link`](crate::Client::read_link). Default: none.
    pub allowed_link_origins: Vec<String>,
    /// How long a code may live, from when it was made until it expires: 1 s to 31 days. Others are
    /// refused with [`Error::LifeTooLong`], and so are those that do not say both unless this is 31 days.
    /// NIST SP 800-63B-4 (3.1.3) allows 10 minutes. Default: 31 days.
    pub max_code_life: Duration,
    /// Refuses codes without the PIN that [`Client::binding_pin`](crate::Client::binding_pin) has issued, with
    /// [`Error::NotBound`]. The web page has to ask for it. Default: false.
    pub require_binding_pin: bool,
}

/// Which calls the server is sent (PROTOCOL 1).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum ApiVersion {
    /// `/api/v2/qrcode/…`, as the vendor's own SDKs do.
    #[default]
    V2,
    /// `/api/qrcode/…`, as the English GenAuth page writes it.
    V2Unversioned,
    /// `/api/v3/set-qrcode-status`.
    V3,
}

/// How the token is written in the `Authorization` header (PROTOCOL 4.1).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum AuthorizationForm {
    /// `Bearer <token>`.
    #[default]
    Bearer,
    /// `<token>`.
    Raw,
}

/// Keys that the server must prove to hold.
#[derive(Clone, Debug)]
pub struct Pins {
    /// Base64 of the SHA-256 of the key's SubjectPublicKeyInfo (RFC 7469, 2.4), at least two: one
    /// in use, one in reserve. The key is the one of the server's own certificate.
    pub sha256: Vec<String>,
    /// When to stop checking the pins, so that an app that is never updated keeps working. By the
    /// phone's clock.
    pub until: Option<DateTime<Utc>>,
}

impl Config {
    /// A configuration with the default for every other setting.
    pub fn new(
        app_id: impl Into<String>,
        user_pool_id: impl Into<String>,
        base_url: impl Into<String>,
    ) -> Self {
        Self {
            app_id: app_id.into(),
            user_pool_id: user_pool_id.into(),
            base_url: base_url.into(),
            api: ApiVersion::default(),
            header_prefix: "x-authing".to_owned(),
            authorization: AuthorizationForm::default(),
            language: Language::default(),
            timeout: Duration::from_secs(15),
            allow_insecure_loopback: false,
            root_certificates: Vec::new(),
            pins: None,
            consent_max_age: Duration::from_secs(30),
            context_keys: Vec::new(),
            require_verified_context: false,
            image_limits: ImageLimits::default(),
            allowed_sources: vec![CodeSource::Camera, CodeSource::Image, CodeSource::Text],
            allowed_link_origins: Vec::new(),
            max_code_life: MAX_CODE_LIFE,
            require_binding_pin: false,
        }
    }

    /// The base URL, when that and the other settings can work.
    pub(crate) fn checked(&self) -> Result<Url, Error> {
        for (name, value) in [("app id", &self.app_id), ("user pool id", &self.user_pool_id)] {
            // One is part of a path, both are headers.
            let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
            if value.is_empty() || !value.bytes().all(is_plain) {
                let reason = "is empty or holds more than letters, digits, - and _";
                return Err(config_error(format!("the {name} {reason}")));
            }
        }
        let prefix = &self.header_prefix;
        if prefix.is_empty() || prefix.starts_with('-') || prefix.ends_with('-') {
            return Err(config_error("the header prefix is empty, or begins or ends with -"));
        }
        let ImageLimits { max_bytes, max_pixels, max_memory } = self.image_limits;
        if max_bytes == 0 || max_pixels == 0 || max_memory == 0 {
            return Err(config_error("the image limits must be more than zero"));
        }
        if self.timeout < MIN_TIMEOUT || self.timeout > MAX_TIMEOUT {
            return Err(config_error("the timeout must be from 100 ms to 10 minutes"));
        }
        if self.max_code_life < MIN_CODE_LIFE || self.max_code_life > MAX_CODE_LIFE {
            return Err(config_error("the code life must be from 1 second to 31 days"));
        }
        if self.consent_max_age < MIN_CONSENT || self.consent_max_age > MAX_CONSENT {
            return Err(config_error("the consent's maximum age must be from 1 s to 5 minutes"));
        }
        if self.require_verified_context && self.context_keys.is_empty() {
            return Err(config_error(
                "a verified context is required, and there are no context keys",
            ));
        }
        self.checked_base_url()
    }

    /// The origins of links that may carry a code, as [`Url::origin`] writes them.
    pub(crate) fn checked_link_origins(&self) -> Result<Vec<String>, Error> {
        if self.allowed_sources.is_empty() {
            return Err(config_error("the allowed sources are none: no code could be read"));
        }
        let are_links_allowed = self.allowed_sources.contains(&CodeSource::Link);
        if are_links_allowed == self.allowed_link_origins.is_empty() {
            let reason = "are needed when links are an allowed source, and only then";
            return Err(config_error(format!("the link origins {reason}")));
        }
        let checked = |written: &String| {
            let url = plain_url(written).and_then(|url| match url.scheme() {
                _ if goes_past_host(written) => Err("must end after the host and port".to_owned()),
                "https" => Ok(url),
                _ => Err("must begin with https://".to_owned()),
            });
            let origin = url.map(|url| url.origin().ascii_serialization());
            origin.map_err(|why| config_error(format!("the link origin {written:?} {why}")))
        };
        self.allowed_link_origins.iter().map(checked).collect()
    }

    /// The keys for signed contexts, when they can be used.
    pub(crate) fn checked_context_keys(&self) -> Result<ContextKeys, Error> {
        ContextKeys::read(&self.context_keys)
            .map_err(|why| config_error(format!("the context keys {why}")))
    }

    /// The base URL, when it is one that a token may be sent to.
    fn checked_base_url(&self) -> Result<Url, Error> {
        let wrong = |why: &str| config_error(format!("the base URL {why}"));
        let lower = self.base_url.to_ascii_lowercase();
        if !lower.starts_with("https://") && !lower.starts_with("http://") {
            return Err(wrong("must begin with https://"));
        }
        let url = plain_url(&self.base_url).map_err(|why| wrong(&why))?;
        if goes_past_host(&self.base_url) {
            return Err(wrong("must end after the host and port"));
        }
        match url.scheme() {
            "https" => Ok(url),
            "http" if is_loopback(&url) && self.allow_insecure_loopback => Ok(url),
            "http" if is_loopback(&url) => {
                Err(wrong("is http, and insecure loopback is not allowed"))
            }
            "http" if url.host_str() == Some("localhost") => {
                Err(wrong("is http; write 127.0.0.1 for localhost"))
            }
            _ => Err(wrong("must begin with https://")),
        }
    }
}

pub(crate) fn config_error(reason: impl Into<String>) -> Error {
    Error::Config { reason: reason.into() }
}

/// The calls run on tokio; without it, its timers would panic.
pub(crate) fn needs_runtime() -> Result<(), Error> {
    let runtime = tokio::runtime::Handle::try_current();
    runtime.map(drop).map_err(|_| config_error("the calls need a tokio runtime to run on"))
}

/// Whether a plain URL has more than scheme, host and port, by what is written: `/..` is nothing to a
/// parser.
fn goes_past_host(written: &str) -> bool {
    let written = written.strip_suffix('/').unwrap_or(written);
    written.split_once("://").is_none_or(|(_, rest)| rest.contains(['/', '?', '#']))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        // What `localhost` resolves to is not known here.
        Some(Host::Domain(_)) | None => false,
    }
}

const MIN_TIMEOUT: Duration = Duration::from_millis(100);
const MAX_TIMEOUT: Duration = Duration::from_secs(600);
const MIN_CODE_LIFE: Duration = Duration::from_secs(1);
const MAX_CODE_LIFE: Duration = Duration::from_secs(MAX_LIFE.num_seconds().unsigned_abs());
const MIN_CONSENT: Duration = Duration::from_secs(1);
const MAX_CONSENT: Duration = Duration::from_secs(300);
