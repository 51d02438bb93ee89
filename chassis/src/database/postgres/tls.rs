//! TLS to the server: rustls with aws-lc-rs.

use std::io;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::Encryption;
use crate::database::DatabaseError;
use crate::tls::client;

/// For `Encryption::None` the address itself says that TLS is never begun.
pub(super) fn connector(encryption: &Encryption) -> Result<MakeRustlsConnect, DatabaseError> {
    let config = match encryption {
        Encryption::None => client::trusting(RootCertStore::empty()),
        Encryption::Unverified => unverified(),
        Encryption::Verified(file) => client::trusting_file_or_system(file.as_deref()),
    };
    let config = config.map_err(|reason| DatabaseError::Connect(reason.into()))?;
    Ok(MakeRustlsConnect::new(config))
}

/// Why a server that answers is not to be talked to, if that is why there is no connection.
pub(super) fn refusal(error: &tokio_postgres::Error) -> Option<Arc<str>> {
    let source = std::error::Error::source(error)?;
    if source.to_string() == NO_TLS {
        let reason = "the server speaks no TLS, which only sslmode=disable does without";
        return Some(reason.into());
    }
    let wrapped = source.downcast_ref::<io::Error>()?.get_ref()?;
    let Error::InvalidCertificate(reason) = wrapped.downcast_ref()? else {
        return None;
    };
    Some(match reason {
        // An authority of the same name is another one when its key is another.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "the server's certificate is signed by nobody whom we trust; sslrootcert=FILE names \
             an authority of your own"
                .into()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("the server's certificate is for another host: {reason}").into()
        }
        other => format!("the server's certificate is not to be trusted: {other}").into(),
    })
}

/// What the driver says; it has no type for it.
const NO_TLS: &str = "server does not support TLS";

fn unverified() -> Result<ClientConfig, String> {
    let anybody = Arc::new(Anybody(Arc::new(aws_lc_rs::default_provider())));
    let verified = client::builder()?
        .dangerous()
        .with_custom_certificate_verifier(anybody);
    Ok(verified.with_no_client_auth())
}

/// Takes any certificate, as `sslmode=require` asks; the handshake is still checked against it.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests;
