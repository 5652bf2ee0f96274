//! STARK proofs from the command line, exchanged with openvm-sdk.

use crate::{
    support::{guest, input, Place},
    toy_params,
};
use openvm_metal_sdk::aggregation_keygen;
use openvm_sdk::{
    config::AppConfig,
    fs::{read_from_file_json, write_object_to_file},
    keygen::AppProvingKey,
    types::{VerificationBaselineJson, VersionedVmStarkProof},
    CpuSdk,
};
use openvm_sdk_config::SdkVmConfig;

#[test]
fn a_stark_proof_is_made_verified_and_read_by_openvm_sdk() {
    let place = Place::new();
    let config = AppConfig::new(SdkVmConfig::riscv32(), toy_params::app_params());
    let app = AppProvingKey::keygen(config).unwrap();
    let key = aggregation_keygen(&app, toy_params::aggregation_params()).unwrap();
    let verifying_key = key.internal_recursive.get_vk();
    write_object_to_file(place.path("app.pk"), app).unwrap();
    write_object_to_file(place.path("agg_prefix.pk"), key.prefix).unwrap();
    write_object_to_file(place.path("recursive.pk"), key.internal_recursive).unwrap();
    write_object_to_file(place.path("recursive.vk"), &verifying_key).unwrap();

    let (exe, n) = (guest("fibonacci"), input(10));
    let prove = [
        "prove",
        "stark",
        "--engine",
        "gpu",
        "--exe",
        &exe,
        "--input",
        &n,
        "--app-pk",
        "app.pk",
        "--agg-prefix-pk",
        "agg_prefix.pk",
        "--agg-pk",
        "recursive.pk",
    ];
    place.call(prove).succeeds();
    let verify = |key: &str, proof: &str| {
        let baseline = "fibonacci.baseline.json";
        place.call([
            "verify",
            "stark",
            "--agg-vk",
            key,
            "--app-baseline",
            baseline,
            "--proof",
            proof,
        ])
    };
    let said = verify("recursive.vk", "fibonacci.stark.proof").succeeds();
    assert_eq!(said, "Proof verified successfully!\n");

    let proof = place.path("fibonacci.stark.proof");
    let proof: VersionedVmStarkProof = read_from_file_json(proof).unwrap();
    let baseline = place.path("fibonacci.baseline.json");
    let baseline: VerificationBaselineJson = read_from_file_json(baseline).unwrap();
    let proof = proof.try_into().unwrap();
    CpuSdk::verify_proof(verifying_key, baseline.into(), &proof).unwrap();

    // A proof with another public value.
    let text = std::fs::read_to_string(place.path("fibonacci.stark.proof")).unwrap();
    let mut other: serde_json::Value = serde_json::from_str(&text).unwrap();
    let values = other["user_pvs_proof"].as_str().unwrap();
    let last = values.len() - 2 * 32 - 2;
    let changed = format!("{}01{}", &values[..last], &values[last + 2..]);
    other["user_pvs_proof"] = changed.into();
    place.write("other.stark.proof", other.to_string());
    verify("recursive.vk", "other.stark.proof").fails(1, &["other.stark.proof"]);
}
