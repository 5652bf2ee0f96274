//! Ends well for n = 0 and in other ways otherwise, as the README lists.
#![no_main]
#![no_std]

use openvm::{
    io::{read, reveal_u32},
    platform::rust_rt::terminate,
};

openvm::entry!(main);

fn main() {
    let n: u64 = read();
    reveal_u32(n as u32, 0);
    match n {
        0 => {}
        2 => terminate::<2>(),
        255 => terminate::<255>(),
        _ => panic!("asked to panic with n = {n}"),
    }
}
