//! The weights of the opening point, as tables.

use openvm_stark_backend::poly_common::evals_eq_hypercube_serial;
use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use crate::{
    gpu::{word, Buffer, Gpu, GpuError},
    kernels::whir::sumcheck::WhirSumcheckParams,
    transcript::Place,
};

/// The weights `eq(u, j)`, whose first variables are fixed to challenges one after the other.
///
/// They are never written down at full length: while no samples have joined them, they are a factor
/// times the values of eq at the coordinates that are left, which are products of entries of two
/// tables of about the square root of the number of weights.
#[derive(Debug)]
pub struct PointWeights {
    /// As `point_weights.wgsl` describes it.
    pub tables: Buffer<EF>,
    /// Number of coordinates.
    n_variables: usize,
    /// Number of coordinates that the lower tables are of.
    log_low: usize,
    /// Where the challenges stand on the tape.
    challenges: Vec<Place>,
}

impl PointWeights {
    /// The weights of the point `u`, whose first coordinate belongs to the lowest bit of `j`; its
    /// first variables are fixed to the `challenges`, which have equal distances on the tape.
    ///
    /// # Panics
    /// If there is no challenge, or there are more than coordinates.
    pub fn new(gpu: &Gpu, u: &[EF], challenges: Vec<Place>) -> Result<Self, GpuError> {
        let log_low = challenges.len().max(u.len() / 2);
        let (low, high) = u.split_at(log_low);
        let lower_tables = (log_low - challenges.len()..log_low)
            .flat_map(|n_vars| evals_eq_hypercube_serial(&low[log_low - n_vars..]));
        let coordinates = u[..challenges.len()].iter().copied();
        let tables = coordinates
            .chain(lower_tables)
            .chain(evals_eq_hypercube_serial(high));
        Ok(Self {
            tables: gpu.upload(&tables.collect::<Vec<_>>(), "point weights")?,
            n_variables: u.len(),
            log_low,
            challenges,
        })
    }

    /// What a step must know of them that leaves `2^log_len`.
    pub fn params(&self, log_len: usize) -> WhirSumcheckParams {
        let first = self.challenges[0].start;
        let second = self.challenges.get(1);
        WhirSumcheckParams {
            n_fixed: word(self.n_variables - log_len),
            log_low: word(self.log_low),
            n_coordinates: word(self.challenges.len()),
            challenge_place: first,
            challenge_stride: second.map_or(0, |second| second.start - first),
            ..WhirSumcheckParams::default()
        }
    }
}
