//! A kernel for the extension's chip.

use openvm_metal_backend::{GpuOptions, Multiply, TraceKernel};
use openvm_metal_sdk::{Error, TraceKernels};
use rand::{rngs::StdRng, SeedableRng};

use super::{is_proven_on_host, key, prover, vm_config, CustomBuilder, SecondAluChip};
use crate::{
    common::input,
    trace_kernels::{case, records::base_alu, Twin},
};

/// What makes the chip's trace on the GPU.
fn second_alu(width: usize, record_words: usize) -> TraceKernel {
    let text = include_str!("second_alu.wgsl");
    TraceKernel::from_wgsl("SecondAlu", width, record_words, text).unwrap()
}

/// Columns of the chip, and words of its records.
const WIDTH: usize = 36;
const RECORD_WORDS: usize = 13;

#[test]
fn a_users_own_kernel_makes_its_trace() {
    let kernels = TraceKernels::rv32im().with::<SecondAluChip>(second_alu(WIDTH, RECORD_WORDS));
    assert!(!is_proven_on_host(&key(), kernels));
}

#[test]
fn a_users_own_kernel_makes_upstreams_rows() {
    let kernel = second_alu(WIDTH, RECORD_WORDS);
    let case = case::<SecondAluChip>(kernel.clone(), base_alu);
    for multiply in [Multiply::U64, Multiply::U32] {
        let options = GpuOptions {
            multiply: Some(multiply),
            ..GpuOptions::from_env().unwrap()
        };
        let kernels = TraceKernels::none().with::<SecondAluChip>(kernel.clone());
        let twin = Twin::of(CustomBuilder, &vm_config(), kernels, &options);
        let mut rng = StdRng::seed_from_u64(16);
        for n_rows in [0, 1, 3, 257] {
            twin.compare_rows(&case, n_rows, &mut rng);
            twin.compare_tables("the second unit");
        }
    }
}

#[test]
fn a_kernel_that_does_not_fit_its_chip_is_an_error() {
    let key = key();
    let with = |width, record_words| {
        TraceKernels::rv32im().with::<SecondAluChip>(second_alu(width, record_words))
    };
    let narrow = prover(&key, with(35, RECORD_WORDS)).err().unwrap();
    assert!(
        narrow.to_string().ends_with(
            "is for 35 columns, and the chip has 36: make it for the chip's trace and records"
        ),
        "{narrow}"
    );
    let mut short = prover(&key, with(WIDTH, 12)).unwrap();
    let short = short.prove(input(20), &mut ()).err().unwrap();
    let found = match short {
        Error::TraceKernel {
            air,
            what,
            expected,
            found,
        } if air.contains("BaseAlu") => (what, expected, found),
        other => panic!("{other}"),
    };
    assert_eq!(found, ("words in a record", 12, 13));
}
