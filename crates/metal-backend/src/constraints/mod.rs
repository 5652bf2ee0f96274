//! The constraints of an AIR on the device.
//!
//! [`compile`] turns the symbolic constraints and interactions of an AIR into data that a handful
//! of kernels evaluate, the same kernels for every AIR. [`logup_gkr`] proves the sum of the
//! interactions' fractions.

pub mod compile;
pub mod logup_gkr;
