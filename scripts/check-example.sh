#!/usr/bin/env bash
# Calls the keccakf example as a user would, right and wrong, and checks exit codes and messages.
set -euo pipefail
cd "$(dirname "$0")/.."
# With --workspace dependencies have the features that they have in the tests, and are not built again.
cargo build --release --workspace --example keccakf
keccakf=${CARGO_TARGET_DIR:-target}/release/examples/keccakf
small=(--permutations 1 --log-stacked-height 14)

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

expect 0 "proved and verified 1 Keccak-f permutations" "$keccakf" "${small[@]}"
expect 0 "Exit codes" "$keccakf" --help
expect 0 "on the CPU" "$keccakf" "${small[@]}" --engine cpu
expect 0 "3 proofs, all equal" "$keccakf" "${small[@]}" --proofs 3 --engine gpu
expect 0 "3 proofs, all equal" "$keccakf" "${small[@]}" --proofs 3 --pipeline --engine gpu
expect 0 "device memory after the last proof" "$keccakf" "${small[@]}" --proofs 2 --pipeline --engine gpu
expect 0 "2 proofs; after the first" "$keccakf" "${small[@]}" --proofs 2 --pipeline --engine cpu
expect 0 "proved and verified 1 Keccak-f permutations" "$keccakf" "${small[@]}" --seconds 1 --pipeline
expect 2 "cannot be used with" "$keccakf" --proofs 2 --seconds 1
expect 2 "invalid digit" "$keccakf" --seconds soon
expect 2 "must be a power of two" "$keccakf" --permutations 3
expect 2 "must be from 11 to 24" "$keccakf" --log-stacked-height 99
expect 2 "are too many for a stacked matrix" "$keccakf" --permutations 65536
expect 2 "no adapter's name contains \"no such GPU\"" "$keccakf" --adapter "no such GPU"
expect 2 "OPENVM_METAL_MULTIPLY=\"u8\"" env OPENVM_METAL_MULTIPLY=u8 "$keccakf"
if [ "$(uname)" = Linux ]; then
    hidden=(env -u OPENVM_METAL_ADAPTER VK_DRIVER_FILES=/nonexistent VK_ICD_FILENAMES=/nonexistent)
    expect 2 "no usable GPU found" "${hidden[@]}" "$keccakf" --engine gpu
    expect 0 "proving on the CPU instead" "${hidden[@]}" "$keccakf" "${small[@]}"
fi
echo "$n_passed passed, 0 failed"
