use std::fmt;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::claim::{self, Claim};
use crate::clock::Range;
use crate::code_source::CodeSource;
use crate::code_warning::CodeWarning;
use crate::context::Context;
use crate::error::{CodeFlaw, ContextFlaw, Error, foreign_text};
use crate::json::as_whole_number;

/// What a login code says: a checked value made from untrusted text (PROTOCOL 2).
///
/// Both payload shapes are accepted: with `expireAt`, and with `createdAt` and `expiresIn`. The code's
/// id is its `random`, or its `qrcodeId` if it has no `random`. `Debug` leaves the id out: it is as
/// good as a key while the code lives.
#[derive(Clone, Eq)]
pub struct LoginCode {
    text: String,
    source: CodeSource,
    random: String,
    user_pool_id: String,
    created_at: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
    custom_data: Option<String>,
    /// Its signed context, once a client has verified it.
    context: Option<Context>,
}

impl LoginCode {
    /// Reads a code's text. It does not check the user pool or the expiry:
    /// [`Client::read_text`](crate::Client::read_text) does.
    ///
    /// Its [`source`](Self::source) is [`CodeSource::Text`]. Fails with [`Error::NotALoginCode`] or
    /// [`Error::WrongScene`].
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, Error> {
        Self::parse_from(CodeSource::Text, text)
    }

    /// Reads the [`text`](Self::text) of a code that was read before, and keeps where that was: another
    /// source makes the policy of [`Config::allowed_sources`](crate::Config) void.
    pub fn parse_from(source: CodeSource, text: impl AsRef<[u8]>) -> Result<Self, Error> {
        let text = text.as_ref();
        if text.len() > MAX_BYTES {
            return Err(CodeFlaw::TooLong.into());
        }
        let text = std::str::from_utf8(text).map_err(|_| CodeFlaw::NotUtf8)?;
        // Some scanners hand on a byte order mark.
        let text = text.trim_start_matches('\u{feff}');
        if depth(text) > MAX_DEPTH {
            return Err(CodeFlaw::TooDeep.into());
        }
        let code: Self = Payload::read(text)?.try_into()?;
        Ok(Self { text: text.to_owned(), source, ..code })
    }

    /// The text that the code was read from, for handing it to another part of an app, which reads it with
    /// [`parse_from`](Self::parse_from). It holds the code's `random`: it is not for logs.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the code was read from.
    pub fn source(&self) -> CodeSource {
        self.source
    }

    /// The user pool that the web page signs in to.
    pub fn user_pool_id(&self) -> &str {
        &self.user_pool_id
    }

    /// When the code was made, by the server's clock, if it says so.
    pub fn created_at(&self) -> Option<DateTime<Utc>> {
        self.created_at
    }

    /// When the code expires, by the server's clock, if it says so; or when its signed context does, if
    /// that is sooner.
    pub fn expires_at(&self) -> Option<DateTime<Utc>> {
        let context = self.context.as_ref().map(|context| context.expires_at);
        [self.expires_at, context].into_iter().flatten().min()
    }

    /// Whether the claims are what the web page's server has signed: the [`Client`](crate::Client) that
    /// read the code has verified that, with the keys that it is configured with.
    pub fn has_verified_context(&self) -> bool {
        self.context.is_some()
    }

    /// What the web page's maker put into the code: JSON of any type, exactly as written there, with the
    /// control and bidirectional characters that it may hold. [`claims`](Self::claims) can be shown.
    pub fn custom_data(&self) -> Option<&str> {
        self.custom_data.as_deref()
    }

    /// The entries of the custom data but for what is for the library, in the order in which they are written
    /// there, at most 32, made safe to show. Anyone can make a code that says anything: show them as claims,
    /// not as facts. With a [verified context](Self::has_verified_context), they are what that says, and
    /// nothing else.
    pub fn claims(&self) -> Vec<Claim> {
        let signed = self.context.as_ref().map(|context| context.claims.as_str());
        signed.or(self.custom_data.as_deref()).map(Claim::all).unwrap_or_default()
    }

    /// What is weak about the code. None of it is a reason to refuse it.
    pub fn warnings(&self) -> Vec<CodeWarning> {
        CodeWarning::all(&self.random, self.life())
    }

    /// The JWS in the custom data, if there is one.
    pub(crate) fn signed_context(&self) -> Result<Option<String>, ContextFlaw> {
        self.custom_data.as_deref().map_or(Ok(None), claim::signed_context)
    }

