use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
    PublicKeyData, date_time_ymd,
};
use ring::digest::{SHA256, digest};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;

/// What certificate a server shows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Certificate {
    /// A good one for `127.0.0.1` and `localhost`, by the server's own authority.
    Good,
    /// One that has expired.
    Expired,
    /// One for another host.
    OtherHost,
}

/// A server's TLS set-up, and what its clients need of it.
pub(crate) struct Tls {
    pub(crate) config: Arc<ServerConfig>,
    pub(crate) root_pem: String,
    pub(crate) pin: String,
}

impl Tls {
    pub(crate) fn new(kind: Certificate) -> Result<Self, rcgen::Error> {
        let mut authority = CertificateParams::new(Vec::new())?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        authority.distinguished_name.push(DnType::CommonName, "genauth test authority");
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;

        let names = match kind {
            Certificate::Good | Certificate::Expired => ["127.0.0.1", "localhost"],
            Certificate::OtherHost => ["127.0.0.9", "other.example"],
        };
        let mut params = CertificateParams::new(names.map(str::to_owned))?;
        params.distinguished_name.push(DnType::CommonName, "genauth");
        params.use_authority_key_identifier_extension = true;
        if kind == Certificate::Expired {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2021, 1, 1);
        }
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &authority)?;
        let pin = digest(&SHA256, &key.subject_public_key_info());

        let config =
            ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .expect("ring knows TLS 1.2 and 1.3")
                .with_no_client_auth()
                .with_single_cert(
                    vec![certificate.der().clone()],
                    PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
                );
        let mut config = config.expect("the key fits the certificate");
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self {
            config: Arc::new(config),
            root_pem: authority.pem(),
            pin: BASE64_STANDARD.encode(pin),
        })
    }
}
