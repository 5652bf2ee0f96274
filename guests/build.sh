#!/bin/bash
# Builds all guests into elf/, without rustup: with Debian's rustc-web, cargo-web, rust-web-src and lld-19. Extra arguments go to
# cargo, e.g. `./build.sh --offline`. Users of rustup can run `cargo openvm build` instead, see README.md.
set -euo pipefail
cd "$(dirname "$0")"

cargo=${CARGO:-/usr/bin/cargo}
export RUSTC=${RUSTC:-/usr/bin/rustc}
lld=${LLD:-/usr/bin/lld-19}
target=riscv32im-risc0-zkvm-elf
out=${CARGO_TARGET_DIR:-$PWD/target}
export CARGO_TARGET_DIR=$out

# The target's linker is called rust-lld, a name that Debian's package does not have.
mkdir -p "$out/bin"
ln -sf "$lld" "$out/bin/rust-lld"
export PATH="$out/bin:$PATH"

# The same flags as openvm-build 2.0.2. Then the places of sources, which panic messages name, are made those of no machine.
flags=(
    -C passes=lower-atomic
    -C link-arg=-Ttext=0x00200800
    -C link-arg=--fatal-warnings
    -C panic=abort
    --cfg 'getrandom_backend="custom"'
    --remap-path-prefix "$PWD=guests"
    --remap-path-prefix "${CARGO_HOME:-$HOME/.cargo}=cargo"
    --remap-path-prefix "$("$RUSTC" --print sysroot)=rust"
)
CARGO_ENCODED_RUSTFLAGS=$(IFS=$'\x1f'; echo "${flags[*]}")
export CARGO_ENCODED_RUSTFLAGS

# Building the standard library is an unstable option of cargo.
export RUSTC_BOOTSTRAP=1
unset RUSTUP_TOOLCHAIN RUSTFLAGS
"$cargo" build --locked --release --target "$target" \
    -Z build-std=alloc,core,proc_macro,panic_abort,std \
    -Z build-std-features=compiler-builtins-mem "$@"

mkdir -p elf
for source in src/bin/*.rs; do
    name=$(basename "$source" .rs)
    cp "$out/$target/release/$name" "elf/$name.elf"
    chmod 644 "elf/$name.elf"
done
