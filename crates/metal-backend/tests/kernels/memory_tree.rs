//! Digests of a tree are upstream's, and rows are of the digests that their records name. That every cell is
//! upstream's is tested beside its chips, in the crate of guest programs.

use openvm_metal_backend::internals::{
    kernels::trace::memory_tree::{hashes_width, BOUNDARY_WIDTH, MERKLE_WIDTH},
    BoundaryRecord, DigestTable, HashPair, HashRecord, MemoryRecords, MerkleRecord, MetalDevice,
    MetalMatrix,
};
use openvm_stark_backend::{
    hasher::MerkleHasher,
    p3_field::{Field, PrimeCharacteristicRing},
    prover::MatrixDimensions,
    test_utils::default_test_params_small,
    StarkProtocolConfig,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::{BabyBearPoseidon2Config, Digest, F};
use rand::{rngs::StdRng, Rng, SeedableRng};

use crate::common::{random_element, variants};

/// Digests of random values, and of random pairs of them, height above height.
struct Tree {
    digests: Vec<Digest>,
    values: Vec<Digest>,
    pairs: Vec<Vec<HashPair>>,
}

impl Tree {
    fn new(rng: &mut StdRng, n: u32, n_heights: usize) -> Self {
        let config = BabyBearPoseidon2Config::default_from_params(default_test_params_small());
        let values = (0..n).map(|_| std::array::from_fn(|_| random_element(rng)));
        let values: Vec<Digest> = values.collect();
        let (mut digests, mut pairs) = (values.clone(), vec![]);
        for _ in 0..n_heights {
            let n_below = digests.len() as u32;
            let mut made = vec![];
            for _ in 0..n {
                let [left, right] = [0; 2].map(|_| rng.random_range(0..n_below));
                let place = digests.len() as u32;
                made.push(HashPair { place, left, right });
                let [left, right] = [left, right].map(|place| digests[place as usize]);
                digests.push(config.hasher().compress(left, right));
            }
            pairs.push(made);
        }
        Self {
            digests,
            values,
            pairs,
        }
    }

    fn digest(&self, place: u32) -> Digest {
        self.digests[place as usize]
    }
}

fn row(device: &MetalDevice, trace: &MetalMatrix) -> impl Fn(usize) -> Vec<F> {
    let (height, values) = (trace.height(), device.download(trace).unwrap().values);
    move |row| values[row..].iter().step_by(height).copied().collect()
}

fn assert_rows(device: &MetalDevice, tree: &Tree, rng: &mut StdRng) {
    let n_digests = tree.digests.len();
    let mut place = || rng.random_range(0..n_digests as u32);
    let chunk = BoundaryRecord {
        address_space: 2,
        label: 77,
        values_before: place(),
        hash_before: place(),
        values_after: place(),
        hash_after: place(),
        timestamp_0: 0,
        timestamp_1: (1 << 29) - 1,
    };
    let node = MerkleRecord {
        height: 3,
        address_space: 1,
        label: 5,
        flags: 0b1001,
        before: place(),
        left_before: place(),
        right_before: place(),
        after: place(),
        left_after: place(),
        right_after: place(),
    };
    let records = MemoryRecords {
        n_digests,
        values: vec![(0, tree.values.clone())],
        pairs: tree.pairs.clone(),
        boundary: vec![chunk; 3],
        merkle: vec![node; 2],
        min_heights: [0, 8],
        read: (0..n_digests as u32).step_by(7).collect(),
    };
    let mut table = DigestTable::default();
    let traces = device.trace_memory(&mut table, &records);
    let expected = records.read.iter().map(|&place| tree.digest(place));
    assert!(traces.digests.unwrap() == expected.collect::<Vec<_>>());

    let number = F::from_u32;
    let boundary = row(device, &traces.boundary);
    let chunk_row = |direction, values, hash, timestamps: [u32; 2]| {
        let mut row = vec![direction, number(2), number(77)];
        row.extend(tree.digest(values));
        row.extend(tree.digest(hash));
        row.extend(timestamps.map(number));
        row
    };
    let before = chunk_row(F::ONE, chunk.values_before, chunk.hash_before, [0; 2]);
    let timestamps = [chunk.timestamp_0, chunk.timestamp_1];
    let after = chunk_row(F::NEG_ONE, chunk.values_after, chunk.hash_after, timestamps);
    assert_eq!(
        (traces.boundary.height(), before.len()),
        (8, BOUNDARY_WIDTH)
    );
    for (i, expected) in [&before, &after].into_iter().cycle().take(6).enumerate() {
        assert_eq!(boundary(i), *expected);
    }
    assert_eq!(boundary(7), vec![F::ZERO; BOUNDARY_WIDTH]);

    let merkle = row(device, &traces.merkle);
    let node_row = |direction, family: [u32; 3], left_differs| {
        let inverse = number(3).inverse();
        let mut row = vec![
            direction,
            F::ZERO,
            number(3),
            inverse,
            F::ONE,
            F::ONE,
            number(5),
        ];
        for place in family {
            row.extend(tree.digest(place));
        }
        row.extend([left_differs, F::ZERO]);
        row
    };
    let family = [node.before, node.left_before, node.right_before];
    let before = node_row(F::ONE, family, F::ZERO);
    let family = [node.after, node.left_after, node.right_after];
    let after = node_row(F::NEG_ONE, family, F::ONE);
    assert_eq!((traces.merkle.height(), before.len()), (8, MERKLE_WIDTH));
    for (i, expected) in [&before, &after, &after, &before].into_iter().enumerate() {
        assert_eq!(merkle(i), *expected);
    }
    assert_eq!(merkle(4), vec![F::ZERO; MERKLE_WIDTH]);

    for n_registers in [0, 1] {
        assert_hashes(device, tree, &table, n_registers);
    }
}

/// Inputs, outputs and numbers of permutations, of pairs and of what the host brings.
fn assert_hashes(device: &MetalDevice, tree: &Tree, table: &DigestTable, n_registers: usize) {
    let pairs = tree.pairs.concat();
    let records = { pairs.iter().zip(1..) }.map(|(pair, n_asked)| HashRecord {
        left: pair.left,
        right: pair.right,
        n_asked,
    });
    let records: Vec<_> = records.collect();
    let input = std::array::from_fn(|i| tree.digest(pairs[0].left)[i % 8]);
    let trace = device.trace_hashes(table, &records, &[(input, 9)], n_registers);
    let width = hashes_width(n_registers);
    assert_eq!(trace.width(), width);
    assert_eq!(trace.height(), (pairs.len() + 1).next_power_of_two());
    let row = row(device, &trace);
    for (i, (pair, record)) in pairs.iter().zip(&records).enumerate() {
        let row = row(i);
        let inputs = [tree.digest(pair.left), tree.digest(pair.right)].concat();
        assert_eq!((row[0], &row[1..17]), (F::ONE, &inputs[..]));
        assert_eq!(row[width - 17..width - 9], tree.digest(pair.place));
        assert_eq!(row[width - 1], F::from_u32(record.n_asked));
    }
    let of_host = row(pairs.len());
    assert_eq!(of_host[1..17], input);
    assert_eq!(of_host[width - 1], F::from_u32(9));
}

#[test]
fn digests_and_rows_are_those_of_records() {
    let mut rng = StdRng::seed_from_u64(5);
    for options in variants(16 << 10) {
        let device = MetalDevice::new(default_test_params_small(), options);
        for (n, n_heights) in [(1, 1), (65, 3), (700, 5)] {
            let tree = Tree::new(&mut rng, n, n_heights);
            assert_rows(&device, &tree, &mut rng);
        }
    }
}
