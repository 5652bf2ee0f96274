//! `transcript.wgsl`: observing and sampling where no stage's kernel does.

use std::sync::Arc;

use super::{field, kernel_params, sponge};
use crate::{
    gpu::{Binding, Buffer, Element, Gpu, GpuError, Multiply, Pipeline, Recorder},
    transcript::{DeviceSponge, Nonce, Place},
};

kernel_params! {
    /// Length of the list.
    TranscriptParams {
        /// Number of operations.
        n_operations,
    }
}

/// The kernel's text.
pub fn source(multiply: Multiply) -> String {
    [
        TranscriptParams::WGSL,
        field::source(multiply),
        sponge::source(),
        include_str!("transcript.wgsl"),
    ]
    .concat()
}

/// Operations on the transcript, to be run one after another in one dispatch.
#[derive(Clone, Debug, Default)]
pub struct Operations(Vec<u32>);

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
        self.push([OBSERVE_DATA, place.n_words, place.start, first_word as u32]);
    }

    /// Observes what stands on the tape already.
    pub fn observe_tape(&mut self, place: Place) {
        self.push([OBSERVE_TAPE, place.n_words, place.start, 0]);
    }

    /// Samples field elements.
    pub fn sample(&mut self, place: Place) {
        self.push([SAMPLE, place.n_words, place.start, 0]);
    }

    /// Samples integers of `bits` bits, which the plan must have given the place for.
    pub fn sample_bits(&mut self, place: Place, bits: usize) {
        self.push([SAMPLE_BITS, place.n_words, place.start, bits as u32]);
    }

    /// Carries on with the nonce that [`super::grind::NonceSearch`] has found.
    pub fn observe_nonce(&mut self, nonce: Nonce) {
        if let Some(place) = nonce.place {
            self.push([OBSERVE_NONCE, 1, place.start, 0]);
            // The bits that the nonce makes zero.
            self.push([SAMPLE, 1, NO_PLACE, 0]);
        }
    }

    fn push(&mut self, operation: [u32; 4]) {
        self.0.extend(operation);
    }
}

/// The kernel that runs a list of operations.
pub struct Transcript {
    pipeline: Arc<Pipeline>,
    no_data: Buffer<u32>,
}

impl Transcript {
    /// Compiles the kernel.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        Ok(Self {
            pipeline: gpu.pipeline("transcript", source(gpu.multiply()))?,
            no_data: gpu.alloc(1, "no data")?,
        })
    }

    /// Runs `operations`, none of which observes data.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        sponge: &DeviceSponge,
        operations: &Operations,
    ) -> Result<(), GpuError> {
        self.dispatch(recorder, sponge, self.no_data.binding(), operations)
    }

    /// Runs `operations` over `data`, such as digests, which is not the tape.
    pub fn record_with_data<T: Element>(
        &self,
        recorder: &mut Recorder<'_>,
        sponge: &DeviceSponge,
        data: &Buffer<T>,
        operations: &Operations,
    ) -> Result<(), GpuError> {
        self.dispatch(recorder, sponge, data.binding(), operations)
    }

    fn dispatch(
        &self,
        recorder: &mut Recorder<'_>,
        sponge: &DeviceSponge,
        data: Binding,
        Operations(words): &Operations,
    ) -> Result<(), GpuError> {
        if words.is_empty() {
            return Ok(());
        }
        let operations = recorder.gpu().upload(words, "transcript operations")?;
        let bindings = [
            sponge.sponge().binding(),
            sponge.tape().binding(),
            data,
            operations.binding(),
        ];
        let params = TranscriptParams {
            n_operations: words.len() as u32 / 4,
        };
        recorder.dispatch(&self.pipeline, &bindings, &params.words(), [1, 1, 1]);
        Ok(())
    }
}
