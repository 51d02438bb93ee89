//! Passwords: what a person may choose, and the form in which one is kept.

mod hashed;
mod hasher;

pub use hashed::{HashedPassword, InvalidHash, Parameters};
pub use hasher::{HashError, Hasher, HasherSettings, StartError, Verdict};

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// The fewest characters of a password, counted after normalization.
pub const MIN_CHARACTERS: usize = 8;
/// The most characters of a password, counted after normalization.
pub const MAX_CHARACTERS: usize = 256;

/// The 3,000 most common passwords of eight characters and more, from the ranked list of zxcvbn
/// (MIT licence), in the order of their bytes; ASVS 5.0 6.2.4 asks for that many.
const COMMON: &str = include_str!("password/common.txt");

/// A password as it was typed, in Unicode's normal form NFKC, so that it is the same from every
/// keyboard. It may be anything that somebody could have chosen, and more.
pub struct Password(Zeroizing<String>);

/// Why a text cannot be a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordProblem {
    /// Fewer than eight characters.
    #[error("must have at least {MIN_CHARACTERS} characters")]
    TooShort,
    /// More than 256 characters.
    #[error("must have at most {MAX_CHARACTERS} characters")]
    TooLong,
    /// It holds the character NUL.
    #[error("must not contain the character NUL")]
    Nul,
    /// It is one of the first that anybody would guess.
    #[error("must not be one of the most common passwords")]
    Common,
}

impl Password {
    /// A password to compare with a stored one: only what nobody can have chosen is refused.
    ///
    /// # Errors
    /// More than 256 characters, or a NUL among them.
    pub fn parse(typed: &str) -> Result<Self, PasswordProblem> {
        if typed.contains('\0') {
            return Err(PasswordProblem::Nul);
        }
        let normal: Zeroizing<String> =
            Zeroizing::new(typed.nfkc().take(MAX_CHARACTERS + 1).collect());
        if normal.chars().count() > MAX_CHARACTERS {
            return Err(PasswordProblem::TooLong);
        }
        Ok(Self(normal))
    }

    fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// A password that may be chosen.
pub struct NewPassword(Password);

impl NewPassword {
    /// Checks the rules for a password that somebody chooses.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn parse(typed: &str) -> Result<Self, PasswordProblem> {
        let password = Password::parse(typed)?;
        if password.0.chars().count() < MIN_CHARACTERS {
            return Err(PasswordProblem::TooShort);
        }
        if is_common(&password.0) {
            return Err(PasswordProblem::Common);
        }
        Ok(Self(password))
    }

    /// The password, to be hashed.
    #[must_use]
    pub fn into_inner(self) -> Password {
        self.0
    }
}

fn is_common(password: &str) -> bool {
    let lower = Zeroizing::new(password.to_lowercase());
    COMMON.lines().any(|common| common == lower.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(typed: &str) -> Result<(), PasswordProblem> {
        NewPassword::parse(typed).map(|_| ())
    }

    #[test]
    fn any_unicode_of_8_to_256_characters_may_be_chosen() {
        for typed in [
            "jack_password",
            "пароль из шести слов",
            "🦀🦀🦀🦀🦀🦀🦀🦀",
            &"é".repeat(256),
        ] {
            assert_eq!(choose(typed), Ok(()), "{typed}");
        }
    }

    #[test]
    fn what_may_not_be_chosen() {
        assert_eq!(choose("seven77"), Err(PasswordProblem::TooShort));
        assert_eq!(choose(&"é".repeat(257)), Err(PasswordProblem::TooLong));
        assert_eq!(choose("good long\0password"), Err(PasswordProblem::Nul));
        assert_eq!(choose("12345678"), Err(PasswordProblem::Common));
        assert_eq!(choose("PASSWORD"), Err(PasswordProblem::Common));
        assert_eq!(
            choose("\u{ff50}assword"),
            Err(PasswordProblem::Common),
            "full-width p"
        );
    }

    #[test]
    fn characters_are_counted_after_normalization_and_no_further_than_needed() {
        let one_becomes_eighteen = '\u{fdfa}';
        assert_eq!(choose(&one_becomes_eighteen.to_string()), Ok(()));
        let expanding = one_becomes_eighteen.to_string().repeat(5_000);
        assert_eq!(choose(&expanding), Err(PasswordProblem::TooLong));
    }

    #[test]
    fn a_password_is_the_same_however_it_was_composed() {
        let composed = Password::parse("caf\u{e9} au lait").unwrap();
        let decomposed = Password::parse("cafe\u{301} au lait").unwrap();
        assert_eq!(composed.as_bytes(), decomposed.as_bytes());
    }

    #[test]
    fn a_login_may_be_tried_with_any_short_password() {
        assert!(Password::parse("").is_ok());
        assert!(Password::parse("password").is_ok());
    }
}
