//! Every kernel translates to Metal's language, with the options that wgpu uses there.

use openvm_metal_text::{RuntimeChecks, LANGUAGE_VERSIONS};

use super::kernels;

#[test]
fn every_kernel_translates() {
    let mut n_kernels = 0;
    for kernel in kernels() {
        for version in LANGUAGE_VERSIONS {
            for checks in [RuntimeChecks::Off, RuntimeChecks::On] {
                let text = kernel.to_msl(version, checks);
                let text = text.unwrap_or_else(|reason| panic!("{reason}"));
                assert!(
                    text.contains("kernel void"),
                    "{} has no entry point",
                    kernel.label
                );
            }
        }
        n_kernels += 1;
    }
    println!("{n_kernels} kernels translated");
}
