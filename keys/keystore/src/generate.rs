//! Makes RSA keys, and reads them from PEM. The `rsa` crate does both and never signs
//! (RUSTSEC-2023-0071 is about the time its private operations take).

use rand::rngs::SysRng;
use rsa::PrivateKey;
use rsa::pkcs8::EncodePrivateKey;
use rsa::traits::PublicKeyParts;
use token::{PublicKey, Timestamp, WeakKey};
use zeroize::Zeroizing;

use crate::failpoint;
use crate::lifecycle::Life;
use crate::repository::StoredKey;
use crate::seal::SealError;
use crate::sealing_key::SealingKey;
use crate::signer::{Signer, UnusableKey};

mod bits;
mod pem;

pub use bits::{KeyBits, UnknownKeyBits};
pub use pem::PemError;

/// A key that has shown that its halves belong together, not yet sealed or stored.
pub(crate) struct NewKey {
    pub(crate) public: PublicKey,
    /// PKCS#8 DER.
    pub(crate) private_half: Zeroizing<Vec<u8>>,
}

/// A key could not be made or is not fit for use.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// The arithmetic or the randomness failed.
    #[error("no RSA key could be made: {0}")]
    Arithmetic(String),
    /// A verifier would refuse it.
    #[error("the key is weak: {0}")]
    Weak(#[from] WeakKey),
    /// A signature made with the private half does not verify with the public half.
    #[error("the key failed its self-test")]
    SelfTest,
    /// The cryptographic library does not take it.
    #[error(transparent)]
    Unusable(#[from] UnusableKey),
    /// The process is shutting down.
    #[error("the key was not finished")]
    Interrupted,
}

/// Makes a key on a thread where it disturbs nobody: it takes between a tenth of a second and
/// several.
pub(crate) async fn generate(bits: KeyBits) -> Result<NewKey, GenerateError> {
    tokio::task::spawn_blocking(move || {
        let key = PrivateKey::new(&mut SysRng, bits.get())
            .map_err(|error| GenerateError::Arithmetic(error.to_string()))?;
        NewKey::admit(&key)
    })
    .await
    .unwrap_or(Err(GenerateError::Interrupted))
    .inspect(|_| failpoint::reach("generated"))
}

impl NewKey {
    /// Takes in a key after it has signed something that its public half verifies.
    fn admit(key: &PrivateKey) -> Result<Self, GenerateError> {
        let public = PublicKey::from_components(
            without_leading_zeros(&key.n_bytes()),
            without_leading_zeros(&key.e_bytes()),
        )?;
        let private_half = key
            .to_pkcs8_der()
            .map_err(|error| GenerateError::Arithmetic(error.to_string()))?
            .to_bytes();
        self_test(&public, &private_half)?;
        Ok(Self {
            public,
            private_half,
        })
    }

    /// The key as it is stored; its life begins when it is put into a ring.
    pub(crate) fn stored(&self, sealing_key: &SealingKey) -> Result<StoredKey, SealError> {
        const NOT_YET: Timestamp = Timestamp::from_unix_millis(0);
        let kid = self.public.kid().clone();
        Ok(StoredKey {
            sealed: Some(sealing_key.seal(&kid, &self.private_half)?),
            modulus: self.public.modulus().to_vec(),
            exponent: self.public.exponent().to_vec(),
            life: Life::beginning(NOT_YET, NOT_YET),
            kid,
        })
    }
}

fn self_test(public: &PublicKey, private_half: &[u8]) -> Result<(), GenerateError> {
    const MESSAGE: &[u8] = b"a key is tested before it is trusted";
    let signer = Signer::from_pkcs8(private_half)?;
    let signature = signer
        .signature(MESSAGE)
        .map_err(|_| GenerateError::SelfTest)?;
    if signer.kid() != public.kid() || !public.verify(MESSAGE, &signature) {
        return Err(GenerateError::SelfTest);
    }
    Ok(())
}

fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}
