//! Base64url as RFC 7515 §2 has it: no padding, no white space, one spelling for each value.

use base64::DecodeError;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Refuses a last character whose unused bits are not zero: two texts never mean one value.
pub(crate) fn decode(text: impl AsRef<[u8]>) -> Result<Vec<u8>, DecodeError> {
    URL_SAFE_NO_PAD.decode(text)
}

/// As [`decode`], into a buffer whose former contents go.
pub(crate) fn decode_into(buffer: &mut Vec<u8>, text: &[u8]) -> Result<(), DecodeError> {
    buffer.clear();
    URL_SAFE_NO_PAD.decode_vec(text, buffer)
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
