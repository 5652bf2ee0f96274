//! States as bytes.

use openvm_circuit::{
    arch::{
        deferral::DeferralState, instructions::DEFERRAL_AS, MemoryConfig, SystemConfig, VmExecutor,
        VmState,
    },
    system::memory::online::LinearMemory,
};
use openvm_sdk::StdIn;
use openvm_sdk_config::SdkVmConfig;
use openvm_stark_backend::p3_field::PrimeCharacteristicRing;
use rand::{rngs::StdRng, Rng, RngCore, SeedableRng};

use super::{config_of, exe, guests, input, riscv32};
use crate::{
    execution::{decode, encode},
    Error, F,
};

pub(crate) fn memory_config(config: &SdkVmConfig) -> &MemoryConfig {
    let system: &SystemConfig = config.as_ref();
    &system.memory_config
}

/// In everything that execution sees.
pub(crate) fn assert_same(a: &VmState<F>, b: &VmState<F>, what: &str) {
    assert_eq!(a.pc(), b.pc(), "{what}");
    let memories = a.memory.memory.mem.iter().zip(&b.memory.memory.mem);
    // The first has notes, see `PagesInUse`.
    for (address_space, (a, b)) in memories.enumerate().skip(1) {
        let is_same = a.as_slice() == b.as_slice();
        assert!(is_same, "{what}: address space {address_space}");
    }
    let (a_streams, b_streams) = (&a.streams, &b.streams);
    assert_eq!(a_streams.input_stream, b_streams.input_stream, "{what}");
    assert_eq!(a_streams.hint_stream, b_streams.hint_stream, "{what}");
    assert!(a_streams.deferrals.is_empty() && b_streams.deferrals.is_empty());
    assert_eq!(a.rng, b.rng, "{what}");
}

/// Of which guests read the first part alone.
fn long_input(n: u64) -> StdIn {
    let mut input = input(n);
    input.write_bytes(b"nobody reads this");
    input
}

/// A state of `fibonacci` after so many instructions, and what it is of.
fn fibonacci(place: u64) -> (VmState<F>, SdkVmConfig, StdIn) {
    let (config, input) = (riscv32(), long_input(4_000));
    let exe = exe("fibonacci", &config);
    let executor = VmExecutor::new(config.clone()).unwrap();
    let interpreter = executor.instance(&exe).unwrap();
    let state = interpreter.create_initial_vm_state(input.clone());
    let state = interpreter.execute_from_state(state, Some(place)).unwrap();
    (state, config, input)
}

#[test]
fn every_guest_ends_the_same_from_a_stored_state() {
    for file in std::fs::read_dir(guests().join("elf")).unwrap() {
        let path = file.unwrap().path();
        let guest = path.file_stem().unwrap().to_str().unwrap();
        let config = config_of(guest);
        let exe = exe(guest, &config);
        let executor = VmExecutor::new(config.clone()).unwrap();
        let interpreter = executor.instance(&exe).unwrap();
        let input = long_input(if guest == "fibonacci" { 4_000 } else { 10 });
        for place in [1_000, 20_000] {
            let what = format!("{guest} after {place} instructions");
            let state = interpreter.create_initial_vm_state(input.clone());
            let Ok(state) = interpreter.execute_from_state(state, Some(place)) else {
                break;
            };
            let bytes = encode(&state, place, &input).unwrap();
            let stored = decode(&bytes, place, memory_config(&config), &input).unwrap();
            assert_same(&state, &stored, &what);
            let ends = [state, stored].map(|state| interpreter.execute_from_state(state, None));
            match ends {
                [Ok(end), Ok(end_from_stored)] => assert_same(&end, &end_from_stored, &what),
                [Err(error), Err(from_stored)] => {
                    assert_eq!(error.to_string(), from_stored.to_string(), "{what}");
                }
                _ => panic!("{what}: one of the ends is an error"),
            }
        }
    }
}

