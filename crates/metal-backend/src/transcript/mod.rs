//! The Fiat-Shamir transcript on both sides of the bus.
//!
//! Between stages the transcript is a [`MetalTranscript`] on the host. A stage that observes and
//! samples many times hands its [`SpongeState`] to the device at its start, where kernels carry it
//! on, and takes it back at its end, with everything that was observed and sampled in between:
//!
//! 1. The stage lists what it will observe and sample, in protocol order, as a [`TapePlan`]. Each
//!    entry gets a [`Place`] on the tape. This depends on shapes only.
//! 2. [`DeviceSponge::start`] makes the two buffers: `sponge`, and the zeroed `tape`. The stage's
//!    kernels call the functions of `sponge.wgsl`, write every observed value to its place on
//!    the tape, and every sampled value too, from where later kernels read it.
//! 3. [`DeviceSponge::end`] reads both back with the rest of the stage, and [`Ended::finish`]
//!    brings the host's transcript up to date ([`DeviceTranscript::advance`]) and returns the
//!    [`Tape`], of which the proof is made.
//!
//! As the tape holds every word in order, it can be replayed on the host. For upstream's own
//! transcripts this is how they advance; for [`MetalTranscript`] it is a check, see there.

mod device;
mod host;
pub mod lanes;
pub mod permutation;
pub mod sponge;
mod state;
mod tape;

pub use device::{DeviceSponge, Ended};
pub use host::{DeviceTranscript, MetalTranscript};
pub use state::SpongeState;
pub use tape::{Nonce, Place, Tape, TapePlan};
