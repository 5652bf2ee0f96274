//! `observe_sums.wgsl`: what workgroups added up goes into the transcript.

use std::sync::Arc;

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use super::Partials;
use crate::{
    gpu::{Buffer, Gpu, GpuError, Multiply, Pipeline, Recorder},
    kernels::{field, kernel_params, sponge},
    transcript::{DeviceSponge, Place},
};

kernel_params! {
    /// What to add up, and where it goes.
    ObserveSumsParams {
        /// Workgroups that left something.
        n_partials,
        /// Values that each left.
        n_values,
        /// Place of the values on the tape.
        place,
        /// Place of the challenge, or 2^32 - 1.
        sample_place,
    }
}

/// The kernel's text.
pub fn source(multiply: Multiply) -> String {
    [
        ObserveSumsParams::WGSL,
        field::source(multiply),
        sponge::source(),
        include_str!("observe_sums.wgsl"),
    ]
    .concat()
}

/// The kernel.
pub struct ObserveSums(Arc<Pipeline>);

impl ObserveSums {
    /// Compiles the kernel.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        let source = source(gpu.multiply());
        Ok(Self(gpu.pipeline("whir observe_sums", source)?))
    }

    /// Observes the sums of `partials` at `place`; then samples an element, if it has a place.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        device: &DeviceSponge,
        (buffer, partials): (&Buffer<EF>, Partials),
        place: Place,
        sampled: Option<Place>,
    ) {
        let params = ObserveSumsParams {
            n_partials: partials.n_partials,
            n_values: partials.n_values,
            place: place.start,
            sample_place: sampled.map_or(u32::MAX, |place| place.start),
        };
        let bindings = [
            device.sponge().binding(),
            device.tape().binding(),
            buffer.binding(),
        ];
        recorder.dispatch(&self.0, &bindings, &params.words(), [1, 1, 1]);
    }
}
