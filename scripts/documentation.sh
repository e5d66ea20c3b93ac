#!/usr/bin/env bash
# Writes the documentation of the libraries to .build/documentation, from the modules of the debug build.
set -euo pipefail
cd "$(dirname "$0")/.."

modules=(UploadCore Uploading HTTPTransport Backends UploadEngine)
symbols=.build/symbols
rm -rf "$symbols" .build/documentation
mkdir -p "$symbols"

maps=()
while read -r map; do maps+=(-Xcc "-fmodule-map-file=$map"); done < <(
    find .build/debug/ -maxdepth 2 -path '*.build/module.modulemap'
    find .build/checkouts -path '*/include/module.modulemap' ! -path '*[Tt]est*' ! -path '*GRDBSQLCipher*'
    find .build/checkouts -path '*/GRDBSQLite/module.modulemap'
)
for module in "${modules[@]}"; do
    swift symbolgraph-extract -module-name "$module" -I .build/debug/Modules -output-dir "$symbols" -target "$(uname -m)-unknown-linux-gnu" \
        -minimum-access-level public "${maps[@]}"
done
docc convert Sources/Uploading/Uploading.docc --additional-symbol-graph-dir "$symbols" --output-path .build/documentation \
    --fallback-display-name uploadfs --fallback-bundle-identifier uploadfs "$@"