    /// The same code with what its context says; without one, what another client has verified is gone.
    pub(crate) fn with_context(&self, context: Option<Context>) -> Self {
        Self { context, ..self.clone() }
    }

    pub(crate) fn random(&self) -> &str {
        &self.random
    }

    /// The PIN that the user typed into the web page, if there is one.
    pub(crate) fn binding_pin(&self) -> Option<String> {
        claim::binding_pin(self.custom_data.as_deref()?)
    }

    /// How long the code lives in all, if it says so.
    pub(crate) fn life(&self) -> Option<Duration> {
        let (created, expires) = self.created_at.zip(self.expires_at)?;
        (expires - created).to_std().ok()
    }

    /// How old the code is when it is `time`.
    pub(crate) fn age(&self, time: Range) -> Age {
        if self.expires_at().is_some_and(|at| at <= time.earliest) {
            return Age::Expired;
        }
        let far = |at: Option<DateTime<Utc>>, max| at.is_some_and(|at| at - time.latest > max);
        if far(self.created_at, MAX_AHEAD) || far(self.expires_at(), MAX_LIFE + MAX_AHEAD) {
            return Age::FromTheFuture;
        }
        Age::Alive
    }
}

/// Codes that say the same are the same, however they are written, wherever they were read and whoever has
/// verified their context.
impl PartialEq for LoginCode {
    fn eq(&self, other: &Self) -> bool {
        self.random == other.random
            && self.user_pool_id == other.user_pool_id
            && self.created_at == other.created_at
            && self.expires_at == other.expires_at
            && self.custom_data == other.custom_data
    }
}

/// What a clock says of a code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Age {
    Alive,
    Expired,
    /// Its times are further ahead than those of a code can be.
    FromTheFuture,
}

impl fmt::Debug for LoginCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginCode")
            .field("random", &"[redacted]")
            .field("source", &self.source)
            .field("user_pool_id", &self.user_pool_id)
            .field("created_at", &self.created_at)
            .field("expires_at", &self.expires_at())
            .field("has_verified_context", &self.has_verified_context())
            .field("claims", &self.claims())
            .finish()
    }
}

/// The known fields, each of any type, so that the one that is wrong can be named.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload<'a> {
    #[serde(borrow)]
    scene: Option<&'a RawValue>,
    #[serde(borrow)]
    random: Option<&'a RawValue>,
    #[serde(borrow)]
    user_pool_id: Option<&'a RawValue>,
    #[serde(borrow)]
    created_at: Option<&'a RawValue>,
    #[serde(borrow)]
    expire_at: Option<&'a RawValue>,
    #[serde(borrow)]
    expires_in: Option<&'a RawValue>,
    /// A `null` is custom data, too.
    #[serde(borrow, default, deserialize_with = "present")]
    custom_data: Option<&'a RawValue>,
    #[serde(borrow)]
    qrcode_id: Option<&'a RawValue>,
    #[serde(borrow)]
    api_host: Option<&'a RawValue>,
}

impl<'a> Payload<'a> {
    fn read(text: &'a str) -> Result<Self, CodeFlaw> {
        // serde would read such a struct from an array, too.
        if !text.trim_start().starts_with('{') {
            let json = serde_json::from_str::<&RawValue>(text).is_ok();
            return Err(if json { CodeFlaw::NotAnObject } else { CodeFlaw::NotJson });
        }
        serde_json::from_str(text).map_err(|error| match duplicate(&error) {
            Some(field) => CodeFlaw::malformed(field),
            None => CodeFlaw::NotJson,
        })
    }
}

impl TryFrom<Payload<'_>> for LoginCode {
    type Error = Error;

    fn try_from(payload: Payload<'_>) -> Result<Self, Error> {
        if payload.random.is_none() && payload.api_host.is_some() {
            return Err(CodeFlaw::FastPass.into());
        }
        let scene: String = required("scene", payload.scene)?;
        if scene != SCENE {
            return Err(Error::WrongScene { found: foreign_text(&scene) });
        }
        // V1 codes, and those scanned for V3, name the id otherwise (PROTOCOL 14).
        let (field, id) = match payload.random {
            None if payload.qrcode_id.is_some() => ("qrcodeId", payload.qrcode_id),
            random => ("random", random),
        };
        let random: String = required(field, id)?;
        if random.is_empty() || random.len() > MAX_RANDOM || !random.bytes().all(is_random_byte) {
            return Err(CodeFlaw::malformed(field).into());
        }
        let user_pool_id: String = required("userPoolId", payload.user_pool_id)?;
        if user_pool_id.is_empty() {
            return Err(CodeFlaw::malformed("userPoolId").into());
        }
        let created_at = time("createdAt", payload.created_at)?;
        Ok(Self {
            text: String::new(),
            source: CodeSource::Text,
            random,
            user_pool_id,
            created_at,
            expires_at: expiry(created_at, payload.expire_at, payload.expires_in)?,
            custom_data: payload.custom_data.map(|data| data.get().to_owned()),
            context: None,
        })
    }
}

