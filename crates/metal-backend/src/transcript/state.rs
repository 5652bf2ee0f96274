//! The sponge's state, as the host and the device hand it to each other.

use openvm_stark_sdk::config::baby_bear_poseidon2::{DuplexSponge, F};

use super::{
    permutation,
    sponge::{from_word, RATE, STATE_WORDS, WIDTH},
};

/// The duplex sponge of upstream's `transcript/duplex_sponge.rs` over BabyBear with Poseidon2, as
/// plain data. The host's twin of `sponge.wgsl`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpongeState {
    state: [F; WIDTH],
    /// Where the next observed word goes, in `0..RATE`.
    absorb_index: usize,
    /// One above the word that is sampled next, in `0..=RATE`; 0 asks for a permutation first.
    sample_index: usize,
}

impl From<&DuplexSponge> for SpongeState {
    fn from(sponge: &DuplexSponge) -> Self {
        Self {
            state: *sponge.state(),
            absorb_index: sponge.absorb_idx(),
            sample_index: sponge.sample_idx(),
        }
    }
}

impl SpongeState {
    /// Takes `value` in.
    pub fn observe(&mut self, value: F) {
        self.state[self.absorb_index] = value;
        self.absorb_index += 1;
        if self.absorb_index == RATE {
            self.permute();
        }
    }

    /// Gives the next pseudo-random value out.
    pub fn sample(&mut self) -> F {
        if self.absorb_index != 0 || self.sample_index == 0 {
            self.permute();
        }
        self.sample_index -= 1;
        self.state[self.sample_index]
    }

    fn permute(&mut self) {
        permutation::permute(&mut self.state);
        self.absorb_index = 0;
        self.sample_index = RATE;
    }

    /// The words at the start of the device's buffer.
    pub(super) fn to_words(&self) -> [F; STATE_WORDS] {
        let mut words = [F::default(); STATE_WORDS];
        words[..WIDTH].copy_from_slice(&self.state);
        words[WIDTH] = from_word(self.absorb_index as u32);
        words[WIDTH + 1] = from_word(self.sample_index as u32);
        words
    }

    /// The state that [`Self::to_words`] stands for; `None` for words that stand for none.
    pub(super) fn from_words(words: &[F]) -> Option<Self> {
        let index = |at: usize, max: usize| (0..=max).find(|i| words[at] == from_word(*i as u32));
        Some(Self {
            state: words.get(..WIDTH)?.try_into().ok()?,
            absorb_index: index(WIDTH, RATE - 1)?,
            sample_index: index(WIDTH + 1, RATE)?,
        })
    }

    /// Whether the device noted that a proof-of-work search had ended without a nonce.
    pub(super) fn is_spoilt(words: &[F]) -> bool {
        words[WIDTH + 2] != F::default()
    }
}
