use openvm_stark_backend::{
    p3_field::{Field, PrimeCharacteristicRing},
    p3_symmetric::Permutation,
};
use openvm_stark_sdk::config::baby_bear_poseidon2::F;
use p3_baby_bear::default_babybear_poseidon2_16;
use rand::{rngs::StdRng, Rng, SeedableRng};

use super::{permute, permute_by_words, permute_in_vectors, WIDTH};

/// States of the words 0, 1 and p - 1, and of words whose Montgomery form is one of these: all
/// equal, one among others, and random mixtures.
fn edges(rng: &mut StdRng) -> Vec<[F; WIDTH]> {
    let r = F::from_u64(1 << 32);
    let words = [F::ZERO, F::ONE, F::NEG_ONE, r.inverse(), -r.inverse()];
    let mut states = vec![];
    for a in words {
        for b in words {
            states.extend((0..WIDTH).map(|i| {
                let mut state = [a; WIDTH];
                state[i] = b;
                state
            }));
        }
    }
    states.extend((0..10_000).map(|_| [0; WIDTH].map(|_| words[rng.random_range(0..words.len())])));
    states
}

fn assert_equal_to_plonky3(permute: impl Fn(&mut [F; WIDTH])) {
    let mut rng = StdRng::seed_from_u64(1);
    let reference = default_babybear_poseidon2_16();
    let edges = edges(&mut rng);
    let random = (0..200_000).map(|_| rng.random());
    for state in edges.into_iter().chain(random) {
        let (mut permuted, mut expected) = (state, state);
        permute(&mut permuted);
        reference.permute_mut(&mut expected);
        assert_eq!(permuted, expected, "from {state:?}");
    }
}

#[test]
fn in_vectors() {
    if permute_in_vectors(&mut [F::ZERO; WIDTH]) {
        assert_equal_to_plonky3(|state| assert!(permute_in_vectors(state)));
    } else {
        println!("skipped: this processor has none of the vectors");
    }
}

#[test]
fn by_words() {
    assert_equal_to_plonky3(permute_by_words);
}

#[test]
fn as_dispatched() {
    assert_equal_to_plonky3(permute);
}
