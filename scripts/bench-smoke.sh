#!/usr/bin/env bash
# Runs every benchmark of the backend, each as short as it can be, so that none of them rots. Their times mean
# nothing; a software adapter gets small sizes.
#
# Usage: scripts/bench-smoke.sh
set -euo pipefail
cd "$(dirname "$0")/.."

criterion=(kernels commit logup_gkr constraints prover standard_vm transport)
for bench in "${criterion[@]}"; do
    cargo bench -p openvm-metal-backend --bench "$bench" -- --quick
done
cargo bench -p openvm-metal-backend --bench pipelines
SEGMENTS=1 cargo bench -p openvm-metal-backend --bench vm_segment
