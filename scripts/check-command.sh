#!/usr/bin/env bash
# Calls cargo openvm-metal as a user would, right and wrong, and checks exit codes and messages.
#
# Usage: scripts/check-command.sh [--built]    with --built, the command that is there, as tests build it
set -euo pipefail
cd "$(dirname "$0")/.."
[ "${1:-}" = --built ] || cargo build --release -p cargo-openvm-metal
repository=$PWD
PATH="$(cd "${CARGO_TARGET_DIR:-target}/release" && pwd):$PATH"
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
# Keys go to a home of their own; the toolchain stays where it is.
export RUSTUP_HOME="${RUSTUP_HOME:-$HOME/.rustup}" CARGO_HOME="${CARGO_HOME:-$HOME/.cargo}"
export HOME=$place/home
mkdir "$HOME"
cd "$place"
fibonacci=(--exe "$repository/guests/elf/fibonacci.elf" --input 0x010a00000000000000)
riscv32=(--config "$repository/guests/config/riscv32.toml")

n_passed=0
# expect CODE TEXT COMMAND...: the command exits with CODE and prints TEXT.
expect() {
    local code=$1 text=$2 output actual=0
    shift 2
    output=$("$@" 2>&1) || actual=$?
    if [ "$actual" != "$code" ] || ! grep -qF -- "$text" <<<"$output"; then
        printf 'expected exit code %s and "%s", got %s from: %s\n%s\n' "$code" "$text" "$actual" "$*" "$output" >&2
        exit 1
    fi
    n_passed=$((n_passed + 1))
}

metal=(cargo openvm-metal)
expect 0 "Exit codes" "${metal[@]}" --help
expect 0 "Exit codes" "${metal[@]}" prove app --help
expect 0 "Kind" "${metal[@]}" adapters
expect 0 "Execution output: [55, 0," "${metal[@]}" run "${fibonacci[@]}"
expect 0 "wrote the app proving key to keys/app.pk" "${metal[@]}" keygen --app-only "${riscv32[@]}" --output-dir keys
expect 0 "Total segments: 1" "${metal[@]}" run --mode segment "${fibonacci[@]}" --app-pk keys/app.pk
expect 2 "unrecognized subcommand" "${metal[@]}" prov
expect 2 "cannot read no.elf" "${metal[@]}" run --exe no.elf
expect 2 "does not fit the VM configuration" "${metal[@]}" run --exe "$repository/guests/elf/keccak.elf"
expect 1 "exit code 1" "${metal[@]}" run --exe "$repository/guests/elf/panics.elf" --input 0x010700000000000000
expect 2 "cargo openvm-metal setup" "${metal[@]}" verify stark
expect 2 "no adapter's name contains" "${metal[@]}" prove app "${fibonacci[@]}" --adapter "no such GPU"
if [ "$(uname)" = Linux ]; then
    hidden=(env -u OPENVM_METAL_ADAPTER VK_DRIVER_FILES=/nonexistent VK_ICD_FILENAMES=/nonexistent)
    expect 2 "no usable GPU found" "${hidden[@]}" "${metal[@]}" prove app "${fibonacci[@]}" --engine gpu
    expect 2 "proving on the CPU instead" "${hidden[@]}" "${metal[@]}" prove app "${fibonacci[@]}" --app-pk no.pk
    expect 2 "No space left" "${metal[@]}" run "${fibonacci[@]}" --metrics /dev/full
fi
echo "$n_passed passed, 0 failed"
