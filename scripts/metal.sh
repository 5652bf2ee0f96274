#!/usr/bin/env bash
# What Metal would be given, checked and run without a Mac: each kernel's text as wgpu hands it to Apple's compiler, compiled
# by clang 19. Linux, x86-64 or arm64.
#
# Usage: scripts/metal.sh [--quick]
#
#   types     every text has the right types, as C++14 and as C++ for OpenCL
#   lints     every text keeps clear of what Metal lacks and gets wrong
#   compare   the tests of kernels, stages, proofs and traces: each dispatch by the adapter and by Metal's text, all bound bytes
#             the same
#   hostile   the same for kernels and stages, with the freedoms that Apple's compiler takes
#   instead   one proof of each production parameter set, scaled down, by Metal's text alone
#
# --quick: one small proof is compared, nothing else. Libraries are kept in the target directory, by the hash of the text.
# Exit status: 0 if all is well, 3 if nothing was checked, as there is no clang 19.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$(uname)" != Linux ] || ! command -v clang-19 >/dev/null; then
    cat >&2 <<'END'
NOT CHECKED: what Metal's text of the kernels computes, and whether its types are right. It takes Linux and clang 19:
  Debian, Ubuntu: apt-get install clang-19
END
    exit 3
fi

export OPENVM_METAL_ADAPTER="${OPENVM_METAL_ADAPTER:-llvmpipe}"
export XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-$(mktemp -d)}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=()

# NAME, variables, and what `cargo test` is to run. Dependencies have other features without --workspace.
check() {
    local name=$1 variables=() start=$SECONDS
    shift
    while [[ $1 = *=* ]]; do
        variables+=("$1")
        shift
    done
    printf '\n== %s: %s\n' "$name" "$*"
    if ! env "${variables[@]}" cargo test --release --workspace "$@" 2>&1 | tee -a "$log"; then
        failed+=("$name: $*")
    fi
    echo "$((SECONDS - start)) s"
}

small_proof=stored_proof::the_stored_proof_is_made_again
if [ "${1:-}" = --quick ]; then
    check compare OPENVM_METAL_TEXT=compare --test proofs -- --exact "$small_proof"
else
    check types --test kernels -- --nocapture metal::type_check
    check "types, lints, execution" --test type_check --test lints --test execution
    check lints --test kernels -- metal::lints
    stages=(kernels commit logup_gkr batch_constraints stacked_reduction whir transcript transport constraint_compiler)
    for test in "${stages[@]}" conformance; do
        check compare OPENVM_METAL_TEXT=compare --test "$test"
    done
    # Counters are those of a GPU as fast as the adapter.
    check compare OPENVM_METAL_TEXT=compare --test proofs -- --skip counters::
    for kernels in trace_kernels fields; do
        check compare OPENVM_METAL_TEXT=compare --test guests "$kernels::"
    done
    for test in "${stages[@]}"; do
        check hostile OPENVM_METAL_TEXT=compare OPENVM_METAL_TEXT_HOSTILE=1 OPENVM_METAL_TEXT_SEED=1 --test "$test"
    done
    check hostile OPENVM_METAL_TEXT=compare OPENVM_METAL_TEXT_HOSTILE=1 OPENVM_METAL_TEXT_SEED=1 --test guests trace_kernels::
    check instead OPENVM_METAL_TEXT=instead --test proofs -- --exact equality::production_parameters_have_the_reference_proof
fi

printf '\n== what was run\n'
awk '/^metal-text / {
    mode = $2 " " substr($3, 1, length($3) - 1); lines[mode]++
    for (i = 4; i < NF; i += 2) { sum[mode, $(i + 1)] += $i }
} END {
    for (mode in lines)
        printf "%s: %.0f dispatches, %.0f bytes, %.0f differ, %.0f faults\n", mode, sum[mode, "dispatches,"], sum[mode, "bytes,"], sum[mode, "differ,"], sum[mode, "faults"]
}' "$log"
grep -Eq '^metal-text .*: [1-9][0-9]* dispatches, .* 0 faults$' "$log" || failed+=("nothing was run as Metal's text")
if [ ${#failed[@]} -gt 0 ]; then
    printf 'FAILED: %s\n' "${failed[@]}"
    exit 1
fi
