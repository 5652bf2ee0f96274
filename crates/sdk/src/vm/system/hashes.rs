//! The trace of all hashes, which is the last that is made of a segment but for the range table's.

use std::{
    mem,
    sync::{atomic::Ordering::Relaxed, Arc, Mutex, PoisonError},
};

use openvm_circuit::{
    primitives::Chip,
    system::poseidon2::{Poseidon2PeripheryBaseChip, Poseidon2PeripheryChip},
};
use openvm_metal_backend::{DigestTable, HashInput, HashRecord, MetalBackend, MetalDevice};
use openvm_stark_backend::prover::AirProvingContext;

use crate::F;

/// What the system's rows ask for, from when they are made until the hashes' are.
#[derive(Default)]
pub(in crate::vm) struct AskedHashes(Mutex<(DigestTable, Vec<HashRecord>)>);

impl AskedHashes {
    pub(super) fn put(&self, table: DigestTable, records: Vec<HashRecord>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (table, records);
    }

    fn take(&self) -> (DigestTable, Vec<HashRecord>) {
        mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Upstream's periphery chip with its trace made on the device: of what the system asks for there, and of what chips
/// on the host have asked for.
pub(in crate::vm) struct DeviceHasher {
    pub(in crate::vm) host: Arc<Poseidon2PeripheryChip<F>>,
    pub(in crate::vm) asked: Arc<AskedHashes>,
    pub(in crate::vm) device: MetalDevice,
}

impl<RA> Chip<RA, MetalBackend> for DeviceHasher {
    fn generate_proving_ctx(&self, _: RA) -> AirProvingContext<MetalBackend> {
        let (inputs, n_registers) = match &*self.host {
            Poseidon2PeripheryChip::Register0(chip) => (take_inputs(chip), 0),
            Poseidon2PeripheryChip::Register1(chip) => (take_inputs(chip), 1),
        };
        let (table, records) = self.asked.take();
        let trace = { &self.device }.trace_hashes(&table, &records, &inputs, n_registers);
        AirProvingContext::simple_no_pis(trace)
    }
}

/// What was asked of `chip` on the host; it starts again from nothing.
fn take_inputs<const N: usize>(chip: &Poseidon2PeripheryBaseChip<F, N>) -> Vec<HashInput> {
    let number = |asked: &std::sync::atomic::AtomicU32| asked.load(Relaxed);
    let inputs = chip.records.iter();
    let mut inputs: Vec<HashInput> = inputs
        .map(|record| (*record.key(), number(record.value())))
        .collect();
    // The map's order is another with each number of threads.
    inputs.sort_unstable();
    chip.records.clear();
    chip.nonempty.store(false, Relaxed);
    inputs
}

#[cfg(test)]
mod tests {
    use openvm_circuit::{
        arch::{hasher::HasherChip, vm_poseidon2_config},
        system::memory::CHUNK,
    };
    use openvm_metal_backend::{GpuOptions, MemoryRecords, MetalMatrix};
    use openvm_stark_backend::{
        p3_field::{PrimeCharacteristicRing, PrimeField32},
        prover::MatrixDimensions,
    };
    use openvm_stark_sdk::config::app_params_with_100_bits_security;

    use super::*;
    use crate::vm::transport::Host;

    fn sorted_rows(device: &MetalDevice, trace: &MetalMatrix) -> Vec<Vec<F>> {
        let values = device.download(trace).unwrap().values;
        let row = |row| values[row..].iter().step_by(trace.height()).copied();
        let mut rows: Vec<Vec<F>> = (0..trace.height()).map(|i| row(i).collect()).collect();
        rows.sort_unstable();
        rows
    }

    #[test]
    fn what_both_sides_ask_for_is_in_one_trace() {
        let options = GpuOptions::from_env().unwrap();
        let device = MetalDevice::new(app_params_with_100_bits_security(19), &options);
        let chunk = |first: u32| -> [F; CHUNK] {
            std::array::from_fn(|i| F::from_u32(first) + F::from_usize(i))
        };
        let ask = |chip: &Poseidon2PeripheryChip<F>, [left, right]: [u32; 2]| {
            let _hash = chip.compress_and_record(&chunk(left), &chunk(right));
        };
        for max_degree in [3, 7] {
            let chip = || Poseidon2PeripheryChip::<F>::new(vm_poseidon2_config(), max_degree);
            let (host, upstream) = (Arc::new(chip()), chip());
            let asked = [[1, 9], [1, 9], [5, 9], [F::ORDER_U32 - 1, 9], [1, 9]];
            for pair in asked {
                ask(&host, pair);
                ask(&upstream, pair);
            }
            let mut table = DigestTable::default();
            let records = MemoryRecords {
                n_digests: 2,
                values: vec![(0, vec![chunk(3), chunk(4)])],
                ..MemoryRecords::default()
            };
            let traces = device.trace_memory(&mut table, &records);
            assert!(traces.digests.unwrap().is_empty());
            let asked = Arc::<AskedHashes>::default();
            let (left, right) = (1, 0);
            let on_device = [HashRecord {
                left,
                right,
                n_asked: 5,
            }];
            asked.put(table, on_device.to_vec());
            (0..5).for_each(|_| ask(&upstream, [4, 3]));
            let hasher = DeviceHasher {
                host,
                asked,
                device: device.clone(),
            };
            let found = Chip::<(), MetalBackend>::generate_proving_ctx(&hasher, ());
            let expected = Chip::<(), Host>::generate_proving_ctx(&upstream, ()).common_main;
            let mut expected: Vec<Vec<F>> = { expected.values.chunks(expected.width) }
                .map(<[F]>::to_vec)
                .collect();
            expected.sort_unstable();
            assert!(sorted_rows(&device, &found.common_main) == expected);

            let nothing = Chip::<(), MetalBackend>::generate_proving_ctx(&hasher, ());
            assert_eq!(nothing.common_main.height(), 0);
        }
    }

    #[test]
    fn a_tree_too_large_for_the_bindings_is_an_error() {
        let options = GpuOptions {
            max_binding_bytes: Some(1 << 20),
            ..GpuOptions::from_env().unwrap()
        };
        let device = MetalDevice::new(app_params_with_100_bits_security(19), &options);
        let records = MemoryRecords {
            n_digests: 1 << 18,
            ..MemoryRecords::default()
        };
        let traces = device.trace_memory(&mut DigestTable::default(), &records);
        let error = traces.digests.unwrap_err().to_string();
        assert!(
            error.contains("the tree over the guest's memory"),
            "{error}"
        );
        assert!(device.download(&traces.merkle).is_err());
    }
}
