//! `transcript.wgsl`: observing and sampling where no stage's kernel does.

use openvm_stark_sdk::config::baby_bear_poseidon2::F;

use super::field;
use crate::{
    gpu::{kernel, row, word, Buffer, Element, GpuError, Kernel, Recorder},
    transcript::{sponge, DeviceSponge, Nonce, Place},
};

kernel! {
    /// Runs a list of operations on the transcript. [`Operations`] records it.
    pub struct RunTranscript("transcript");
    text(multiply) = [
        field::source(multiply),
        sponge::source(),
        include_str!("transcript.wgsl"),
    ];
    // Of which the sponge needs 32; Apple's compiler drops the barriers of a workgroup that small.
    workgroup_size = [64, 1, 1];
    bindings RunTranscriptBindings {
        /// The transcript's sponge.
        sponge: Write<F>,
        /// What is observed and sampled.
        tape: Write<F>,
        /// Words to observe.
        data: Read<u32>,
        /// The list.
        operations: Read<TranscriptOperation>,
    }
    params RunTranscriptParams {
        /// Number of operations.
        n_operations,
    }
    grid(_params) = [1, 1, 1];
}

row! {
    /// Words that go through the transcript one after another.
    pub struct TranscriptOperation as "Operation" {
        /// What is done with them.
        kind,
        /// Their number.
        n_words,
        /// Place of the first one on the tape.
        place,
        /// Number of the first one in the data, or bits of the integers that are sampled.
        detail,
    }
}

/// Operations on the transcript, to be run one after another in one dispatch.
#[derive(Clone, Debug, Default)]
pub struct Operations(Vec<TranscriptOperation>);

const OBSERVE_DATA: u32 = 0;
const OBSERVE_TAPE: u32 = 1;
const OBSERVE_NONCE: u32 = 2;
const SAMPLE: u32 = 3;
const SAMPLE_BITS: u32 = 4;
const NO_PLACE: u32 = u32::MAX;

impl Operations {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Observes words of the dispatch's data, from number `first_word` on, and copies them to their
    /// place on the tape.
    pub fn observe_data(&mut self, place: Place, first_word: usize) {
        self.push(OBSERVE_DATA, place, word(first_word));
    }

    /// Observes what stands on the tape already.
    pub fn observe_tape(&mut self, place: Place) {
        self.push(OBSERVE_TAPE, place, 0);
    }

    /// Samples field elements.
    pub fn sample(&mut self, place: Place) {
        self.push(SAMPLE, place, 0);
    }

    /// Samples integers of `bits` bits, which the plan must have given the place for.
    pub fn sample_bits(&mut self, place: Place, bits: usize) {
        self.push(SAMPLE_BITS, place, word(bits));
    }

    /// Carries on with the nonce that [`super::grind::NonceSearch`] has found.
    pub fn observe_nonce(&mut self, nonce: Nonce) {
        if let Some(place) = nonce.place {
            self.push(OBSERVE_NONCE, place, 0);
            // The bits that the nonce makes zero.
            let nowhere = Place {
                start: NO_PLACE,
                n_words: 1,
            };
            self.push(SAMPLE, nowhere, 0);
        }
    }

    fn push(&mut self, kind: u32, place: Place, detail: u32) {
        self.0.push(TranscriptOperation {
            kind,
            n_words: place.n_words,
            place: place.start,
            detail,
        });
    }

    /// Records the operations, none of which observes data.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        sponge: &DeviceSponge,
    ) -> Result<(), GpuError> {
        self.dispatch(recorder, sponge, None)
    }

    /// Records the operations over `data`, such as digests, which is not the tape.
    pub fn record_with_data<T: Element>(
        &self,
        recorder: &mut Recorder<'_>,
        sponge: &DeviceSponge,
        data: &Buffer<T>,
    ) -> Result<(), GpuError> {
        self.dispatch(recorder, sponge, Some(data.words()))
    }

    fn dispatch(
        &self,
        recorder: &mut Recorder<'_>,
        sponge: &DeviceSponge,
        data: Option<Buffer<u32>>,
    ) -> Result<(), GpuError> {
        let Self(operations) = self;
        if operations.is_empty() {
            return Ok(());
        }
        let gpu = recorder.gpu();
        let kernel = Kernel::<RunTranscript>::new(gpu)?;
        let params = RunTranscriptParams {
            n_operations: word(operations.len()),
        };
        let operations = gpu.upload(operations, "transcript operations")?;
        let bindings = RunTranscriptBindings {
            sponge: sponge.sponge(),
            tape: sponge.tape(),
            // Anything, if there is nothing to observe.
            data: &data.unwrap_or_else(|| operations.words()),
            operations: &operations,
        };
        kernel.record(recorder, bindings, params);
        Ok(())
    }
}
