//! keccak256 of n bytes, where byte i is i modulo 251.
#![no_main]
#![no_std]

extern crate alloc;
use alloc::vec::Vec;
use openvm::io::{read, reveal_bytes32};
use openvm_keccak256::keccak256;

openvm::entry!(main);

#[rustfmt::skip]
const OF_NOTHING: [u8; 32] = [0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c, 0x92, 0x7e, 0x7d, 0xb2, 0xdc, 0xc7, 0x03, 0xc0, 0xe5, 0x00, 0xb6, 0x53, 0xca, 0x82, 0x27, 0x3b, 0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70];

fn main() {
    let n: u64 = read();
    assert!(n < 1 << 28, "too many bytes");
    let data: Vec<u8> = (0..n as u32).map(|i| (i % 251) as u8).collect();
    let digest = keccak256(&data);
    if n == 0 {
        assert_eq!(digest, OF_NOTHING);
    }
    reveal_bytes32(digest);
}
