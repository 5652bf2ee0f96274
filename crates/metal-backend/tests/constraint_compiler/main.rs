//! The constraint compiler: a plan interpreted on the host computes what upstream's evaluator
//! computes, for every AIR of the standard VM, the Keccak AIR, upstream's fixtures and random DAGs;
//! malformed DAGs are named as such; the kernels compute what the interpreter computes.

mod airs;
mod check;
#[path = "../common/mod.rs"]
mod common;
mod gpu;
mod interpreter;
mod malformed_dags;
mod plans;
mod random_dag;
mod row;
