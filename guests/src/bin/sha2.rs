//! SHA-256 of n bytes, where byte i is i modulo 251.
#![no_main]
#![no_std]

extern crate alloc;
use alloc::vec::Vec;
use openvm::io::{read, reveal_bytes32};
use openvm_sha2::{Digest, Sha256};

openvm::entry!(main);

#[rustfmt::skip]
const OF_NOTHING: [u8; 32] = [0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55];

fn main() {
    let n: u64 = read();
    assert!(n < 1 << 28, "too many bytes");
    let data: Vec<u8> = (0..n as u32).map(|i| (i % 251) as u8).collect();
    let digest: [u8; 32] = Sha256::digest(&data).into();
    if n == 0 {
        assert_eq!(digest, OF_NOTHING);
    }
    reveal_bytes32(digest);
}
