#!/usr/bin/env bash
# Tests, measures and soaks the prover on this machine, and writes one file to attach to an issue: docs/mac.md.
#
# Usage: scripts/mac-report.sh [--quick] [FILE]
#        --quick   no tests, and the smallest proofs: whether the script itself works
#        FILE      where the report goes, mac-report.txt by default
#
# Meant for Macs. Elsewhere it does the same and says that it is not a Mac. It changes nothing but build outputs and the
# report, which names neither the user nor the machine. Exit code 1: something in the report failed.
set -uo pipefail # not -e: what fails is reported, and the rest still runs

quick=0
report=mac-report.txt
for argument in "$@"; do
    case $argument in
    --quick) quick=1 ;;
    -*) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
    *) report=$argument ;;
    esac
done
[[ $report = /* ]] || report=$PWD/$report
cd "$(dirname "$0")/.." || exit 2
: >"$report" || exit 2
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

is_mac=0
[ "$(uname)" = Darwin ] && is_mac=1
target=${CARGO_TARGET_DIR:-target}/release
failures=()

# What is said goes to the terminal and to the report, without colours and without the user's home.
tell() { sed -e "s/$(printf '\033')\[[0-9;]*m//g" -e "s#${HOME:-/nonexistent}#~#g" | tee -a "$report"; }
heading() { printf '\n## %s\n\n' "$*" | tell; }
# show COMMAND...: what it says; it may be missing.
show() { { "$@" 2>&1 || echo "($1: no answer)"; } | tell; }
# step NAME COMMAND...: runs it with its output in a log, and tells whether and how fast it succeeded.
step() {
    local name=$1 start=$SECONDS code=0
    shift
    log=$work/$name.log
    printf '%s: running ...\n' "$name" >&2
    "$@" >"$log" 2>&1 || code=$?
    if [ "$code" = 0 ]; then
        echo "$name: passed in $((SECONDS - start)) s" | tell
    else
        failures+=("$name")
        echo "$name: FAILED with exit code $code after $((SECONDS - start)) s; its last lines:" | tell
        tail -n 60 "$log" | tell
    fi
    return "$code"
}

# How hot and how busy it is. None of this asks for a password.
condition() {
    date -u +%Y-%m-%dT%H:%M:%SZ
    uptime | sed 's/.*load/load/'
    if [ "$is_mac" = 1 ]; then
        pmset -g therm
        pmset -g batt | head -n 1
        memory_pressure -Q
        sysctl vm.swapusage
    else
        cat /sys/class/thermal/thermal_zone*/temp 2>/dev/null || echo "no thermal zones"
        grep -E '^(MemAvailable|SwapFree)' /proc/meminfo
    fi
}

machine() {
    if [ "$is_mac" = 1 ]; then
        sw_vers
        sysctl -n hw.model machdep.cpu.brand_string hw.memsize
        # Not all of it: serial numbers are in there.
        system_profiler SPDisplaysDataType | grep -E 'Chipset Model|Total Number of Cores|Metal|Resolution'
    else
        echo "THIS IS NOT A MAC: nothing below says anything of Metal."
        uname -srm
    fi
}

source_code() {
    git rev-parse HEAD
    git status --short --untracked-files=no
    rustc -V
}

times() {
    grep -o 'stark_prove_excluding_trace \[ [^ ]*' "$1" | sed 's/.*\[ //' | paste -s -d ' ' -
}

soak() {
    local i
    for ((i = 0; i < n_processes; i++)); do
        # Each process verifies its last proof.
        "$target/examples/keccakf" "${size[@]}" --engine gpu --proofs 10 || return
    done
}

capture() {
    # Not to where the repository keeps captures.
    "$target/kpi" capture keccakf --label mac --out-dir "$work" \
        --exec "$target/examples/keccakf ${size[*]} --engine gpu" --runs "$runs" --warmup 1
}

size=(--permutations 1024)
n_processes=5
runs=5
if [ "$quick" = 1 ]; then
    size=(--permutations 1 --log-stacked-height 14)
    n_processes=1
    runs=1
fi

echo "openvm-metal, report of $(date -u +%Y-%m-%d)$([ "$quick" = 1 ] && echo ', quick: no tests, small proofs')" | tell
heading Machine
show machine
heading Source
show source_code
heading Condition before
show condition

heading Tests
if [ "$quick" = 1 ]; then
    echo "left out" | tell
else
    step tests scripts/test.sh
    grep -E '^(== |test result|test .* FAILED|---- .* stdout|error)' "$log" | tell
fi

heading Adapter
if step build cargo build --release -p openvm-metal-backend --example keccakf; then
    # The first lines name the adapter, its driver, and the form of multiplication.
    RUST_LOG=info step first-proof "$target/examples/keccakf" "${size[@]}" --engine gpu
    grep -E 'gpu_adapter|^engine|proved and verified' "$log" | tell

    heading Times
    step kpi-build cargo build --release -p openvm-kpi &&
        RUST_LOG=info step capture capture && sed -n '/median/,$p' "$log" | tell

    heading "Soak: $((n_processes * 10)) proofs, ten a process"
    (while sleep 20; do condition; done) >"$work/condition.log" 2>&1 &
    sampler=$!
    RUST_LOG=info step soak soak
    kill "$sampler" 2>/dev/null
    wait "$sampler" 2>/dev/null
    echo "times of the proofs:" | tell
    times "$log" | tell
    grep -c 'proved and verified' "$log" | sed 's/$/ processes verified their last proof/' | tell
    echo "meanwhile, every 20 s:" | tell
    show cat "$work/condition.log"
fi

heading Condition after
show condition
if [ "$is_mac" = 1 ]; then
    heading What the system says of the GPU
    log show --last 3h --style compact --predicate 'processID == 0 AND eventMessage CONTAINS "GPU"' 2>&1 |
        tail -n 40 | tell
fi

heading Result
if [ "${#failures[@]}" = 0 ]; then
    echo "nothing failed" | tell
else
    echo "FAILED: ${failures[*]}" | tell
fi
echo "the report is in $report" >&2
[ "${#failures[@]}" = 0 ]
