#!/usr/bin/env bash
# Runs all tests. Where no GPU is found on Debian or Ubuntu, installs a software Vulkan driver and uses that. On Linux it
# installs clang 19, too, which checks and runs the kernels' text in Metal's language; on macOS Apple's compiler does. And a
# NATS server, between the processes of the cluster's tests.
#
# Usage: scripts/test.sh
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\n== %s\n' "$*"; }

has_hardware_gpu() {
    [ "$(uname)" = Darwin ] && return 0
    compgen -G '/dev/dri/renderD*' >/dev/null && return 0
    compgen -G '/dev/nvidia[0-9]*' >/dev/null
}

has_software_driver() {
    compgen -G "/usr/share/vulkan/icd.d/lvp_icd*.json" >/dev/null && grep -q libvulkan <<<"$(ldconfig -p)"
}

install() {
    local sudo=
    [ "$(id -u)" = 0 ] || sudo=sudo
    command -v apt-get >/dev/null || {
        echo "missing, and there is no apt-get here to install it: $*" >&2
        exit 2
    }
    say "installing $*"
    $sudo apt-get update -qq
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

if [ -z "${OPENVM_METAL_ADAPTER:-}" ] && ! has_hardware_gpu; then
    has_software_driver || install mesa-vulkan-drivers libvulkan1
    export OPENVM_METAL_ADAPTER=llvmpipe
fi
# Mesa complains of its absence on machines without a desktop.
export XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-$(mktemp -d)}"
say "adapter: ${OPENVM_METAL_ADAPTER:-the first hardware GPU}"

if [ "$(uname)" = Linux ]; then
    command -v clang-19 >/dev/null || install clang-19
    command -v nats-server >/dev/null || install nats-server
fi

say "tests"
cargo test --release --workspace --all-targets
cargo test --release --workspace --doc

if [ "$(uname)" = Linux ]; then
    say "a small proof as Metal's text, beside the adapter"
    scripts/metal.sh --quick
fi

say "upstream's suite with 32-bit multiplication"
# Without --workspace dependencies would have other features, and be built once more.
OPENVM_METAL_MULTIPLY=u32 cargo test --release --workspace --test conformance

if [ "$(uname)" = Linux ]; then
    say "the HTML report in Chromium"
    command -v chromium >/dev/null || install chromium fonts-dejavu-core
    KPI_CHROMIUM="$(command -v chromium)" \
        cargo test --release --workspace --test html_in_chromium -- --ignored
fi

say "the example and the command as a user calls them"
scripts/check-example.sh
scripts/check-command.sh --built
