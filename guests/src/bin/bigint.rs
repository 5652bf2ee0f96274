//! n rounds of 256-bit arithmetic on two numbers, each round with every operation that openvm-bigint-guest exports but `clone`.
#![no_main]
#![no_std]

use core::{cmp::Ordering, mem::swap};
use openvm::io::{read, reveal_bytes32};
use openvm_bigint_guest as _; // defines the functions below

openvm::entry!(main);

/// Little-endian; the functions want a multiple of 4 as address.
#[derive(Clone, Copy, PartialEq, Debug)]
#[repr(C, align(4))]
struct U256([u8; 32]);

type Binary = unsafe extern "C" fn(*mut u8, *const u8, *const u8);

extern "C" {
    fn zkvm_u256_wrapping_add_impl(result: *mut u8, a: *const u8, b: *const u8);
    fn zkvm_u256_wrapping_sub_impl(result: *mut u8, a: *const u8, b: *const u8);
    fn zkvm_u256_wrapping_mul_impl(result: *mut u8, a: *const u8, b: *const u8);
    fn zkvm_u256_bitxor_impl(result: *mut u8, a: *const u8, b: *const u8);
    fn zkvm_u256_bitand_impl(result: *mut u8, a: *const u8, b: *const u8);
    fn zkvm_u256_bitor_impl(result: *mut u8, a: *const u8, b: *const u8);
    fn zkvm_u256_wrapping_shl_impl(result: *mut u8, a: *const u8, b: *const u8);
    fn zkvm_u256_wrapping_shr_impl(result: *mut u8, a: *const u8, b: *const u8);
    fn zkvm_u256_arithmetic_shr_impl(result: *mut u8, a: *const u8, b: *const u8);
    fn zkvm_u256_eq_impl(a: *const u8, b: *const u8) -> bool;
    fn zkvm_u256_cmp_impl(a: *const u8, b: *const u8) -> Ordering;
}

fn op(f: Binary, a: &U256, b: &U256) -> U256 {
    let mut result = U256([0; 32]);
    // SAFETY: three aligned buffers of 32 bytes, of which only the first is written.
    unsafe { f(result.0.as_mut_ptr(), a.0.as_ptr(), b.0.as_ptr()) };
    result
}

fn small(value: u64) -> U256 {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&value.to_le_bytes());
    U256(bytes)
}

#[rustfmt::skip]
const AFTER_10: U256 = U256([0x63, 0xd8, 0x94, 0x1a, 0xcb, 0xf9, 0xbf, 0x80, 0x80, 0x22, 0x76, 0x8a, 0x4d, 0x72, 0x1c, 0xaa, 0x14, 0xf8, 0xac, 0x09, 0x03, 0x8f, 0x0b, 0x9b, 0xa1, 0x2d, 0x48, 0xe4, 0xdb, 0xc0, 0xb1, 0xb7]);

fn main() {
    let n: u64 = read();
    let factor = op(
        zkvm_u256_wrapping_mul_impl,
        &small(u64::MAX - 58),
        &small(u64::MAX - 82),
    );
    let (one, seven, hundred) = (small(1), small(7), small(100));
    let (mut x, mut y) = (one, factor);
    for i in 0..n {
        // x = x * factor + i
        x = op(zkvm_u256_wrapping_mul_impl, &x, &factor);
        x = op(zkvm_u256_wrapping_add_impl, &x, &small(i));
        // y = (y ^ (x >> 7)) - (x << 100)
        let right = op(zkvm_u256_wrapping_shr_impl, &x, &seven);
        let left = op(zkvm_u256_wrapping_shl_impl, &x, &hundred);
        y = op(zkvm_u256_bitxor_impl, &y, &right);
        y = op(zkvm_u256_wrapping_sub_impl, &y, &left);
        // x = (y >> 1, by sign) | (x & factor) in rounds that leave x odd
        let odd = op(zkvm_u256_bitand_impl, &x, &one);
        // SAFETY: aligned buffers of 32 bytes.
        if unsafe { zkvm_u256_eq_impl(odd.0.as_ptr(), one.0.as_ptr()) } {
            let half = op(zkvm_u256_arithmetic_shr_impl, &y, &one);
            let masked = op(zkvm_u256_bitand_impl, &x, &factor);
            x = op(zkvm_u256_bitor_impl, &half, &masked);
        }
        // the smaller one goes on as x
        // SAFETY: as above.
        if unsafe { zkvm_u256_cmp_impl(x.0.as_ptr(), y.0.as_ptr()) } == Ordering::Greater {
            swap(&mut x, &mut y);
        }
    }
    if n == 10 {
        assert_eq!(x, AFTER_10);
    }
    reveal_bytes32(x.0);
}
