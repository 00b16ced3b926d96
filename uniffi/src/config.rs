use std::time::Duration;

use chrono::DateTime;
use scan_login as core;

use crate::login::CodeSource;
use crate::same::same_as_in_core;

/// The core's configuration. What is left out is as the core has it.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Config {
    pub app_id: String,
    pub user_pool_id: String,
    pub base_url: String,
    pub api: Option<ApiVersion>,
    pub header_prefix: Option<String>,
    pub authorization: Option<AuthorizationForm>,
    pub language: Option<Language>,
    pub timeout_millis: Option<i64>,
    pub allow_insecure_loopback: Option<bool>,
    pub root_certificates: Option<Vec<String>>,
    pub pins: Option<Pins>,
    pub consent_max_age_millis: Option<i64>,
    pub context_keys: Option<Vec<String>>,
    pub require_verified_context: Option<bool>,
    pub image_limits: Option<ImageLimits>,
    pub allowed_sources: Option<Vec<CodeSource>>,
    pub allowed_link_origins: Option<Vec<String>>,
    pub max_code_life_millis: Option<i64>,
    pub require_binding_pin: Option<bool>,
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
    /// Base64 of the SHA-256 of the SubjectPublicKeyInfo.
    pub sha256: Vec<String>,
    /// When to stop insisting, in milliseconds since the Unix epoch; never, if it is left out.
    pub until_millis: Option<i64>,
}

/// What an image may cost. What is left out is as the core has it.
#[derive(Clone, Copy, Debug, uniffi::Record)]
pub struct ImageLimits {
    pub max_bytes: Option<i64>,
    pub max_pixels: Option<i64>,
    pub max_memory: Option<i64>,
}

impl From<Config> for core::Config {
    fn from(config: Config) -> Self {
        let default = Self::new(config.app_id, config.user_pool_id, config.base_url);
        // Field by field, so that a new one does not compile until it is here.
        Self {
            app_id: default.app_id,
            user_pool_id: default.user_pool_id,
            base_url: default.base_url,
            api: config.api.map_or(default.api, Into::into),
            header_prefix: config.header_prefix.unwrap_or(default.header_prefix),
            authorization: config.authorization.map_or(default.authorization, Into::into),
            language: config.language.map_or(default.language, Into::into),
            timeout: config.timeout_millis.map_or(default.timeout, duration),
            allow_insecure_loopback: config
                .allow_insecure_loopback
                .unwrap_or(default.allow_insecure_loopback),
            root_certificates: config.root_certificates.unwrap_or(default.root_certificates),
            pins: config.pins.map(Into::into).or(default.pins),
            consent_max_age: config
                .consent_max_age_millis
                .map_or(default.consent_max_age, duration),
            context_keys: config.context_keys.unwrap_or(default.context_keys),
            require_verified_context: config
                .require_verified_context
                .unwrap_or(default.require_verified_context),
            image_limits: config.image_limits.map_or(default.image_limits, Into::into),
            allowed_sources: config.allowed_sources.map_or(default.allowed_sources, |sources| {
                sources.into_iter().map(Into::into).collect()
            }),
            allowed_link_origins: config
                .allowed_link_origins
                .unwrap_or(default.allowed_link_origins),
            max_code_life: config.max_code_life_millis.map_or(default.max_code_life, duration),
            require_binding_pin: config.require_binding_pin.unwrap_or(default.require_binding_pin),
        }
    }
}

// A length of time that cannot be is none at all, which the core refuses.
fn duration(millis: i64) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
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
        let default = Self::default();
        let size = |limit: i64| u64::try_from(limit).unwrap_or(0);
        Self {
            max_bytes: limits.max_bytes.map_or(default.max_bytes, |limit| {
                usize::try_from(size(limit)).unwrap_or(usize::MAX)
            }),
            max_pixels: limits.max_pixels.map_or(default.max_pixels, size),
            max_memory: limits.max_memory.map_or(default.max_memory, size),
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