#[test]
fn hints_that_wait_and_input_that_was_not_read_are_kept() {
    let (config, input) = (riscv32(), long_input(4_000));
    let exe = exe("fibonacci", &config);
    let executor = VmExecutor::new(config.clone()).unwrap();
    let interpreter = executor.instance(&exe).unwrap();
    let mut state = interpreter.create_initial_vm_state(input.clone());
    let (mut n_waiting, mut place) = (vec![0], 0);
    // Until there are none again.
    while n_waiting.len() < 2 || n_waiting.last() != Some(&0) {
        state = interpreter.execute_from_state(state, Some(1)).unwrap();
        place += 1;
        if n_waiting.last() == Some(&state.streams.hint_stream.len()) {
            continue;
        }
        n_waiting.push(state.streams.hint_stream.len());
        let bytes = encode(&state, place, &input).unwrap();
        let stored = decode(&bytes, place, memory_config(&config), &input).unwrap();
        assert_eq!(stored.streams.input_stream.len(), 1);
        assert_same(&state, &stored, &format!("{n_waiting:?}"));
        let ends = [stored, state].map(|state| interpreter.execute_from_state(state, Some(9_999)));
        let [Ok(end_from_stored), Ok(end)] = ends else {
            panic!("{n_waiting:?}: an end is an error");
        };
        assert_same(&end, &end_from_stored, &format!("{n_waiting:?}"));
        state = interpreter.create_initial_vm_state(input.clone());
        state = interpreter.execute_from_state(state, Some(place)).unwrap();
    }
    // Some were taken, and some were left.
    assert!(n_waiting.len() > 3, "{n_waiting:?}");
}

#[test]
fn elements_of_the_field_are_kept_and_others_are_none() {
    let (mut state, config, input) = fibonacci(1_000);
    let elements = [F::ZERO, F::from_u32(256), F::NEG_ONE];
    state.streams.hint_stream.extend(elements);
    // This VM has no address space of elements; others do.
    let (mut memory, cells) = (memory_config(&config).clone(), 1_024);
    memory.addr_spaces[DEFERRAL_AS as usize].num_cells = cells;
    state.memory.memory.mem[DEFERRAL_AS as usize] = LinearMemory::new(cells * size_of::<F>());
    let bytes = encode(&state, 1_000, &input).unwrap();
    let of = |bytes: &[u8]| decode(bytes, 1_000, &memory, &input);
    assert_same(&state, &of(&bytes).unwrap(), "hints");

    let order: u32 = 0x7800_0001;
    for (cell, is_element) in [(order - 1, true), (order, false)] {
        let cells = state.memory.memory.mem[DEFERRAL_AS as usize].as_mut_slice();
        cells[4..8].copy_from_slice(&cell.to_le_bytes());
        let stored = of(&encode(&state, 1_000, &input).unwrap());
        assert_eq!(stored.is_ok(), is_element, "{cell}");
    }
}

#[test]
fn a_state_that_bytes_cannot_tell_is_not_stored() {
    let (mut state, _, mut input) = fibonacci(1_000);
    assert!(encode(&state, 1_000, &input).is_some());
    let fresh = state.rng.clone();
    let _drawn: u8 = state.rng.random();
    assert!(encode(&state, 1_000, &input).is_none(), "random numbers");
    state.rng = fresh;
    state.streams.deferrals.push(DeferralState::default());
    assert!(encode(&state, 1_000, &input).is_none(), "deferrals");
    state.streams.deferrals.clear();
    assert!(encode(&state, 1_000, &input).is_some());
    input.buffer[1][0] += F::ONE;
    assert!(encode(&state, 1_000, &input).is_none(), "another input");
    input.buffer.truncate(0);
    assert!(encode(&state, 1_000, &input).is_none(), "no input");
}

#[test]
fn bytes_of_no_state_are_an_error() {
    let (state, config, input) = fibonacci(1_000);
    let good = encode(&state, 1_000, &input).unwrap();
    let of = |bytes: &[u8]| decode(bytes, 1_000, memory_config(&config), &input);
    let is_refused = |bytes: &[u8]| matches!(of(bytes), Err(Error::StoredState(_)));
    assert!(of(&good).is_ok());

    let at = (0..200).chain((200..good.len()).step_by(1_021));
    for at in at {
        assert!(is_refused(&good[..at]), "cut off at {at}");
    }
    assert!(is_refused(&[&good[..], &[0]].concat()), "one byte more");
    assert!(decode(&good, 1_001, memory_config(&config), &input).is_err());
    // All that is before the first page's bytes: nothing is made room for before it is there.
    for at in 0..=48 {
        let mut huge = good.clone();
        huge[at..at + 8].fill(u8::MAX);
        assert!(is_refused(&huge), "{at}");
        for bit in 0..8 {
            let mut flipped = good.clone();
            flipped[at] ^= 1 << bit;
            let _whatever = of(&flipped);
        }
    }
    let mut rng = StdRng::seed_from_u64(7);
    for n in (0..3_000).step_by(17) {
        let mut garbage = vec![0; n];
        rng.fill_bytes(&mut garbage);
        assert!(is_refused(&garbage));
        assert!(is_refused(&[&good[..12], &garbage].concat()));
    }
}
