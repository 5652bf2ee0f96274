//! The constraint compiler, tested without a GPU: a plan interpreted on the host computes what
//! upstream's evaluator computes, for every AIR of the standard VM, the Keccak AIR, upstream's
//! fixtures and random DAGs; and the kernels translate to every language they must.

mod airs;
mod check;
mod gpu;
mod interpreter;
mod kernels;
mod plans;
mod random_dag;
mod row;
