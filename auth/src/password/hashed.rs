//! A hashed password: a PHC string that carries its own parameters, so that they can be raised.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use rand::RngExt;

use super::Password;

/// How much work one Argon2id hash is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// Memory, in KiB.
    pub memory: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for Parameters {
    /// What OWASP recommends for Argon2id: 19 MiB, two passes, one lane.
    fn default() -> Self {
        Self {
            memory: 19_456,
            passes: 2,
            lanes: 1,
        }
    }
}

/// A stored password.
#[derive(Clone)]
pub struct HashedPassword(Box<PasswordHash>);

/// A stored text that is not an Argon2id hash in PHC form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a stored password is not an Argon2id hash")]
pub struct InvalidHash;

impl HashedPassword {
    /// Reads what `to_stored` wrote.
    ///
    /// # Errors
    /// The text is not an Argon2id hash.
    pub fn from_stored(text: &str) -> Result<Self, InvalidHash> {
        let hash = PasswordHash::new(text).map_err(|_| InvalidHash)?;
        let complete =
            hash.salt.is_some() && hash.hash.is_some() && Params::try_from(&hash).is_ok();
        let argon2id = hash.algorithm == argon2::ARGON2ID_IDENT;
        if complete && argon2id {
            Ok(Self(Box::new(hash)))
        } else {
            Err(InvalidHash)
        }
    }

    /// The PHC string.
    #[must_use]
    pub fn to_stored(&self) -> String {
        self.0.to_string()
    }

    /// Whether it was made with these parameters.
    #[must_use]
    pub fn is_made_with(&self, parameters: Parameters) -> bool {
        self.0.params.get_decimal("m") == Some(parameters.memory)
            && self.0.params.get_decimal("t") == Some(parameters.passes)
            && self.0.params.get_decimal("p") == Some(parameters.lanes)
    }
}

/// Room for the memory of a hash, in KiB; only what a hash touches becomes resident. The
/// allocator of glibc gives an area above 32 MiB back to the system as soon as it is freed. A
/// smaller one it may keep for good: having once freed such an area it takes the next from its heap.
const ROOM: usize = 33 * 1024;

/// The memory of one hashing thread, taken when there is something to hash, and the parameters of
/// new hashes.
pub(super) struct Engine {
    parameters: Parameters,
    memory: Vec<Block>,
}

impl Engine {
    pub(super) fn new(parameters: Parameters) -> Result<Self, argon2::Error> {
        params(parameters)?;
        Ok(Self {
            parameters,
            memory: Vec::new(),
        })
    }

    /// Gives the memory back until the next hash.
    pub(super) fn rest(&mut self) {
        self.memory = Vec::new();
    }

    pub(super) fn is_at_rest(&self) -> bool {
        self.memory.capacity() == 0
    }

    pub(super) fn parameters(&self) -> Parameters {
        self.parameters
    }

    /// Hashes with a fresh salt.
    pub(super) fn hash(&mut self, password: &Password) -> Result<HashedPassword, argon2::Error> {
        let params = params(self.parameters)?;
        let salt: [u8; Salt::RECOMMENDED_LENGTH] = rand::rng().random();
        let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
        self.run(params.clone(), Version::V0x13, password, &salt, &mut output)?;
        Ok(HashedPassword(Box::new(PasswordHash {
            algorithm: argon2::ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&params).map_err(|_| argon2::Error::AlgorithmInvalid)?,
            salt: Some(Salt::new(&salt).map_err(|_| argon2::Error::SaltTooShort)?),
            hash: Some(Output::new(&output).map_err(|_| argon2::Error::OutputTooShort)?),
        })))
    }

    /// Whether `password` is the one that was hashed, with the parameters it was hashed with.
    pub(super) fn verify(
        &mut self,
        password: &Password,
        stored: &HashedPassword,
    ) -> Result<bool, argon2::Error> {
        let PasswordHash {
            version,
            salt: Some(salt),
            hash: Some(expected),
            ..
        } = &*stored.0
        else {
            return Ok(false);
        };
        let params = Params::try_from(&*stored.0).map_err(|_| argon2::Error::AlgorithmInvalid)?;
        let version = version.map_or(Ok(Version::V0x13), Version::try_from)?;
        let mut output = [0; Output::MAX_LENGTH];
        let output = output
            .get_mut(..expected.len())
            .ok_or(argon2::Error::OutputTooLong)?;
        self.run(params, version, password, salt.as_ref(), output)?;
        Ok(aws_lc_rs::constant_time::verify_slices_are_equal(output, expected.as_bytes()).is_ok())
    }

    fn run(
        &mut self,
        params: Params,
        version: Version,
        password: &Password,
        salt: &[u8],
        output: &mut [u8],
    ) -> Result<(), argon2::Error> {
        if self.is_at_rest() {
            self.memory.reserve_exact(params.block_count().max(ROOM));
        }
        if self.memory.len() < params.block_count() {
            self.memory.resize(params.block_count(), Block::default());
        }
        Argon2::new(Algorithm::Argon2id, version, params).hash_password_into_with_memory(
            password.as_bytes(),
            salt,
            output,
            &mut self.memory,
        )
    }
}

fn params(parameters: Parameters) -> Result<Params, argon2::Error> {
    Params::new(parameters.memory, parameters.passes, parameters.lanes, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Parameters = Parameters {
        memory: 64,
        passes: 1,
        lanes: 1,
    };

    fn password(typed: &str) -> Password {
        Password::parse(typed).unwrap()
    }

    #[test]
    fn a_hash_survives_storage_and_knows_its_password() {
        let mut engine = Engine::new(SMALL).unwrap();
        let stored = engine.hash(&password("correct horse")).unwrap().to_stored();
        assert!(
            stored.starts_with("$argon2id$v=19$m=64,t=1,p=1$"),
            "{stored}"
        );
        let hashed = HashedPassword::from_stored(&stored).unwrap();
        assert!(engine.verify(&password("correct horse"), &hashed).unwrap());
        assert!(!engine.verify(&password("correct horsf"), &hashed).unwrap());
    }

    #[test]
    fn the_reference_implementation_made_a_hash_that_verifies() {
        // From the test vectors of the C reference implementation.
        let made =
            "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        let hashed = HashedPassword::from_stored(made).unwrap();
        let mut engine = Engine::new(SMALL).unwrap();
        assert!(engine.verify(&password("password"), &hashed).unwrap());
        assert!(!hashed.is_made_with(SMALL));
        assert!(hashed.is_made_with(Parameters {
            memory: 256,
            passes: 2,
            lanes: 1
        }));
    }

    #[test]
    fn two_hashes_of_one_password_differ() {
        let mut engine = Engine::new(SMALL).unwrap();
        let first = engine.hash(&password("correct horse")).unwrap().to_stored();
        assert_ne!(
            first,
            engine.hash(&password("correct horse")).unwrap().to_stored()
        );
    }

    #[test]
    fn a_stored_text_that_is_no_argon2id_hash_is_refused() {
        let scrypt = "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E";
        for text in ["", "jack_password", "$argon2id$v=19$m=64,t=1,p=1", scrypt] {
            assert!(HashedPassword::from_stored(text).is_err(), "{text}");
        }
    }
}
