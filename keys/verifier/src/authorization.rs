//! Takes the token out of the `Authorization` header (RFC 6750 §2.1).
