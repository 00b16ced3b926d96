use std::time::Duration;

use chrono::DateTime;
use scan_login as core;

use crate::same::same_as_in_core;

/// Where the user's account lives, and how to talk to it.
#[derive(Clone, Debug, uniffi::Record)]
pub struct ScanLoginConfig {
    /// The id of the application, from the console.
    pub app_id: String,
    /// The id of the user pool that the signed-in user belongs to. Codes of other pools are refused.
    pub user_pool_id: String,
    /// Scheme, host and, if need be, port, such as `https://example.genauth.ai`. Nothing else decides
    /// where requests go.
    pub base_url: String,
    /// Which generation of the API to call. If it is left out: version 2, as the vendor's own SDKs do.
    #[uniffi(default)]
    pub api: Option<ApiVersion>,
    /// What the headers' names begin with; white-label editions have their own.
    #[uniffi(default = "x-authing")]
    pub header_prefix: String,
    /// How the token is written in the `Authorization` header. If it is left out: after `Bearer`.
    #[uniffi(default)]
    pub authorization: Option<AuthorizationForm>,
    /// The language of the server's messages. If it is left out: English.
    #[uniffi(default)]
    pub language: Option<Language>,
    /// How long a call may take in all, with its retries, in milliseconds: 100 to 600,000.
    #[uniffi(default = 15000)]
    pub timeout_millis: i64,
    /// Allows `http` when the host is a loopback address such as `127.0.0.1`. For tests.
    #[uniffi(default = false)]
    pub allow_insecure_loopback: bool,
    /// Certificates of the authorities to trust, as PEM, in place of the bundled Mozilla roots. For
    /// servers with a private authority.
    #[uniffi(default = [])]
    pub root_certificates: Vec<String>,
    /// Keys that the server must prove to hold, besides a valid certificate.
    #[uniffi(default)]
    pub pins: Option<Pins>,
    /// What a picture may cost. If it is left out: 20 MiB, 50 million pixels, 256 MiB of memory.
    #[uniffi(default)]
    pub image_limits: Option<ImageLimits>,
}

/// Which calls the server is sent.
#[derive(Clone, Copy, Debug, uniffi::Enum)]
pub enum ApiVersion {
    /// `/api/v2/qrcode/…`, as the vendor's own SDKs do.
    V2,
    /// `/api/qrcode/…`, as the English GenAuth page writes it.
    V2Unversioned,
    /// `/api/v3/set-qrcode-status`.
    V3,
}

/// How the token stands in the `Authorization` header.
#[derive(Clone, Copy, Debug, uniffi::Enum)]
pub enum AuthorizationForm {
    /// `Bearer` and the token.
    Bearer,
    /// The token alone.
    Raw,
}

/// A language that the texts for users and the server's messages come in.
#[derive(Clone, Copy, Debug, uniffi::Enum)]
pub enum Language {
    /// English.
    English,
    /// Simplified Chinese.
    SimplifiedChinese,
}

/// Keys that the server must prove to hold.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Pins {
    /// Base64 of the SHA-256 of the SubjectPublicKeyInfo of the server's own certificate, at least two:
    /// one in use, one in reserve.
    pub sha256: Vec<String>,
    /// When to stop insisting, in milliseconds since the Unix epoch, by the phone's clock. If it is left
    /// out: never.
    #[uniffi(default)]
    pub until_millis: Option<i64>,
}

/// What an encoded image may cost. Above a limit it is refused before it is decoded.
#[derive(Clone, Copy, Debug, uniffi::Record)]
pub struct ImageLimits {
    /// The size of the encoded image, in bytes.
    pub max_bytes: i64,
    /// Width times height.
    pub max_pixels: i64,
    /// The memory that decoding may take, in bytes.
    pub max_memory: i64,
}

impl From<ScanLoginConfig> for core::Config {
    fn from(config: ScanLoginConfig) -> Self {
        Self {
            api: config.api.map(Into::into).unwrap_or_default(),
            header_prefix: config.header_prefix,
            authorization: config.authorization.map(Into::into).unwrap_or_default(),
            language: config.language.map(Into::into).unwrap_or_default(),
            timeout: Duration::from_millis(config.timeout_millis.max(0).unsigned_abs()),
            allow_insecure_loopback: config.allow_insecure_loopback,
            root_certificates: config.root_certificates,
            pins: config.pins.map(Into::into),
            image_limits: config.image_limits.map(Into::into).unwrap_or_default(),
            ..Self::new(config.app_id, config.user_pool_id, config.base_url)
        }
    }
}

same_as_in_core!(ApiVersion: V2, V2Unversioned, V3);
same_as_in_core!(AuthorizationForm: Bearer, Raw);
same_as_in_core!(Language: English, SimplifiedChinese);

impl From<Pins> for core::Pins {
    fn from(pins: Pins) -> Self {
        // A time that no calendar holds is for ever.
        Self {
            sha256: pins.sha256,
            until: pins.until_millis.and_then(DateTime::from_timestamp_millis),
        }
    }
}

impl From<ImageLimits> for core::ImageLimits {
    fn from(limits: ImageLimits) -> Self {
        let size = |limit: i64| limit.max(0).unsigned_abs();
        Self {
            max_bytes: usize::try_from(size(limits.max_bytes)).unwrap_or(usize::MAX),
            max_pixels: size(limits.max_pixels),
            max_memory: size(limits.max_memory),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_may_be_held_to_for_ever() {
        for (millis, until) in [(0, Some(DateTime::UNIX_EPOCH)), (i64::MAX, None), (i64::MIN, None)]
        {
            let pins = Pins { sha256: Vec::new(), until_millis: Some(millis) };
            assert_eq!(core::Pins::from(pins).until, until);
        }
    }
}
