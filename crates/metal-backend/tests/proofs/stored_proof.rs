//! A proof and its verifying key, kept as files: what one version made, later ones read, verify, and make again
//! byte by byte. Proof-of-work does not stand in the way, as the engine finds the smallest nonces.
//!
//! The proof is in upstream's codec, the key in postcard.

use std::{fs, path::PathBuf};

use openvm_metal_backend::internals::BabyBearPoseidon2MetalEngine;
use openvm_stark_backend::{
    codec::{Decode, Encode},
    keygen::types::MultiStarkVerifyingKey,
    proof::Proof,
    test_utils::default_test_params_small,
    StarkEngine,
};

use crate::common::statement::{mixture, Reference, Sc};

const PROOF: &str = "mixture.proof";
const VERIFYING_KEY: &str = "mixture.vk.postcard";
const REMEDY: &str = "if the protocol, the key's format or the statement was meant to change, make the files anew with
    cargo test --release --workspace --test proofs stored_proof::make_anew -- --ignored --exact
and say in CHANGELOG.md that older proofs or keys are not read any more";

#[test]
fn the_stored_proof_verifies() {
    let key: MultiStarkVerifyingKey<Sc> = postcard::from_bytes(&read(VERIFYING_KEY))
        .unwrap_or_else(|e| panic!("{VERIFYING_KEY}: {e}; {REMEDY}"));
    let bytes = read(PROOF);
    let proof =
        Proof::<Sc>::decode_from_bytes(&bytes).unwrap_or_else(|e| panic!("{PROOF}: {e}; {REMEDY}"));

    let verified = Reference::new(key.inner.params.clone()).verify(&key, &proof);

    assert_eq!(verified, Ok(()), "{REMEDY}");
    assert!(
        proof.encode_to_vec().unwrap() == bytes,
        "{PROOF} is encoded otherwise; {REMEDY}"
    );
}

#[test]
fn the_stored_proof_is_made_again() {
    let (key, proof) = make();

    assert!(key == read(VERIFYING_KEY), "another key; {REMEDY}");
    assert!(proof == read(PROOF), "another proof; {REMEDY}");
}

/// Not a test: writes the files.
#[test]
#[ignore = "writes the files that the tests compare with"]
fn make_anew() {
    let (key, proof) = make();
    fs::write(path(VERIFYING_KEY), key).unwrap();
    fs::write(path(PROOF), proof).unwrap();
}

/// The bytes of the verifying key and of the engine's proof.
fn make() -> (Vec<u8>, Vec<u8>) {
    let params = default_test_params_small();
    let statement = mixture(&params);
    let (pk, vk) = statement.keygen(&params);
    let engine = BabyBearPoseidon2MetalEngine::try_new(params).unwrap();
    let proof = statement.prove(&engine, &pk);
    let key = postcard::to_allocvec(&vk).unwrap();
    (key, proof.encode_to_vec().unwrap())
}

fn read(file: &str) -> Vec<u8> {
    fs::read(path(file)).unwrap_or_else(|e| panic!("{file}: {e}; {REMEDY}"))
}

fn path(file: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/data", file]
        .iter()
        .collect()
}
