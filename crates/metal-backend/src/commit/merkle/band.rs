//! How many queries are hashed together.

use openvm_stark_sdk::config::baby_bear_poseidon2::Digest;

use crate::{gpu::Element, kernels::poseidon2::WIDTH};

/// What bounds the number of queries that are hashed together.
pub struct BandLimits {
    pub rows_per_query: usize,
    pub n_permutations: usize,
    pub layer_block_len: usize,
    pub max_binding_bytes: u64,
}

/// About 50 ms on a laptop GPU that does 0.3 G permutations a second; macOS stops kernels that
/// hold the GPU for seconds.
const MAX_PERMUTATIONS_PER_DISPATCH: usize = 1 << 24;
/// Leaf digests of a band take no more than this.
const MAX_LEAF_BYTES: u64 = 32 << 20;

impl BandLimits {
    /// The largest power of two of queries within the limits, at least one.
    pub fn band_len(&self) -> usize {
        let query_bytes = |words: usize| (self.rows_per_query * words * size_of::<u32>()) as u64;
        // Sponges wait there for the next block of columns.
        let by_states = self.max_binding_bytes / query_bytes(WIDTH);
        let by_digests = MAX_LEAF_BYTES / query_bytes(Digest::WORDS);
        let by_memory = by_states.min(by_digests) as usize;
        let by_time =
            MAX_PERMUTATIONS_PER_DISPATCH / (self.rows_per_query * self.n_permutations).max(1);
        let largest = by_memory.min(by_time).max(1);
        self.layer_block_len.min(1 << largest.ilog2())
    }
}

#[cfg(test)]
mod tests {
    use super::BandLimits;

    #[test]
    fn bands_stay_within_memory_time_and_layer() {
        let keccakf = BandLimits {
            rows_per_query: 16,
            n_permutations: 6,
            layer_block_len: 1 << 18,
            max_binding_bytes: 2 << 30,
        };
        assert_eq!(keccakf.band_len(), 1 << 16);
        let wide = BandLimits {
            n_permutations: 100,
            ..keccakf
        };
        assert_eq!(wide.band_len(), 1 << 13);
        let small_binding = BandLimits {
            max_binding_bytes: 16 << 20,
            ..keccakf
        };
        assert_eq!(small_binding.band_len(), 1 << 14);
        let tiny = BandLimits {
            max_binding_bytes: 256,
            ..keccakf
        };
        assert_eq!(tiny.band_len(), 1);
        let short = BandLimits {
            layer_block_len: 4,
            ..keccakf
        };
        assert_eq!(short.band_len(), 4);
    }
}
