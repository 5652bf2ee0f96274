//! Programs that are run: what they print, and how they fail.

mod support;

use support::{config, guest, input, Place};

fn run(name: &str, n: u64, vm: &str) -> support::Outcome {
    let (exe, n, vm) = (guest(name), input(n), config(vm));
    Place::new().call(["run", "--exe", &exe, "--input", &n, "--config", &vm])
}

#[test]
fn public_values_are_printed_as_upstream_does() {
    let stdout = run("fibonacci", 20, "riscv32").succeeds();
    let mut values = vec![0; 32];
    values[..2].copy_from_slice(&6765u16.to_le_bytes());
    assert_eq!(stdout, format!("Execution output: {values:?}\n"));
}

#[test]
fn input_comes_from_a_file_too() {
    let place = Place::new();
    let file = place.write("in.json", format!(r#"{{"input": ["{}"]}}"#, input(20)));
    let (exe, file) = (guest("fibonacci"), file.display().to_string());
    let stdout = place
        .call(["run", "--exe", &exe, "--input", &file])
        .succeeds();
    assert!(stdout.contains("[109, 26, 0,"), "{stdout}");
}

#[test]
fn bad_input_is_told() {
    let place = Place::new();
    let exe = guest("fibonacci");
    let call = |input: &str| place.call(["run", "--exe", &exe, "--input", input]);
    call("0x01f").fails(2, &["--input", "0x01f"]);
    call("0x03ff").fails(2, &["must start with 01"]);
    call("0x02ffff").fails(2, &["whole number of 4-byte field elements"]);
    call("no-such-file.json").fails(2, &["neither a file nor hexadecimal"]);
    for (name, contents, words) in [
        ("no.json", "input", "not an input file"),
        ("empty.json", "", "not an input file"),
        ("other.json", r#"{"inputs": []}"#, "missing field `input`"),
        ("number.json", r#"{"input": [1]}"#, "expected a string"),
        ("hex.json", r#"{"input": ["0x01", "0x7"]}"#, "element 1"),
    ] {
        place.write(name, contents);
        call(name).fails(2, &[name, words]);
    }
    place
        .call(["run", "--exe", &exe, "--input", "."])
        .fails(2, &["cannot read ."]);
}

#[test]
fn guests_that_fail_are_told_with_their_exit_code() {
    run("panics", 0, "riscv32").succeeds();
    run("panics", 7, "riscv32").fails(1, &["exit code 1", "panic"]);
    run("panics", 2, "riscv32").fails(1, &["exit code 2"]);
    run("panics", 255, "riscv32").fails(1, &["exit code 255"]);
    run("reads_too_much", 1, "riscv32").fails(1, &["read more input"]);
}

#[test]
fn programs_need_the_extensions_they_were_built_for() {
    let words = [
        "keccak.elf",
        "does not fit the VM configuration",
        "openvm.toml",
    ];
    run("keccak", 3, "riscv32").fails(2, &words);
    run("sha2", 3, "riscv32").fails(2, &["sha2.elf", "does not fit the VM configuration"]);
    run("keccak", 3, "hashes").succeeds();
    run("sha2", 3, "hashes").succeeds();
}

#[test]
fn what_is_no_program_is_refused() {
    let place = Place::new();
    let elf = std::fs::read(guest("fibonacci")).unwrap();
    let mut x86 = elf.clone();
    x86[18] = 62;
    for (name, contents) in [
        ("empty.vmexe", vec![]),
        ("text.elf", b"#!/bin/sh\nexit 0\n".to_vec()),
        ("zeros.vmexe", vec![0; 4096]),
        ("ones.vmexe", vec![0xff; 4096]),
        ("cut.elf", elf[..elf.len() / 2].to_vec()),
        ("header.elf", elf[..52].to_vec()),
        ("magic.elf", elf[..4].to_vec()),
        ("x86.elf", x86),
    ] {
        place.write(name, contents);
        place
            .call(["run", "--exe", name])
            .fails(2, &[name, "a program for OpenVM"]);
    }
    place
        .call(["run", "--exe", "not-there.elf"])
        .fails(2, &["cannot read not-there.elf"]);
    place
        .call(["run", "--exe", "."])
        .fails(2, &["cannot read ."]);
}

#[test]
fn configurations_that_cannot_be_are_refused() {
    let place = Place::new();
    let exe = guest("fibonacci");
    for (name, contents) in [
        ("text.toml", "not toml"),
        ("other.toml", "[package]\nname = \"x\"\n"),
    ] {
        place.write(name, contents);
        place
            .call(["run", "--exe", &exe, "--config", name])
            .fails(2, &[name]);
    }
    let deferral = "[app_vm_config.rv32i]\n[app_vm_config.deferral]\ncircuits = []\n";
    place.write("deferral.toml", deferral);
    place
        .call([
            "keygen",
            "--config",
            "deferral.toml",
            "--output-dir",
            "keys",
        ])
        .fails(2, &["deferral.toml", "defers computations"]);
    place
        .call(["run", "--exe", &exe, "--config", "no.toml"])
        .fails(2, &["no.toml"]);
}
