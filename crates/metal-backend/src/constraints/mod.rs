//! The constraints of an AIR on the device.
//!
//! [`compile`] turns the symbolic constraints and interactions of an AIR into data that a handful
//! of kernels evaluate, the same kernels for every AIR. The stages that prove them are
//! [`gkr_input`] with [`logup_gkr`], [`round0`] with [`round0_polynomials`], and [`mle_rounds`] with
//! [`openings`], over the traces of a [`statement`]; `prove` runs them in protocol order.

pub mod air_plan;
pub mod compile;
pub mod evaluation;
mod folds;
pub mod gkr_input;
mod kept_rows;
pub mod kernels;
pub mod logup_gkr;
pub mod mle_rounds;
pub mod openings;
pub mod partial_sums;
mod plan_tables;
mod prove;
pub mod round0;
pub mod round0_polynomials;
pub mod scratch;
pub mod statement;
pub mod trace_values;
pub mod weights;

pub(crate) use prove::prove_rap_constraints;
