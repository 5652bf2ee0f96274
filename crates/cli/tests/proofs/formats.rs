//! Files exchanged with openvm-sdk, whose formats are those of `cargo openvm`.

use std::fs;

use crate::support::{config, guest, input, Place};
use openvm_circuit::arch::instructions::exe::VmExe;
use openvm_sdk::{
    config::AppConfig,
    fs::{read_object_from_file, write_object_to_file},
    keygen::{AppProvingKey, AppVerifyingKey},
    F,
};
use openvm_sdk_config::{SdkVmConfig, TranspilerConfig};
use openvm_transpiler::{elf::Elf, openvm_platform::memory::MEM_SIZE, FromElf};

#[test]
fn keys_are_those_of_openvm_sdk_byte_for_byte() {
    let place = Place::new();
    let config = config("riscv32");
    place
        .call([
            "keygen",
            "--app-only",
            "--config",
            &config,
            "--output-dir",
            "ours",
        ])
        .succeeds();

    let config = toml::from_str(&fs::read_to_string(config).unwrap());
    let config: AppConfig<SdkVmConfig> = config.unwrap();
    let key = AppProvingKey::keygen(config).unwrap();
    let (pk, vk) = (place.path("upstream.pk"), place.path("upstream.vk"));
    write_object_to_file(&pk, &key).unwrap();
    write_object_to_file(&vk, key.get_app_vk()).unwrap();

    let is_same = |ours, upstream| fs::read(ours).unwrap() == fs::read(upstream).unwrap();
    assert!(is_same(place.path("ours/app.pk"), &pk));
    assert!(is_same(place.path("ours/app.vk"), &vk));
    let _: AppProvingKey<SdkVmConfig> = read_object_from_file(place.path("ours/app.pk")).unwrap();
    let _: AppVerifyingKey = read_object_from_file(place.path("ours/app.vk")).unwrap();

    // And the other way round: a key of openvm-sdk's with a program of openvm-sdk's.
    let exe = place.path("fibonacci.vmexe");
    let elf = fs::read(guest("fibonacci")).unwrap();
    let elf = Elf::decode(&elf, MEM_SIZE as u32).unwrap();
    let transpiled = VmExe::<F>::from_elf(elf, SdkVmConfig::riscv32().transpiler()).unwrap();
    write_object_to_file(&exe, transpiled).unwrap();
    let call = |mode| {
        let n = input(20);
        let (exe, pk) = (exe.to_str().unwrap(), pk.to_str().unwrap());
        let run = [
            "run", "--mode", mode, "--exe", exe, "--app-pk", pk, "--input", &n,
        ];
        place.call(run).succeeds()
    };
    let segments = call("segment");
    assert!(
        segments.contains("Number of instructions executed: 372\n"),
        "{segments}"
    );
    assert!(segments.contains("Total segments: 1\n"), "{segments}");
    let cells = call("meter");
    assert!(
        cells.contains("Number of instructions executed: 372\n"),
        "{cells}"
    );
    assert!(cells.contains("Total cost: "), "{cells}");
    // Keys of one kind are no keys of another.
    let (exe, vk) = (exe.to_str().unwrap(), vk.to_str().unwrap());
    place
        .call(["run", "--mode", "meter", "--exe", exe, "--app-pk", vk])
        .fails(2, &["upstream.vk"]);
}
