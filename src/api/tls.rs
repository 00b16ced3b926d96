use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use ring::digest::{SHA256, digest};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, OtherError, RootCertStore,
    SignatureScheme,
};

use crate::config::{Config, Pins, config_error};
use crate::error::Error;

/// TLS 1.2 or 1.3 with the bundled Mozilla roots or the configured ones, and the pins if there are
/// any.
///
/// The platform's own verifier would need a start-up call from Java on Android.
pub(super) fn client_config(config: &Config) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = Arc::new(roots(&config.root_certificates)?);
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| config_error(format!("TLS: {error}")))?;
    let mut tls = match &config.pins {
        None => builder.with_root_certificates(roots).with_no_client_auth(),
        Some(pins) => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(PinVerifier::new(pins, roots, provider)?))
            .with_no_client_auth(),
    };
    // reqwest does not set this for a configuration that it was given. Three small requests gain
    // nothing from HTTP/2, and it would make the library larger.
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(tls)
}

fn roots(pems: &[String]) -> Result<RootCertStore, Error> {
    let mut store = RootCertStore::empty();
    if pems.is_empty() {
        store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        return Ok(store);
    }
    for pem in pems {
        let before = store.len();
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let added = certificate.ok().and_then(|certificate| store.add(certificate).ok());
            added.ok_or_else(|| config_error("the root certificates hold a broken one"))?;
        }
        if store.len() == before {
            return Err(config_error(
                "the root certificates hold a text without a PEM certificate",
            ));
        }
    }
    Ok(store)
}

/// The usual checks, and then: the server's own key is a pinned one. The other certificates that it
/// sent do not count, for anyone can send them.
#[derive(Debug)]
struct PinVerifier {
    usual: Arc<WebPkiServerVerifier>,
    sha256: BTreeSet<Vec<u8>>,
    until: Option<DateTime<Utc>>,
}

impl PinVerifier {
    fn new(
        pins: &Pins,
        roots: Arc<RootCertStore>,
        provider: Arc<CryptoProvider>,
    ) -> Result<Self, Error> {
        let sha256 = pins.sha256.iter().map(|pin| hash(pin)).collect::<Result<BTreeSet<_>, _>>()?;
        if sha256.len() < 2 {
            // A pin that is written twice is one pin.
            let is_repeated = pins.sha256.len() >= 2;
            let which = if is_repeated { "are the same one, twice" } else { "are fewer than two" };
            return Err(config_error(format!("the pins {which}: one is for use, one in reserve")));
        }
        let usual = WebPkiServerVerifier::builder_with_provider(roots, provider)
            .build()
            .map_err(|error| config_error(format!("TLS: {error}")))?;
        Ok(Self { usual, sha256, until: pins.until })
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "no server's time is trusted before its certificate"
    )]
    fn accepts(&self, certificate: &CertificateDer<'_>) -> bool {
        if self.until.is_some_and(|until| until <= Utc::now()) {
            tracing::warn!("the pins have expired and are not checked");
            return true;
        }
        ParsedCertificate::try_from(certificate).is_ok_and(|certificate| {
            let hash = digest(&SHA256, certificate.subject_public_key_info().as_ref());
            self.sha256.iter().any(|pin| pin == hash.as_ref())
        })
    }
}

impl ServerCertVerifier for PinVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verified = self.usual.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        )?;
        if !self.accepts(end_entity) {
            return Err(CertificateError::Other(OtherError(Arc::new(NotPinned))).into());
        }
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.usual.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.usual.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.usual.supported_verify_schemes()
    }
}

/// What a pin says.
fn hash(pin: &str) -> Result<Vec<u8>, Error> {
    if pin.starts_with("sha256/") {
        return Err(config_error("the pins hold one that begins with `sha256/`; leave that out"));
    }
    let hash = BASE64_STANDARD.decode(pin).ok().filter(|hash| hash.len() == 32);
    hash.ok_or_else(|| config_error("the pins hold one that is no SHA-256 hash in base64"))
}

/// The certificate is valid, but its key is not pinned.
#[derive(Debug, thiserror::Error)]
#[error("the server's key is not pinned")]
pub(super) struct NotPinned;
