//! Values that a host slice and a device buffer hold as the same bytes.

use openvm_stark_sdk::config::baby_bear_poseidon2::{Digest, EF, F};

use super::RowLayout;

/// A type whose values are plain 32-bit words on both sides.
///
/// Field elements travel in Montgomery form (`R = 2^32`, canonical in `[0, p)`), which is how
/// Plonky3 keeps them in memory, so nothing is converted. An extension element is its four
/// coefficients of `1, x, x^2, x^3`.
///
/// # Safety
///
/// The type must consist of `size_of::<Self>() / 4` `u32` words without padding, have an alignment
/// of at most 4, and be memory-safe for every bit pattern.
#[allow(unsafe_code, reason = "implementing it is a promise")]
pub unsafe trait Element: Copy + Send + Sync + 'static {
    /// Number of 32-bit words.
    const WORDS: usize = size_of::<Self>() / 4;

    /// What a kernel takes an array of them for, unless it says otherwise.
    const WGSL_ARRAY: &'static str;

    /// Their words, if they are rows of a table.
    const ROW: Option<RowLayout> = None;
}

/// A row of a table of jobs: the workgroup that the job begins with, and the job.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobRow<J> {
    /// The job's first workgroup.
    pub first_workgroup: u32,
    /// The job.
    pub job: J,
}

// SAFETY: one word, every pattern valid.
#[allow(unsafe_code, reason = "the promise of `Element`")]
unsafe impl Element for u32 {
    const WGSL_ARRAY: &'static str = "array<u32>";
}
// SAFETY: an array of two words.
#[allow(unsafe_code, reason = "the promise of `Element`")]
unsafe impl Element for [u32; 2] {
    const WGSL_ARRAY: &'static str = "array<vec2<u32>>";
}
// SAFETY: `MontyField31` is `repr(transparent)` over its `u32` and a zero-sized marker; a word
// outside [0, p) gives wrong arithmetic, not unsafety.
#[allow(unsafe_code, reason = "the promise of `Element`")]
unsafe impl Element for F {
    const WGSL_ARRAY: &'static str = "array<u32>";
}
// SAFETY: `BinomialExtensionField` is `repr(transparent)` over `[F; 4]`.
#[allow(unsafe_code, reason = "the promise of `Element`")]
unsafe impl Element for EF {
    const WGSL_ARRAY: &'static str = "array<vec4<u32>>";
}
// SAFETY: an array of eight base field elements.
#[allow(unsafe_code, reason = "the promise of `Element`")]
unsafe impl Element for Digest {
    const WGSL_ARRAY: &'static str = "array<u32>";
}
// SAFETY: `repr(C)` over a word and words without padding.
#[allow(unsafe_code, reason = "the promise of `Element`")]
unsafe impl<J: Element> Element for JobRow<J> {
    const WGSL_ARRAY: &'static str = J::WGSL_ARRAY;
    const ROW: Option<RowLayout> = match J::ROW {
        Some(row) => Some(RowLayout {
            first: Some("first_workgroup"),
            ..row
        }),
        None => None,
    };
}

/// The bytes of `values`, as they are written to a device buffer.
#[allow(unsafe_code, reason = "buffers are bytes, and nothing is converted")]
pub(super) fn as_bytes<T: Element>(values: &[T]) -> &[u8] {
    // SAFETY: `Element` promises words without padding, so every byte is initialised; the slice
    // covers exactly the memory of `values` and lives as long.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values)) }
}

/// The words of `values`, for a table that has other words too.
pub fn words_of<T: Element>(values: &[T]) -> Vec<u32> {
    from_bytes(as_bytes(values))
}

/// The values whose bytes are `bytes`, as they were read from a device buffer.
///
/// `bytes` must be a whole number of elements; a rest is left out.
#[allow(unsafe_code, reason = "buffers are bytes, and nothing is converted")]
pub(super) fn from_bytes<T: Element>(bytes: &[u8]) -> Vec<T> {
    let len = bytes.len() / size_of::<T>();
    let mut values = Vec::<T>::with_capacity(len);
    // SAFETY: the vector has room for `len` elements, the source holds as many, and `Element`
    // promises that any bit pattern is a valid value.
    unsafe {
        std::ptr::copy_nonoverlapping(
            bytes.as_ptr(),
            values.as_mut_ptr().cast(),
            len * size_of::<T>(),
        );
        values.set_len(len);
    }
    values
}

#[cfg(test)]
mod tests {
    use openvm_stark_backend::p3_field::{BasedVectorSpace, PrimeCharacteristicRing, PrimeField32};

    use super::*;

    #[test]
    fn field_elements_are_montgomery_words() {
        let p = u64::from(F::ORDER_U32);
        for value in [0, 1, 2, 12345, F::ORDER_U32 - 1] {
            let montgomery = ((u64::from(value) << 32) % p) as u32;
            assert_eq!(as_bytes(&[F::from_u32(value)]), montgomery.to_ne_bytes());
        }
    }

    #[test]
    fn extension_elements_and_digests_are_their_coefficients_in_order() {
        let coefficients: [F; 8] = std::array::from_fn(|i| F::from_usize(i + 7));
        let words = as_bytes(&coefficients);
        assert_eq!(as_bytes(&[coefficients]), words);
        let ef = EF::from_basis_coefficients_slice(&coefficients[..4]).unwrap();
        assert_eq!(as_bytes(&[ef]), &words[..16]);
        assert_eq!(
            (u32::WORDS, F::WORDS, EF::WORDS, Digest::WORDS),
            (1, 1, 4, 8)
        );
    }

    #[test]
    fn bytes_come_back_as_the_values_they_were_from_any_alignment() {
        let values: Vec<EF> = (0..9).map(EF::from_usize).collect();
        let mut shifted = vec![0xff];
        shifted.extend_from_slice(as_bytes(&values));
        assert_eq!(from_bytes::<EF>(&shifted[1..]), values);
        assert!(from_bytes::<Digest>(&[]).is_empty());
    }
}
