//! Traces of the chips that compute in prime fields are upstream's, cell by cell, and so are the counts of lookups.

mod layouts;
mod records;

use std::{any::Any, fs};

use openvm_metal_backend::{GpuOptions, Multiply};
use openvm_metal_sdk::TraceKernels;
use openvm_sdk::config::AppConfig;
use openvm_sdk_config::{SdkVmConfig, SdkVmCpuBuilder};
use rand::{rngs::StdRng, SeedableRng};

use crate::{
    common::{config, guests},
    trace_kernels::Twin,
};
use records::{put_expressions, put_is_equal};

/// RV32IM with the moduli, extensions and curves of the standard VM: BN254, secp256k1, P-256 and BLS12-381.
fn vm_config() -> SdkVmConfig {
    let toml = fs::read_to_string(guests().join("openvm.toml")).unwrap();
    let standard: AppConfig<SdkVmConfig> = toml::from_str(&toml).unwrap();
    let standard = standard.app_vm_config;
    let mut vm = config("riscv32");
    (vm.modular, vm.fp2, vm.ecc) = (standard.modular, standard.fp2, standard.ecc);
    vm
}

fn twin(options: &GpuOptions) -> Twin {
    let kernels = TraceKernels::none().with_fields();
    Twin::of(SdkVmCpuBuilder, &vm_config(), kernels, options)
}

/// Records for a chip, if it is one of these.
type Put = fn(&dyn Any, usize, &mut StdRng) -> Option<crate::trace_kernels::records::Twins>;

/// Each type of chips.
const PUTS: [Put; 8] = [
    put_expressions::<2, 8>,
    put_expressions::<2, 12>,
    put_expressions::<2, 16>,
    put_expressions::<2, 24>,
    put_expressions::<1, 16>,
    put_expressions::<1, 24>,
    put_is_equal::<8, 32>,
    put_is_equal::<12, 48>,
];

/// The chips of one type have the same traces; returns how many there are, `most` at most.
fn compare(twin: &Twin, put: Put, n_rows: &[usize], most: usize, rng: &mut StdRng) -> usize {
    let chips = (0..twin.n_chips()).filter(|&index| put(twin.chip(index), 0, rng).is_some());
    let chips: Vec<usize> = chips.take(most).collect();
    for &index in &chips {
        for &n_rows in n_rows {
            let twins = put(twin.chip(index), n_rows, rng).unwrap();
            twin.compare_chip(index, &format!("chip {index}, {n_rows} rows"), twins);
        }
    }
    twin.compare_tables(&format!("chips {chips:?}"));
    chips.len()
}

#[test]
fn rows_and_tables_are_upstreams() {
    let twin = twin(&GpuOptions::from_env().unwrap());
    let mut rng = StdRng::seed_from_u64(17);
    let n_chips = PUTS.map(|put| compare(&twin, put, &[0, 1, 3, 65], usize::MAX, &mut rng));
    // Additions and multiplications for seven moduli of 256 bits and one of 384, for two extensions; additions on and
    // doublings for three curves and one; comparisons for the moduli.
    assert_eq!(n_chips, [14, 2, 2 + 3, 2 + 1, 3, 1, 7, 1]);
}

/// The same for a chip with numbers of 256 bits, one with 384, and a comparison: software compiles each text for seconds.
fn some_are_upstreams(options: &GpuOptions, n_rows: &[usize]) {
    let twin = twin(options);
    let mut rng = StdRng::seed_from_u64(18);
    for put in [PUTS[0], PUTS[5], PUTS[6]] {
        assert_eq!(compare(&twin, put, n_rows, 1, &mut rng), 1);
    }
}

#[test]
fn rows_and_tables_are_upstreams_with_u32() {
    let options = GpuOptions {
        multiply: Some(Multiply::U32),
        ..GpuOptions::from_env().unwrap()
    };
    some_are_upstreams(&options, &[0, 1, 3, 65]);
}

/// Traces in several blocks, with more rows than a workgroup makes.
#[test]
fn rows_and_tables_are_upstreams_with_small_bindings() {
    // A column of the table of pairs.
    const MAX_BINDING_BYTES: u64 = 2 << 20;
    let options = GpuOptions {
        max_binding_bytes: Some(MAX_BINDING_BYTES),
        ..GpuOptions::from_env().unwrap()
    };
    some_are_upstreams(&options, &[1_100]);
}
