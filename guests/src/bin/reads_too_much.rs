//! Adds two inputs; tests give one, so that the second read finds nothing.
#![no_main]
#![no_std]

use openvm::io::{read, reveal_u32};

openvm::entry!(main);

fn main() {
    let a: u64 = read();
    let b: u64 = read();
    reveal_u32(a.wrapping_add(b) as u32, 0);
}
