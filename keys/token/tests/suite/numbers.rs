//! Arithmetic with big-endian numbers, as far as the tests need it.

/// The sum, as long as the longer number, which comes first; `None` when it does not fit.
pub(crate) fn sum(one: &[u8], other: &[u8]) -> Option<Vec<u8>> {
    let mut digits = one.to_vec();
    let padded = other.iter().rev().copied().chain(std::iter::repeat(0));
    let mut carry = 0;
    for (digit, other) in digits.iter_mut().rev().zip(padded) {
        let value = u16::from(*digit) + u16::from(other) + carry;
        *digit = value.to_le_bytes()[0];
        carry = value >> 8;
    }
    (carry == 0).then_some(digits)
}

/// The product, as long as it needs to be.
pub(crate) fn times(number: &[u8], factor: u32) -> Vec<u8> {
    let mut carry = 0_u64;
    let mut digits = Vec::with_capacity(number.len() + 4);
    for byte in number.iter().rev() {
        let digit = u64::from(*byte) * u64::from(factor) + carry;
        digits.push(digit.to_le_bytes()[0]);
        carry = digit >> 8;
    }
    while carry > 0 {
        digits.push(carry.to_le_bytes()[0]);
        carry >>= 8;
    }
    digits.reverse();
    digits
}
