//! secp256k1: n rounds of doubling and adding the generator G, which is (2^(n+1) - 1) G; then the same by one scalar
//! multiplication and by decompression.
#![no_main]
#![no_std]

extern crate alloc;
use core::ops::Neg; // sw_declare! needs it
use openvm::io::{read, reveal_bytes32};
use openvm_algebra_guest::{moduli_macros::moduli_declare, IntMod};
use openvm_ecc_guest::{
    msm,
    sw_macros::sw_declare,
    weierstrass::{FromCompressed, WeierstrassPoint},
    Group,
};

openvm::entry!(main);
openvm::init!();

moduli_declare! {
    Coord { modulus = "0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f" },
    Scalar { modulus = "0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141" },
}

const SEVEN: Coord = Coord::from_const_u8(7);

// The VM configuration knows the curve by this name.
sw_declare! {
    Secp256k1Point { mod_type = Coord, b = SEVEN },
}

#[rustfmt::skip]
const G_X: [u8; 32] = [0x79, 0xbe, 0x66, 0x7e, 0xf9, 0xdc, 0xbb, 0xac, 0x55, 0xa0, 0x62, 0x95, 0xce, 0x87, 0x0b, 0x07, 0x02, 0x9b, 0xfc, 0xdb, 0x2d, 0xce, 0x28, 0xd9, 0x59, 0xf2, 0x81, 0x5b, 0x16, 0xf8, 0x17, 0x98];
#[rustfmt::skip]
const G_Y: [u8; 32] = [0x48, 0x3a, 0xda, 0x77, 0x26, 0xa3, 0xc4, 0x65, 0x5d, 0xa4, 0xfb, 0xfc, 0x0e, 0x11, 0x08, 0xa8, 0xfd, 0x17, 0xb4, 0x48, 0xa6, 0x85, 0x54, 0x19, 0x9c, 0x47, 0xd0, 0x8f, 0xfb, 0x10, 0xd4, 0xb8];
#[rustfmt::skip]
const X_OF_3G: [u8; 32] = [0xf9, 0x30, 0x8a, 0x01, 0x92, 0x58, 0xc3, 0x10, 0x49, 0x34, 0x4f, 0x85, 0xf8, 0x9d, 0x52, 0x29, 0xb5, 0x31, 0xc8, 0x45, 0x83, 0x6f, 0x99, 0xb0, 0x86, 0x01, 0xf1, 0x13, 0xbc, 0xe0, 0x36, 0xf9];

fn main() {
    let n: u64 = read();
    let (x, y) = (
        Coord::from_be_bytes(&G_X).unwrap(),
        Coord::from_be_bytes(&G_Y).unwrap(),
    );
    // SAFETY: checks the curve equation; the group has prime order.
    let g = unsafe { Secp256k1Point::from_xy(x, y) }.unwrap();

    let mut point = g.clone();
    let mut scalar = Scalar::ONE;
    for _ in 0..n {
        point.double_assign();
        point += &g;
        scalar = scalar.double() + Scalar::ONE;
    }

    assert_eq!(msm(&[scalar], &[g]), point);
    let parity = point.y().as_le_bytes()[0] & 1;
    assert_eq!(
        Secp256k1Point::decompress(point.x().clone(), &parity),
        Some(point.clone())
    );
    point.x().assert_reduced();
    let x = point.x().to_be_bytes();
    if n == 1 {
        assert_eq!(x, X_OF_3G);
    }
    reveal_bytes32(x);
}
