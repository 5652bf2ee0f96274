//! Field arithmetic in both forms equals Plonky3's.

use crate::common::{gpus, random_element};
use openvm_metal_backend::internals::{
    gpu::{Element, Gpu, KernelText},
    kernels::field,
};
use openvm_stark_backend::p3_field::{BasedVectorSpace, PrimeCharacteristicRing};
use openvm_stark_sdk::config::baby_bear_poseidon2::{EF, F};
use rand::{rngs::StdRng, SeedableRng};

const N_PAIRS: usize = 1000;

/// Evaluates a WGSL expression in `a` and `b`, of type `ty`, for all pairs.
fn evaluate<T: Element>(gpu: &Gpu, ty: &str, expression: &str, a: &[T], b: &[T]) -> Vec<T> {
    let source = format!(
        "{}
@group(0) @binding(0) var<storage, read> input_a: array<{ty}>;
@group(0) @binding(1) var<storage, read> input_b: array<{ty}>;
@group(0) @binding(2) var<storage, read_write> output: array<{ty}>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {{
    if (id.x < {len}u) {{
        let a = input_a[id.x];
        let b = input_b[id.x];
        output[id.x] = {expression};
    }}
}}
",
        field::source(gpu.multiply()),
        len = a.len(),
    );
    let text = KernelText::undeclared(&source, source.clone());
    let pipeline = gpu.pipeline(&text).unwrap();
    let [a, b] = [a, b].map(|values| gpu.upload(values, "test").unwrap());
    let output = gpu.alloc::<T>(a.len(), "test").unwrap();
    let mut recorder = gpu.recorder("test");
    let bindings = [a.binding(), b.binding(), output.binding()];
    recorder.dispatch(
        &pipeline,
        &bindings,
        &[],
        [a.len().div_ceil(64) as u32, 1, 1],
    );
    let values = recorder.read_back(&output, 0..output.len());
    recorder
        .submit()
        .unwrap()
        .wait()
        .unwrap()
        .values(&values)
        .unwrap()
}

fn assert_matches<T: Element + PartialEq + std::fmt::Debug>(
    ty: &str,
    expression: &str,
    pairs: &[(T, T)],
    expected: impl Fn(T, T) -> T,
) {
    let (a, b): (Vec<T>, Vec<T>) = pairs.iter().copied().unzip();
    let expected: Vec<T> = pairs.iter().map(|(a, b)| expected(*a, *b)).collect();
    for gpu in gpus() {
        let actual = evaluate(&gpu, ty, expression, &a, &b);
        assert_eq!(actual, expected, "{expression}, {:?}", gpu.multiply());
    }
}

#[test]
fn base_field_matches_plonky3() {
    let mut rng = StdRng::seed_from_u64(1);
    let pairs: Vec<_> = (0..N_PAIRS)
        .map(|_| (random_element(&mut rng), random_element(&mut rng)))
        .collect();
    let check = |expression: &str, expected: fn(F, F) -> F| {
        assert_matches("u32", expression, &pairs, expected);
    };
    check("fp_add(a, b)", |a, b| a + b);
    check("fp_sub(a, b)", |a, b| a - b);
    check("fp_neg(a)", |a, _| -a);
    check("fp_double(a)", |a, _| a.double());
    check("fp_halve(a)", |a, _| a.halve());
    check("fp_mul(a, b)", |a, b| a * b);
    check("fp_exp7(a)", |a, _| a.exp_u64(7));
    check("fp_mul(FP_ONE, b)", |_, b| b);
}

#[test]
fn extension_field_matches_plonky3() {
    let mut rng = StdRng::seed_from_u64(2);
    let mut element = || EF::from_basis_coefficients_fn(|_| random_element(&mut rng));
    let pairs: Vec<_> = (0..N_PAIRS).map(|_| (element(), element())).collect();
    let check = |expression: &str, expected: fn(EF, EF) -> EF| {
        assert_matches("vec4<u32>", expression, &pairs, expected);
    };
    check("ef_add(a, b)", |a, b| a + b);
    check("ef_sub(a, b)", |a, b| a - b);
    check("ef_mul(a, b)", |a, b| a * b);
    check("ef_mul_fp(a, b.y)", |a, b| {
        let coefficients: &[F] = b.as_basis_coefficients_slice();
        a * coefficients[1]
    });
}
