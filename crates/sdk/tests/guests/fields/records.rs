//! Random records of the chips, with many numbers at the edges.

use std::any::Any;

use num_bigint::{BigInt, BigUint};
use openvm_algebra_circuit::modular_chip::{ModularIsEqualChip, ModularIsEqualRecord};
use openvm_circuit::arch::{AdapterCoreLayout, AdapterTraceExecutor, RecordArena, VmChipWrapper};
use openvm_metal_sdk::F;
use openvm_mod_circuit_builder::{
    FieldExpr, FieldExpressionCoreRecordMut, FieldExpressionFiller, FieldExpressionMetadata,
    SymbolicExpr,
};
use openvm_rv32_adapters::{
    Rv32IsEqualModAdapterExecutor, Rv32IsEqualModAdapterRecord, Rv32VecHeapAdapterExecutor,
    Rv32VecHeapAdapterFiller, Rv32VecHeapAdapterRecord,
};
use openvm_stark_backend::p3_air::BaseAir;
use rand::{rngs::StdRng, Rng};

use crate::trace_kernels::records::{pc, read, register, start, word, write, Twins};

/// More accesses than any of the instructions makes.
const MAX_ACCESSES: u32 = 100;

type Adapter<const R: usize, const B: usize> = Rv32VecHeapAdapterExecutor<R, B, B, 4, 4>;
type AdapterRecord<const R: usize, const B: usize> = Rv32VecHeapAdapterRecord<R, B, B, 4, 4>;
type Chip<const R: usize, const B: usize> =
    VmChipWrapper<F, FieldExpressionFiller<Rv32VecHeapAdapterFiller<R, B, B, 4, 4>>>;

/// So many records, if `chip` has such an adapter.
pub fn put_expressions<const R: usize, const B: usize>(
    chip: &dyn Any,
    n_rows: usize,
    rng: &mut StdRng,
) -> Option<Twins> {
    let filler = &chip.downcast_ref::<Chip<R, B>>()?.inner;
    let expr = &filler.expr;
    let width = <Adapter<R, B> as AdapterTraceExecutor<F>>::WIDTH + BaseAir::<F>::width(expr);
    let mut twins = Twins::new(n_rows, width);
    for _ in 0..n_rows {
        let (opcode, inputs) = operation(filler, rng);
        let bytes: Vec<u8> = inputs
            .iter()
            .flat_map(|it| bytes(it, expr.num_limbs))
            .collect();
        let twin = rng.clone();
        fill_expression::<R, B>(&mut twins.host, opcode, &bytes, &mut twin.clone());
        fill_expression::<R, B>(&mut twins.device, opcode, &bytes, rng);
    }
    Some(twins)
}

fn fill_expression<'a, const R: usize, const B: usize>(
    arena: &'a mut impl RecordArena<
        'a,
        AdapterCoreLayout<FieldExpressionMetadata<F, Adapter<R, B>>>,
        (
            &'a mut AdapterRecord<R, B>,
            FieldExpressionCoreRecordMut<'a>,
        ),
    >,
    opcode: u8,
    inputs: &[u8],
    rng: &mut StdRng,
) {
    let metadata = FieldExpressionMetadata::new(inputs.len());
    let (adapter, mut core) = arena.alloc(AdapterCoreLayout::with_metadata(metadata));
    core.fill_from_execution_data(opcode, inputs);
    let from_timestamp = start(rng, MAX_ACCESSES);
    *adapter = AdapterRecord::<R, B> {
        from_pc: pc(rng),
        from_timestamp,
        rs_ptrs: std::array::from_fn(|_| register(rng)),
        rd_ptr: register(rng),
        rs_vals: std::array::from_fn(|_| pointer(rng)),
        rd_val: pointer(rng),
        rs_read_aux: std::array::from_fn(|_| read(rng, from_timestamp)),
        rd_read_aux: read(rng, from_timestamp),
        reads_aux: std::array::from_fn(|_| std::array::from_fn(|_| read(rng, from_timestamp))),
        writes_aux: std::array::from_fn(|_| write(rng, from_timestamp)),
    };
}

fn pointer(rng: &mut StdRng) -> u32 {
    word(rng) & ((1 << 29) - 1)
}

/// An opcode of the chip, and inputs for which it is defined.
fn operation<A>(filler: &FieldExpressionFiller<A>, rng: &mut StdRng) -> (u8, Vec<BigUint>) {
    let expr = &filler.expr;
    let position = rng.random_range(0..filler.local_opcode_idx.len());
    let opcode = filler.local_opcode_idx[position] as u8;
    let mut flags = vec![false; expr.num_flags()];
    let flag = filler.opcode_flag_idx.get(position);
    flag.into_iter().for_each(|&flag| flags[flag] = true);
    loop {
        let mut inputs: Vec<_> = (0..expr.num_inputs()).map(|_| number(expr, rng)).collect();
        if rng.random_bool(0.2) {
            let first = inputs[0].clone();
            inputs.fill(first);
        }
        if flag.is_none() {
            let fixed = [&expr.prime].into_iter().chain(&expr.setup_values);
            inputs
                .iter_mut()
                .zip(fixed)
                .for_each(|(input, fixed)| *input = fixed.clone());
        }
        if is_defined(expr, &inputs, &flags) {
            return (opcode, inputs);
        }
    }
}

