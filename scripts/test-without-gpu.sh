#!/usr/bin/env bash
# Builds everything, and runs the tests that need no GPU: those of `kpi`, unit tests, the constraint compiler, and kernels
# in Metal's language, on Linux with clang 19. On machines where there is neither a GPU nor Mesa's software driver.
#
# Usage: scripts/test-without-gpu.sh
set -euo pipefail
cd "$(dirname "$0")/.."

cargo test --release --workspace --all-targets --no-run
cargo test --release --workspace --lib --bins -- --skip memory::tests::warm_segments --skip execution::tests --skip vm::system
cargo test --release --workspace --test constraint_compiler -- --skip gpu::
cargo test --release --workspace --test kernels metal::
cargo test --release --workspace --test lints --test type_check
cargo test --release -p openvm-kpi
