//! Help, and options that cannot be.

mod support;

use std::{
    io::Read,
    process::{Command, Stdio},
};

use support::{guest, run, Place};

const COMMANDS: [&[&str]; 15] = [
    &[],
    &["run"],
    &["keygen"],
    &["setup"],
    &["prove"],
    &["prove", "app"],
    &["prove", "stark"],
    &["verify"],
    &["verify", "app"],
    &["verify", "stark"],
    &["commit"],
    &["adapters"],
    &["bench"],
    &["bench", "app"],
    &["bench", "stark"],
];

#[test]
fn every_command_has_help_with_examples_and_exit_codes() {
    let place = Place::new();
    for command in COMMANDS {
        let help = place.call(command.iter().chain(&["--help"])).succeeds();
        assert!(
            help.contains("Usage: cargo openvm-metal"),
            "{command:?}: {help}"
        );
        let has_subcommands = matches!(command, ["prove"] | ["verify"] | ["bench"]);
        if !has_subcommands {
            assert!(help.contains("Exit codes:"), "{command:?}: {help}");
            assert!(
                help.contains("  cargo openvm-metal "),
                "{command:?}: {help}"
            );
        }
    }
}

#[test]
fn cargo_and_people_can_call_it() {
    let place = Place::new();
    let by_cargo = place.call(["openvm-metal", "keygen", "--help"]).succeeds();
    let by_people = place.call(["keygen", "--help"]).succeeds();
    assert_eq!(by_cargo, by_people);
}

#[test]
fn options_of_upstreams_command_are_there() {
    let place = Place::new();
    let cargo = "--package --bin --example --features --all-features --no-default-features --profile \
                 --target-dir --manifest-path --verbose --quiet --color --ignore-rust-version --locked \
                 --offline --frozen";
    let guest = "--exe --config --output-dir --init-file-name";
    let tree = "--num-children-leaf --num-children-internal";
    let keys = "--app-pk --agg-prefix-pk --agg-pk";
    let commands = [
        ("run", format!("{guest} {cargo} --input --mode")),
        (
            "keygen",
            "--config --output-dir --app-only --target-dir --manifest-path".to_owned(),
        ),
        ("setup", "--force --evm --download".to_owned()),
        (
            "prove app",
            format!("{guest} {cargo} --input --app-pk --proof --segment-max-memory"),
        ),
        (
            "prove stark",
            format!("{guest} {cargo} {keys} {tree} --input --proof --segment-max-memory"),
        ),
        (
            "verify app",
            "--app-vk --proof --app-commit --package --bin --profile".to_owned(),
        ),
        (
            "verify stark",
            "--agg-vk --proof --app-baseline --example --target-dir".to_owned(),
        ),
        ("commit", format!("{guest} {cargo} {keys}")),
    ];
    for (command, options) in commands {
        let help = place.call(command.split(' ').chain(["--help"])).succeeds();
        for option in options.split_whitespace() {
            assert!(help.contains(option), "no {option} in {command}");
        }
    }
}

#[test]
fn wrong_options_are_named() {
    let place = Place::new();
    let fibonacci = guest("fibonacci");
    let prove = |options: &[&str]| {
        let arguments = ["prove", "app", "--exe", &fibonacci];
        place.call(arguments.iter().chain(options))
    };
    prove(&["--engine", "abacus"]).fails(2, &["abacus", "auto, gpu, cpu"]);
    prove(&["--memory-budget", "much"]).fails(2, &["--memory-budget", "8GiB"]);
    prove(&["--workers", "0"]).fails(2, &["--workers", "at least 1"]);
    prove(&["--no-such-option"]).fails(2, &["--no-such-option"]);
    prove(&["--engine", "cpu", "--adapter", "x"]).fails(2, &["--adapter", "--engine cpu"]);
    prove(&["--adapter", "no such GPU"]).fails(2, &["no such GPU", "PCI address", "present: 0: "]);
    prove(&["--adapter", "0", "--adapter", "0000:ff:1f.7"]).fails(2, &["\"0000:ff:1f.7\""]);
    place.call(["prove", "evm"]).fails(2, &["evm"]);
    place
        .call(["setup", "--evm"])
        .fails(2, &["cargo openvm setup --evm"]);
    place
        .call(["bench", "app", "--runs", "0"])
        .fails(2, &["--runs"]);
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_gpu_it_says_so() {
    let place = Place::new();
    let call = |engine| {
        let mut command = place.command();
        command
            .args([
                "prove",
                "app",
                "--engine",
                engine,
                "--exe",
                &guest("fibonacci"),
            ])
            .env_remove("OPENVM_METAL_ADAPTER")
            .env("VK_DRIVER_FILES", "/nonexistent")
            .env("VK_ICD_FILENAMES", "/nonexistent");
        run(&mut command)
    };
    call("gpu").fails(2, &["no usable GPU found"]);
    // Then it is the key that is missing.
    call("auto").fails(2, &["proving on the CPU instead", "Cargo.toml"]);
}

#[test]
fn a_reader_that_has_heard_enough_is_no_error() {
    let place = Place::new();
    let mut command: Command = place.command();
    command.args([
        "run",
        "--quiet",
        "--exe",
        &guest("fibonacci"),
        "--input",
        &support::input(3),
    ]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stderr = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut stderr)
        .unwrap();
    assert_eq!(
        (child.wait().unwrap().code(), stderr.as_str()),
        (Some(0), "")
    );
}
