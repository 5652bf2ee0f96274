//! Clang in place of Apple's compiler.
//!
//! Apple's compiler is a clang, and Metal's language is C++14 with spaces of memory and a library. `shim/` has as much of the
//! library as naga's texts of our kernels use. [`check_types`] finds on Linux what has a wrong type; `execution`, on Linux
//! alone, runs a text. What comes after the types, Apple's optimiser and code generator, is not checked by anything here.

mod source;
mod types;

use std::{
    io::Write as _,
    process::{Command, Output, Stdio},
};

pub use types::{check_types, Language, LANGUAGES};

pub(crate) use source::for_clang;

/// The compiler, from Debian's and Ubuntu's package of this name.
const CLANG: &str = "clang-19";

/// What the compiler says of itself, or `what` goes unchecked for want of it.
pub(crate) fn version(what: &str) -> Result<String, String> {
    match Command::new(CLANG).arg("--version").output() {
        Ok(output) => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        Err(error) => Err(format!(
            "NOT CHECKED: {what}, as {CLANG} does not run ({error}). `apt-get install {CLANG}` brings it to Debian and Ubuntu"
        )),
    }
}

/// Where Metal's headers are replaced.
pub(crate) const SHIM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/shim");

/// Hands a source to the compiler.
pub(crate) fn compile(arguments: &[&str], source: &str) -> Output {
    let mut clang = Command::new(CLANG)
        .args(arguments)
        .args(["-ffreestanding", "-nostdinc", "-I", SHIM])
        // Vectors of the same size are not each other's type, as they are in clang.
        .args(["-fno-lax-vector-conversions", "-w", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the compiler has run before");
    // Closed at the end of the statement. A compiler that ends early says why.
    let _ = clang
        .stdin
        .take()
        .map(|mut stdin| stdin.write_all(source.as_bytes()));
    clang.wait_with_output().expect("the compiler's messages")
}
