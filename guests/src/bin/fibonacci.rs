//! The n-th Fibonacci number modulo 2^64: integer instructions and branches only.
#![no_main]
#![no_std]

use openvm::io::{read, reveal_u32};

openvm::entry!(main);

fn main() {
    let n: u64 = read();
    let (mut now, mut next) = (0u64, 1u64);
    for _ in 0..n {
        (now, next) = (next, now.wrapping_add(next));
    }
    if n == 20 {
        assert_eq!(now, 6765);
    }
    reveal_u32(now as u32, 0);
    reveal_u32((now >> 32) as u32, 1);
}
