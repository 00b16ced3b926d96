//! A context that the web page's server has signed, so that what a code claims can be believed
//! (PROTOCOL 15.3).
//!
//! A compact JWS (RFC 7515) of which nothing is optional and nothing is chosen by the sender: the key
//! decides the algorithm, and the header may hold no more than what says which key it is. ring checks the
//! signature.

use std::collections::HashMap;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use ring::signature::{ECDSA_P256_SHA256_FIXED, ED25519, UnparsedPublicKey};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::ContextFlaw;

/// The keys that a context may be signed with.
pub(crate) struct ContextKeys(Vec<ContextKey>);

struct ContextKey {
    id: Option<String>,
    algorithm: Algorithm,
    public: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq)]
enum Algorithm {
    Ed25519,
    Es256,
}

/// What a context says, once its signature was verified.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Context {
    /// The text of a JSON object.
    pub(crate) claims: String,
    pub(crate) expires_at: DateTime<Utc>,
}

impl ContextKeys {
    /// Reads keys that are written as JWK (RFC 7517). Says what is wrong with the one that cannot be
    /// used.
    pub(crate) fn read(jwks: &[String]) -> Result<Self, &'static str> {
        let keys = jwks.iter().map(|jwk| ContextKey::read(jwk)).collect::<Result<Vec<_>, _>>()?;
        let mut ids: Vec<_> = keys.iter().filter_map(|key| key.id.as_deref()).collect();
        ids.sort_unstable();
        if ids.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err("have an id twice");
        }
        Ok(Self(keys))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Verifies the context of the code with this `random` and `user_pool_id`.
    pub(crate) fn verify(
        &self,
        jws: &str,
        random: &str,
        user_pool_id: &str,
    ) -> Result<Context, ContextFlaw> {
        let (signed, signature) = jws.rsplit_once('.').ok_or(ContextFlaw::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(ContextFlaw::Malformed)?;
        // Checked before anything of it is used: the rest is read only if it comes from a key's holder.
        let header = Header::read(header).ok_or(ContextFlaw::Malformed)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| ContextFlaw::Malformed)?;
        self.check_signature(&header, signed, &signature)?;
        let payload = Payload::read(payload).ok_or(ContextFlaw::Malformed)?;
        if payload.random != random || payload.user_pool_id != user_pool_id {
            return Err(ContextFlaw::OtherCode);
        }
        Ok(Context { claims: payload.claims, expires_at: payload.expires_at })
    }

    fn check_signature(
        &self,
        header: &Header,
        signed: &str,
        signature: &[u8],
    ) -> Result<(), ContextFlaw> {
        let may_be_it = |key: &&ContextKey| match (&header.kid, &key.id) {
            (Some(kid), Some(id)) => kid == id,
            _ => true,
        };
        let keys: Vec<_> = self.0.iter().filter(may_be_it).collect();
        if keys.is_empty() {
            return Err(ContextFlaw::UnknownKey);
        }
        let mut keys =
            keys.into_iter().filter(|key| key.algorithm.is_named(&header.alg)).peekable();
        if keys.peek().is_none() {
            return Err(ContextFlaw::WrongAlgorithm);
        }
        let is_signed = keys.any(|key| key.has_signed(signed.as_bytes(), signature));
        is_signed.then_some(()).ok_or(ContextFlaw::BadSignature)
    }
}

impl ContextKey {
    fn read(jwk: &str) -> Result<Self, &'static str> {
        let members = members(jwk).ok_or("are not all JSON objects")?;
        let text = |name| match members.get(name) {
            None => Ok(None),
            Some(value) => serde_json::from_str::<String>(value.get()).map(Some),
        };
        let text = |name| text(name).map_err(|_| "have a member that is not a text");
        if members.contains_key("d") || members.contains_key("k") {
            return Err("hold a private or secret key");
        }
        let coordinate = |name| {
            let bytes = text(name)?.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
            bytes
                .filter(|bytes| bytes.len() == 32)
                .ok_or("have a coordinate that is not of 32 bytes")
        };
        let (kty, crv) = (text("kty")?, text("crv")?);
        let (algorithm, public) = match (kty.as_deref(), crv.as_deref()) {
            (Some("OKP"), Some("Ed25519")) => (Algorithm::Ed25519, coordinate("x")?),
            (Some("EC"), Some("P-256")) => {
                // An uncompressed point (SEC 1, 2.3.3).
                (Algorithm::Es256, [vec![4], coordinate("x")?, coordinate("y")?].concat())
            }
            _ => return Err("must be of Ed25519 or P-256"),
        };
        let is_for_it = text("alg")?.is_none_or(|alg| algorithm.is_named(&alg))
            && text("use")?.is_none_or(|usage| usage == "sig");
        if !is_for_it {
            return Err("are for another use or algorithm");
        }
        Ok(Self { id: text("kid")?, algorithm, public })
    }

    fn has_signed(&self, signed: &[u8], signature: &[u8]) -> bool {
        match self.algorithm {
            Algorithm::Ed25519 => {
                UnparsedPublicKey::new(&ED25519, &self.public).verify(signed, signature)
            }
            Algorithm::Es256 => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &self.public)
                .verify(signed, signature),
        }
        .is_ok()
    }
}

impl Algorithm {
    fn is_named(self, alg: &str) -> bool {
        match self {
            // RFC 9864 gives the older name a newer one.
            Self::Ed25519 => alg == "EdDSA" || alg == "Ed25519",
            Self::Es256 => alg == "ES256",
        }
    }
}

/// The header, as far as it is used: keys and certificates that it may hold are not.
struct Header {
    alg: String,
    kid: Option<String>,
}

impl Header {
    fn read(part: &str) -> Option<Self> {
        let json = json(part)?;
        let members = members(&json)?;
        // None of what may be critical is known here, and an unencoded payload is one of that (RFC 7797).
        if members.contains_key("crit") || members.contains_key("b64") {
            return None;
        }
        let kid = match members.get("kid") {
            Some(kid) => Some(value(kid)?),
            None => None,
        };
        Some(Self { alg: value(members.get("alg")?)?, kid })
    }
}

struct Payload {
    random: String,
    user_pool_id: String,
    expires_at: DateTime<Utc>,
    claims: String,
}

impl Payload {
    fn read(part: &str) -> Option<Self> {
        let json = json(part)?;
        let members = members(&json)?;
        let claims = match members.get("claims") {
            Some(claims) => claims.get(),
            None => "{}",
        };
        Some(Self {
            random: value(members.get("random")?)?,
            user_pool_id: value(members.get("userPoolId")?)?,
            expires_at: DateTime::from_timestamp(value(members.get("exp")?)?, 0)?,
            claims: claims.starts_with('{').then(|| claims.to_owned())?,
        })
    }
}

/// The text in a part of a JWS.
fn json(part: &str) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

fn value<'a, T: Deserialize<'a>>(json: &'a RawValue) -> Option<T> {
    serde_json::from_str(json.get()).ok()
}

/// The members of an object. `None` if it is none, or has one twice: others might read the other one.
fn members(json: &str) -> Option<HashMap<String, &RawValue>> {
    struct Once;

    impl<'de> Visitor<'de> for Once {
        type Value = HashMap<String, &'de RawValue>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members = HashMap::new();
            while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
                if members.insert(name, value).is_some() {
                    return Err(A::Error::custom("a member is there twice"));
                }
            }
            Ok(members)
        }
    }

    let mut deserializer = serde_json::Deserializer::from_str(json);
    let members = deserializer.deserialize_map(Once).ok()?;
    deserializer.end().ok()?;
    Some(members)
}