fn required<'a, T: Deserialize<'a>>(
    field: &str,
    value: Option<&'a RawValue>,
) -> Result<T, CodeFlaw> {
    optional(field, value)?.ok_or(CodeFlaw::missing(field))
}

fn optional<'a, T: Deserialize<'a>>(
    field: &str,
    value: Option<&'a RawValue>,
) -> Result<Option<T>, CodeFlaw> {
    let Some(value) = value else { return Ok(None) };
    serde_json::from_str(value.get()).map_err(|_| CodeFlaw::malformed(field))
}

fn time(field: &str, value: Option<&RawValue>) -> Result<Option<DateTime<Utc>>, CodeFlaw> {
    let text: Option<String> = optional(field, value)?;
    text.map(|text| DateTime::parse_from_rfc3339(&text).map(|time| time.to_utc()))
        .transpose()
        .map_err(|_| CodeFlaw::malformed(field))
}

/// The moment that `expireAt` names, or `expiresIn` seconds after `createdAt`; the earlier of the
/// two if a code has both.
fn expiry(
    created_at: Option<DateTime<Utc>>,
    expire_at: Option<&RawValue>,
    expires_in: Option<&RawValue>,
) -> Result<Option<DateTime<Utc>>, CodeFlaw> {
    let mut expiry = time("expireAt", expire_at)?;
    if let (Some(created), Some(expires)) = (created_at, expiry)
        && !(TimeDelta::zero()..=MAX_LIFE).contains(&(expires - created))
    {
        return Err(CodeFlaw::malformed("expireAt"));
    }
    if let Some(life) = life(expires_in)? {
        let created = created_at.ok_or(CodeFlaw::missing("createdAt"))?;
        let expires = created.checked_add_signed(life).ok_or(CodeFlaw::malformed("expiresIn"))?;
        expiry = Some(expiry.map_or(expires, |other| other.min(expires)));
    }
    Ok(expiry)
}

/// Whole seconds, as a number or in a string (PROTOCOL 14).
fn life(expires_in: Option<&RawValue>) -> Result<Option<TimeDelta>, CodeFlaw> {
    let Some(seconds) = optional::<Value>("expiresIn", expires_in)? else { return Ok(None) };
    let life = as_whole_number(&seconds).and_then(TimeDelta::try_seconds);
    let life = life.filter(|life| (TimeDelta::zero()..=MAX_LIFE).contains(life));
    life.map(Some).ok_or(CodeFlaw::malformed("expiresIn"))
}

fn present<'de, D: Deserializer<'de>>(value: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(value).map(Some)
}

/// How deep arrays and objects are nested. Looks at the brackets alone: invalid JSON is
/// detected later.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

// serde names a duplicate field only in its text.
fn duplicate(error: &serde_json::Error) -> Option<&'static str> {
    let text = error.to_string();
    let (_, rest) = text.split_once("duplicate field `")?;
    let (name, _) = rest.split_once('`')?;
    FIELDS.into_iter().find(|field| *field == name)
}

fn is_random_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.~+/=".contains(&byte)
}

const FIELDS: [&str; 9] = [
    "scene",
    "random",
    "userPoolId",
    "createdAt",
    "expireAt",
    "expiresIn",
    "customData",
    "qrcodeId",
    "apiHost",
];

// The largest QR code holds 2,953 bytes (ISO/IEC 18004, table 7).
const MAX_BYTES: usize = 4096;
const MAX_DEPTH: usize = 16;
// Seen: 24 and 30 characters (PROTOCOL 2).
const MAX_RANDOM: usize = 128;
// The console lets a pool choose days (PROTOCOL 7).
pub(crate) const MAX_LIFE: TimeDelta = TimeDelta::days(31);
// Servers of one cluster do not agree to the second.
const MAX_AHEAD: TimeDelta = TimeDelta::minutes(5);
/// The scene of a login that an app approves (PROTOCOL 2).
const SCENE: &str = "APP_AUTH";
