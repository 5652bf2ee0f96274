//! Records of permutations, from those of the instructions that ask for them.

use std::borrow::Cow;

/// Words of `KeccakfRecord`: its timestamp, and its last ones, the state.
const CALL_WORDS: usize = 105;
const TIMESTAMP: usize = 1;
const STATE: usize = 55;

/// Words of a permutation's record.
const PERMUTATION_WORDS: usize = 52;

/// The records of `keccak::PERMUTATION`: state, timestamp, and that it was asked for. The last one is of zeros, which fill
/// the trace up.
pub(super) fn permutations(calls: &[u32]) -> Cow<'_, [u32]> {
    let mut records = vec![];
    for call in calls.chunks_exact(CALL_WORDS) {
        records.extend_from_slice(&call[STATE..]);
        records.extend([call[TIMESTAMP], 1]);
    }
    if !records.is_empty() {
        records.extend([0; PERMUTATION_WORDS]);
    }
    records.into()
}

#[cfg(test)]
mod tests {
    use std::mem::{offset_of, size_of};

    use openvm_keccak256_circuit::keccakf_op::KeccakfRecord;
    use openvm_metal_backend::keccak;

    use super::*;

    #[test]
    fn the_layout_is_upstreams() {
        assert_eq!(size_of::<KeccakfRecord>(), 4 * CALL_WORDS);
        assert_eq!(offset_of!(KeccakfRecord, timestamp), 4 * TIMESTAMP);
        assert_eq!(offset_of!(KeccakfRecord, preimage_buffer_bytes), 4 * STATE);
        assert_eq!(keccak::PERMUTATION.record_words(), PERMUTATION_WORDS);
    }

    #[test]
    fn permutations_end_with_one_of_zeros() {
        let call: Vec<u32> = (0..CALL_WORDS as u32).collect();
        let records = permutations(&call);
        assert_eq!(records.len(), 2 * PERMUTATION_WORDS);
        assert_eq!(records[..50], call[STATE..]);
        assert_eq!(records[50..52], [1, 1]);
        assert!(records[52..].iter().all(|&word| word == 0));
        assert!(permutations(&[]).is_empty());
    }
}
