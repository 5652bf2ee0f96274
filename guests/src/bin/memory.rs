//! Writes and reads back n KiB in a row, then n words spread over the whole address space.
#![no_main]
#![no_std]

extern crate alloc;
use alloc::vec;
use openvm::io::{read, reveal_u32};

openvm::entry!(main);

/// Nearly all of the 512 MiB that a guest has: the program and its stack lie below the heap. The allocator hands out zeroed
/// memory without touching it, so that only the words written below count.
const WORDS: usize = (509 << 20) / 4;

fn mix(i: usize) -> u32 {
    (i as u32).wrapping_mul(0x9e37_79b1) ^ 0x5bd1_e995
}

fn main() {
    let n: u64 = read();
    assert!(n < (WORDS / 512) as u64, "too many KiB");
    let n = n as usize;
    let dense = n * 256;
    let mut words = vec![0u32; WORDS];

    for (i, word) in words[..dense].iter_mut().enumerate() {
        *word = mix(i);
    }
    // The last of the n places is the last word of all.
    let step = (WORDS - dense) / n.max(1);
    let place = |k: usize| WORDS - 1 - k * step;
    for k in 0..n {
        words[place(k)] = mix(k).rotate_left(16);
    }

    let sum = |total: u64, word: u32| total.wrapping_add(word as u64);
    let low = words[..dense].iter().rev().fold(0, |t, w| sum(t, *w));
    let high = (0..n).rev().fold(0, |t, k| sum(t, words[place(k)]));
    if n == 4 {
        assert_eq!((low, high), (0x200794efe00, 0x219380aed));
    }
    for (i, total) in [low, high].into_iter().enumerate() {
        reveal_u32(total as u32, 2 * i);
        reveal_u32((total >> 32) as u32, 2 * i + 1);
    }
}
