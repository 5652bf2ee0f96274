//! Proofs from the command line, exchanged with openvm-sdk.

use crate::support::{guest, input, Place};
use openvm_circuit::arch::ContinuationVmProof;
use openvm_continuations::CommitBytes;
use openvm_sdk::{
    config::AppConfig,
    fs::{read_object_from_file, write_object_to_file, write_to_file_json},
    keygen::AppProvingKey,
    prover::verify_app_proof,
    types::AppExecutionCommit,
    SC,
};
use openvm_sdk_config::SdkVmConfig;
use openvm_stark_sdk::config::{
    app_params_with_100_bits_security, baby_bear_poseidon2::BabyBearPoseidon2CpuEngine,
};

/// The smallest that holds the tables of RV32IM.
const LOG_STACKED_HEIGHT: usize = 19;

#[test]
fn proofs_are_made_verified_and_exchanged() {
    let place = Place::new();
    let config = |log_height| {
        let params = app_params_with_100_bits_security(log_height);
        AppConfig::new(SdkVmConfig::riscv32(), params)
    };
    let key = AppProvingKey::keygen(config(LOG_STACKED_HEIGHT)).unwrap();
    write_object_to_file(place.path("app.pk"), &key).unwrap();
    write_object_to_file(place.path("app.vk"), key.get_app_vk()).unwrap();
    let other = AppProvingKey::keygen(config(LOG_STACKED_HEIGHT + 1)).unwrap();
    write_object_to_file(place.path("other.vk"), other.get_app_vk()).unwrap();
    let prove = |name: &str, n, options: &[&str]| {
        let (exe, n) = (guest(name), input(n));
        let prove = [
            "prove", "app", "--app-pk", "app.pk", "--exe", &exe, "--input", &n,
        ];
        place.call(prove.iter().chain(options))
    };
    let verify = |vk, proof, options: &[&str]| {
        let verify = ["verify", "app", "--app-vk", vk, "--proof", proof];
        place.call(verify.iter().chain(options))
    };

    // Ours, read by openvm-sdk.
    let stdout = prove("fibonacci", 10, &["--engine", "gpu", "--workers", "1"]).succeeds();
    let proof: ContinuationVmProof<SC> =
        read_object_from_file(place.path("fibonacci.app.proof")).unwrap();
    let vk = key.get_app_vk();
    let commit = verify_app_proof::<BabyBearPoseidon2CpuEngine>(&vk, &proof).unwrap();
    let commit = CommitBytes::from(commit);
    assert_eq!(stdout, format!("exe commit: {commit}\n"));
    assert_eq!(proof.user_public_values.public_values[0].to_string(), "55");

    // Ours, with upstream's prover, and what is of something else.
    let cpu = ["--engine", "cpu", "--proof", "cpu.app.proof"];
    assert_eq!(prove("fibonacci", 11, &cpu).succeeds(), stdout);
    for proof in ["fibonacci.app.proof", "cpu.app.proof"] {
        let said = verify("app.vk", proof, &[]).succeeds();
        assert_eq!(said, "Proof verified successfully!\n");
        verify("other.vk", proof, &[]).fails(1, &[proof, "does not verify"]);
    }
    let commits = |name, app_exe_commit| {
        let app_vm_commit = CommitBytes::from([0u32; 8]);
        let commits = AppExecutionCommit {
            app_exe_commit,
            app_vm_commit,
        };
        write_to_file_json(place.path(name), &commits).unwrap();
    };
    commits("right.json", commit);
    commits("wrong.json", CommitBytes::from([1u32; 8]));
    verify("app.vk", "cpu.app.proof", &["--app-commit", "right.json"]).succeeds();
    verify("app.vk", "cpu.app.proof", &["--app-commit", "wrong.json"]).fails(1, &["mismatch"]);
    place
        .call(["verify", "app", "--app-vk", "app.vk"])
        .fails(2, &["several", "--proof"]);
    verify("app.vk", "app.vk", &[]).fails(2, &["not an app proof"]);

    // Executions that cannot be proven, and proofs that cannot be kept.
    let files = place.files();
    prove("panics", 7, &["--engine", "cpu"]).fails(1, &["exit code 1"]);
    prove("reads_too_much", 1, &["--engine", "cpu"]).fails(1, &["read more input"]);
    prove("keccak", 3, &["--engine", "cpu"]).fails(2, &["does not fit the VM configuration"]);
    prove("fibonacci", 1, &["--engine", "cpu", "--proof", "app.pk/x"]).fails(2, &["app.pk/x"]);
    assert_eq!(place.files(), files);
}
