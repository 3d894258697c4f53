//! The certificate that the server shows, read from two files and again on request.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tracing::{info, warn};

/// Why a certificate cannot be used; one sentence each.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("the file {0} of the certificate or its key cannot be read: {1}")]
    Unreadable(PathBuf, io::Error),
    #[error("{0} has no certificate: it must have one in PEM, that of this server first")]
    NoCertificate(PathBuf),
    #[error("{0} has no private key: it must have one in PEM, without a passphrase")]
    NoKey(PathBuf),
    #[error("{0} is not PEM: {1}")]
    Malformed(PathBuf, pem::Error),
    #[error("the key in {key} does not belong to the first certificate in {cert}")]
    Mismatch { cert: PathBuf, key: PathBuf },
    #[error("the certificate in {cert} and the key in {key} cannot be used: {error}")]
    Unusable {
        cert: PathBuf,
        key: PathBuf,
        error: rustls::Error,
    },
}

/// A certificate and its key. Whoever shakes hands after a [`reload`](Self::reload) is shown the
/// new one; connections that are open go on.
#[derive(Debug)]
pub(crate) struct Certificate {
    cert: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<CertifiedKey>>,
}

impl Certificate {
    /// Reads both files.
    ///
    /// # Errors
    ///
    /// [`TlsError`], naming the file.
    pub(crate) fn load(cert: PathBuf, key: PathBuf) -> Result<Self, TlsError> {
        let current = RwLock::new(Arc::new(read(&cert, &key)?));
        Ok(Self { cert, key, current })
    }

    /// Reads both files again.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load); the old certificate stays in force.
    pub(crate) fn reload(&self) -> Result<(), TlsError> {
        let new = Arc::new(read(&self.cert, &self.key)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }

    /// Settings for a listener that shows this certificate, and speaks `protocols` (ALPN, RFC
    /// 7301) where a client asks.
    pub(crate) fn serve(self: &Arc<Self>, protocols: &[&[u8]]) -> Arc<ServerConfig> {
        let certificate: Arc<dyn ResolvesServerCert> = Arc::<Self>::clone(self);
        let mut config = ServerConfig::builder_with_provider(Arc::new(provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider has suites for TLS 1.2 and 1.3")
            .with_no_client_auth()
            .with_cert_resolver(certificate);
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        Arc::new(config)
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&current))
    }
}

/// Has the certificate of a running server read again.
#[derive(Clone, Debug)]
pub struct Reloader(Option<Arc<Certificate>>);

impl Reloader {
    pub(crate) fn new(certificate: Option<Arc<Certificate>>) -> Self {
        Self(certificate)
    }

    /// Reads the certificate and its key again, and logs what came of it: those who connect from
    /// now on are shown the new one, and one that cannot be used leaves the old one in force.
    pub fn reload(&self) {
        match self.0.as_ref().map(|certificate| certificate.reload()) {
            Some(Ok(())) => info!("the certificate was read again"),
            Some(Err(error)) => warn!(%error, "the old certificate stays in force"),
            None => info!("there is nothing to reload"),
        }
    }
}

fn provider() -> CryptoProvider {
    ring::default_provider()
}

fn read(cert: &Path, key: &Path) -> Result<CertifiedKey, TlsError> {
    let chain = CertificateDer::pem_slice_iter(&contents(cert)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| TlsError::Malformed(cert.to_owned(), error))?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate(cert.to_owned()));
    }
    let secret = PrivateKeyDer::from_pem_slice(&contents(key)?).map_err(|error| match error {
        pem::Error::NoItemsFound => TlsError::NoKey(key.to_owned()),
        error => TlsError::Malformed(key.to_owned(), error),
    })?;
    CertifiedKey::from_der(chain, secret, &provider()).map_err(|error| {
        let (cert, key) = (cert.to_owned(), key.to_owned());
        match error {
            rustls::Error::InconsistentKeys(_) => TlsError::Mismatch { cert, key },
            error => TlsError::Unusable { cert, key, error },
        }
    })
}

fn contents(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|error| TlsError::Unreadable(path.to_owned(), error))
}
