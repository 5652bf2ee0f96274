#!/usr/bin/env bash
# Lists what users of the libraries can name, an item a line, in crates/*/public-api.txt.
#
# Usage: scripts/public-api.sh            writes the lists
#        scripts/public-api.sh --check    compares with them; fails with the difference, or with 3 if the compiler or
#                                         the tool for it cannot be had
#
# The lists come from rustdoc's JSON. Its format changes with the compiler, and the tool that reads it with it: raise
# both together. Implementations that every type has, and those of auto traits, are left out.
set -euo pipefail
cd "$(dirname "$0")/.."

compiler=1.95
tool_version=0.52.0
crates=(metal-backend sdk)

case "${1:-}" in
"" | --check) ;;
*) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" && exit 2 ;;
esac

if [[ "$(rustc --version)" != "rustc $compiler."* ]]; then
    export RUSTUP_TOOLCHAIN=$compiler
    rustc --version >/dev/null 2>&1 || {
        echo "NOT CHECKED: the public API, whose lists are those of Rust $compiler:" \
            "rustup toolchain install $compiler --profile minimal" >&2
        exit 3
    }
fi

tools=${CARGO_TARGET_DIR:-target}/tools
mkdir -p "$tools"
tools=$(cd "$tools" && pwd)
if [[ "$("$tools/bin/cargo-public-api" --version 2>/dev/null)" != *" $tool_version" ]]; then
    cargo install cargo-public-api --version "$tool_version" --locked --root "$tools" --target-dir "$tools/build" || {
        echo "NOT CHECKED: the public API, as cargo-public-api $tool_version could not be installed" >&2
        exit 3
    }
    rm -r "$tools/build"
fi

# The crate for tests that is left out asks for what users do not have. Stable compilers write JSON if they are told that they may; rustdoc alone is told, as build scripts would listen.
printf '#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec rustdoc "$@"\n' >"$tools/rustdoc"
chmod +x "$tools/rustdoc"
RUSTDOC=$tools/rustdoc RUSTDOCFLAGS="-Z unstable-options --output-format json" \
    cargo doc --quiet --release --workspace --exclude openvm-metal-text --no-deps --lib

failed=0
for crate in "${crates[@]}"; do
    json=$tools/../doc/openvm_metal_${crate#metal-}.json
    list=crates/$crate/public-api.txt
    "$tools/bin/cargo-public-api" public-api -ss --rustdoc-json "$json" >"$tools/public-api.txt"
    if [ -z "${1:-}" ]; then
        cp "$tools/public-api.txt" "$list"
        echo "$list: $(wc -l <"$list") items"
    elif ! diff --unified=0 "$list" "$tools/public-api.txt"; then
        failed=1
    fi
done
[ "$failed" = 0 ] || {
    echo "the public API has changed: if it was meant to, run scripts/public-api.sh, commit the lists and add to CHANGELOG.md" >&2
    exit 1
}
