//! Each kernel against its twin on the host, in both forms of the field multiplication.

#[path = "../common/mod.rs"]
mod common;
mod field;
mod memory_tree;
mod merkle;
mod metal;
mod ntt;
mod rap;
mod transpose;
