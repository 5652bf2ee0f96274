//! What a stage observes and samples: the plan of it, and the words that came back.

use std::ops::Range;

use openvm_stark_backend::{
    p3_field::{BasedVectorSpace, PrimeCharacteristicRing, PrimeField32},
    FiatShamirTranscript,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::{BabyBearPoseidon2Config, Digest, EF, F};

use super::sponge::{from_word, to_word};
use crate::{gpu::word, gpu::Element, MetalError};

/// `2^MAX_GRIND_BITS` is the largest power of two below the field's order.
const MAX_GRIND_BITS: usize = F::ORDER_U32.ilog2() as usize;

/// Words on the tape that belong together. The first one's number is a multiple of four, so that
/// kernels may read extension elements as vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Number of the first word.
    pub start: u32,
    /// Number of words.
    pub n_words: u32,
}

/// The place of a proof-of-work nonce; none for 0 bits, which leave the transcript as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nonce {
    pub(crate) bits: u32,
    pub(crate) place: Option<Place>,
}

/// How the words of a place went through the transcript.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Observe,
    Sample,
    SampleBits(u32),
    Grind(u32),
}

/// All that a stage observes and samples, in protocol order.
///
/// Field elements are kept in Montgomery form, sampled bits as integers.
#[derive(Clone, Debug, Default)]
pub struct TapePlan {
    events: Vec<(Event, Place)>,
    n_words: u32,
}

impl TapePlan {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Observes `n` base elements. A digest is eight of them.
    pub fn observe(&mut self, n: usize) -> Place {
        self.push(Event::Observe, n)
    }

    /// Observes `n` extension elements.
    pub fn observe_ext(&mut self, n: usize) -> Place {
        self.push(Event::Observe, n * EF::WORDS)
    }

    /// Samples `n` extension elements.
    pub fn sample_ext(&mut self, n: usize) -> Place {
        self.push(Event::Sample, n * EF::WORDS)
    }

    /// Samples `n` integers of `bits` bits.
    pub fn sample_bits(&mut self, n: usize, bits: usize) -> Place {
        self.push(Event::SampleBits(word(bits)), n)
    }

    /// Searches the smallest nonce that upstream's `check_witness` accepts for `bits`, and carries
    /// on with it.
    ///
    /// # Errors
    /// If an element does not have as many bits.
    pub fn grind(&mut self, bits: usize) -> Result<Nonce, MetalError> {
        if bits > MAX_GRIND_BITS {
            return Err(MetalError::Parameters {
                what: "bits of proof-of-work",
                value: bits,
                max: MAX_GRIND_BITS,
            });
        }
        let bits = word(bits);
        let place = (bits > 0).then(|| self.push(Event::Grind(bits), 1));
        Ok(Nonce { bits, place })
    }

    fn push(&mut self, event: Event, n_words: usize) -> Place {
        let place = Place {
            start: self.n_words,
            n_words: word(n_words),
        };
        self.n_words = (self.n_words + place.n_words).next_multiple_of(4);
        self.events.push((event, place));
        place
    }

    /// Length of the tape.
    pub(super) fn n_words(&self) -> usize {
        self.n_words as usize
    }
}

/// What was observed and sampled. The accessors take places of the plan that the tape was made of.
#[derive(Clone, Debug)]
pub struct Tape {
    plan: TapePlan,
    words: Vec<F>,
}

impl Tape {
    pub(super) fn new(plan: TapePlan, words: Vec<F>) -> Self {
        Self { plan, words }
    }

    /// The base elements at `place`.
    pub fn base(&self, place: Place) -> &[F] {
        &self.words[place.range()]
    }

    /// The extension elements at `place`.
    pub fn ext(&self, place: Place) -> Vec<EF> {
        let coefficients = self.base(place).as_chunks::<{ EF::WORDS }>().0;
        coefficients
            .iter()
            .map(|c| EF::from_basis_coefficients_fn(|i| c[i]))
            .collect()
    }

    /// The digests at `place`.
    pub fn digests(&self, place: Place) -> &[Digest] {
        self.base(place).as_chunks().0
    }

    /// The integers at `place`.
    pub fn bits(&self, place: Place) -> Vec<u32> {
        self.base(place).iter().map(|word| to_word(*word)).collect()
    }

    /// The nonce as it goes into the proof: zero for 0 bits, as upstream's.
    pub fn nonce(&self, nonce: Nonce) -> F {
        nonce.place.map_or(F::ZERO, |place| self.base(place)[0])
    }

    /// Observes and samples on `transcript` what was observed and sampled on the device.
    ///
    /// # Errors
    /// If a sampled value differs, or a nonce is not accepted.
    pub fn replay(
        &self,
        transcript: &mut impl FiatShamirTranscript<BabyBearPoseidon2Config>,
    ) -> Result<(), MetalError> {
        for (number, (event, place)) in self.plan.events.iter().enumerate() {
            let words = self.base(*place);
            let is_equal = match *event {
                Event::Observe => {
                    words.iter().for_each(|word| transcript.observe(*word));
                    true
                }
                Event::Sample => words.iter().all(|word| transcript.sample() == *word),
                Event::SampleBits(bits) => words
                    .iter()
                    .all(|word| from_word(transcript.sample_bits(bits as usize) as u32) == *word),
                Event::Grind(bits) => transcript.check_witness(bits as usize, words[0]),
            };
            if !is_equal {
                return Err(MetalError::TranscriptReplay {
                    event: format!("{number} ({event:?})"),
                });
            }
        }
        Ok(())
    }
}

impl Place {
    /// Number of the first word's extension element, for kernels that read such from the tape.
    pub fn first_ext(self) -> u32 {
        self.start / EF::WORDS as u32
    }

    fn range(self) -> Range<usize> {
        self.start as usize..(self.start + self.n_words) as usize
    }
}