/// A number of as many bytes as the chip's, often near zero, the prime, or the largest.
fn number(expr: &FieldExpr, rng: &mut StdRng) -> BigUint {
    let most = expr.proper_max();
    let random = BigUint::from_bytes_le(
        &(0..expr.num_limbs)
            .map(|_| rng.random())
            .collect::<Vec<u8>>(),
    );
    match rng.random_range(0..10) {
        0 => BigUint::ZERO,
        1 => BigUint::from(1_u32),
        2 => &expr.prime - 1_u32,
        3 => expr.prime.clone(),
        4 => (&expr.prime + 1_u32).min(most.clone()),
        5 => most.clone(),
        6 => random % &expr.prime,
        _ => random,
    }
}

/// Whether nothing is divided by zero and all constraints hold, which is not so at every setup.
fn is_defined(expr: &FieldExpr, inputs: &[BigUint], flags: &[bool]) -> bool {
    let mut variables = vec![BigUint::ZERO; expr.num_vars()];
    for (index, compute) in expr.computes.iter().enumerate() {
        if !divides_well(compute, inputs, &variables, flags, &expr.prime) {
            return false;
        }
        variables[index] = compute.compute(inputs, &variables, flags, &expr.prime);
    }
    let signed = |numbers: &[BigUint]| -> Vec<BigInt> {
        numbers.iter().map(|number| number.clone().into()).collect()
    };
    let (inputs, variables) = (signed(inputs), signed(&variables));
    expr.constraints.iter().all(|constraint| {
        let sum = constraint.evaluate_bigint(&inputs, &variables, flags);
        sum % &expr.prime_bigint == BigInt::ZERO
    })
}

fn divides_well(
    expression: &SymbolicExpr,
    inputs: &[BigUint],
    variables: &[BigUint],
    flags: &[bool],
    prime: &BigUint,
) -> bool {
    let well = |part: &SymbolicExpr| divides_well(part, inputs, variables, flags, prime);
    match expression {
        SymbolicExpr::Input(_) | SymbolicExpr::Var(_) | SymbolicExpr::Const(..) => true,
        SymbolicExpr::Add(a, b) | SymbolicExpr::Sub(a, b) | SymbolicExpr::Mul(a, b) => {
            well(a) && well(b)
        }
        SymbolicExpr::Div(a, b) => {
            well(a) && well(b) && b.compute(inputs, variables, flags, prime) != BigUint::ZERO
        }
        SymbolicExpr::IntAdd(a, _) | SymbolicExpr::IntMul(a, _) => well(a),
        SymbolicExpr::Select(flag, a, b) => well(if flags[*flag] { a } else { b }),
    }
}

fn bytes(number: &BigUint, n_bytes: usize) -> Vec<u8> {
    let mut bytes = number.to_bytes_le();
    bytes.resize(n_bytes, 0);
    bytes
}

/// So many records, if `chip` compares numbers of so many bytes.
pub fn put_is_equal<const BLOCKS: usize, const BYTES: usize>(
    chip: &dyn Any,
    n_rows: usize,
    rng: &mut StdRng,
) -> Option<Twins> {
    let chip = chip.downcast_ref::<ModularIsEqualChip<F, BLOCKS, 4, BYTES>>()?;
    let modulus = chip.inner.modulus_limbs;
    type Adapter<const BLOCKS: usize, const BYTES: usize> =
        Rv32IsEqualModAdapterExecutor<2, BLOCKS, 4, BYTES>;
    let width = <Adapter<BLOCKS, BYTES> as AdapterTraceExecutor<F>>::WIDTH + 6 + 4 * BYTES;
    let mut twins = Twins::new(n_rows, width);
    for _ in 0..n_rows {
        twins.put::<Adapter<BLOCKS, BYTES>, _, _>(rng, |rng| {
            (
                is_equal_adapter::<BLOCKS, BYTES>(rng),
                is_equal(modulus, rng),
            )
        });
    }
    Some(twins)
}

fn is_equal_adapter<const BLOCKS: usize, const BYTES: usize>(
    rng: &mut StdRng,
) -> Rv32IsEqualModAdapterRecord<2, BLOCKS, 4, BYTES> {
    let timestamp = start(rng, MAX_ACCESSES);
    Rv32IsEqualModAdapterRecord {
        from_pc: pc(rng),
        timestamp,
        rs_ptr: std::array::from_fn(|_| register(rng)),
        rs_val: std::array::from_fn(|_| pointer(rng)),
        rs_read_aux: std::array::from_fn(|_| read(rng, timestamp)),
        heap_read_aux: std::array::from_fn(|_| std::array::from_fn(|_| read(rng, timestamp))),
        rd_ptr: register(rng),
        writes_aux: write(rng, timestamp),
    }
}

/// Two numbers below the modulus, often equal or but for a byte; at the setup the first one is the modulus.
fn is_equal<const BYTES: usize>(
    modulus: [u8; BYTES],
    rng: &mut StdRng,
) -> ModularIsEqualRecord<BYTES> {
    let prime = BigUint::from_bytes_le(&modulus);
    let below = |rng: &mut StdRng| {
        let random = BigUint::from_bytes_le(&std::array::from_fn::<u8, BYTES, _>(|_| rng.random()));
        match rng.random_range(0..5) {
            0 => BigUint::ZERO,
            1 => BigUint::from(1_u32),
            2 => &prime - 1_u32,
            _ => random % &prime,
        }
    };
    let array = |number: &BigUint| -> [u8; BYTES] { bytes(number, BYTES).try_into().unwrap() };
    let c = below(rng);
    let b = match rng.random_range(0..4) {
        0 => c.clone(),
        1 => &c ^ (BigUint::from(1_u32) << rng.random_range(0..8 * BYTES)),
        _ => below(rng),
    };
    let is_setup = rng.random_bool(0.2);
    ModularIsEqualRecord {
        is_setup,
        b: if is_setup {
            modulus
        } else {
            array(&(b % &prime))
        },
        c: array(&c),
    }
}
