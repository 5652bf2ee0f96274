//! The constraints of AIRs on the device.
//!
//! [`compile`] turns the symbolic constraints and interactions of an AIR into data that a handful of
//! kernels evaluate, the same kernels for every AIR; [`air`] is what the device keeps of it, and a
//! [`statement`] the traces with their AIRs. [`evaluation`] brings many of them to few dispatches.
//! The stages, in protocol order, are [`gkr_input`], [`logup_gkr`] and [`zerocheck`]; `prove` runs them.

pub mod air;
pub mod compile;
pub mod evaluation;
pub mod gkr_input;
pub mod kernels;
pub mod logup_gkr;
mod prove;
pub mod statement;
pub mod zerocheck;

pub(crate) use prove::prove_rap_constraints;
