#!/usr/bin/env bash
# Runs `swift test` with the given arguments, and prints a line for each suite. If a test fails, the last lines are the failed
# tests with their messages, because often only the end of a log is shown. The exit status is that of `swift test`.
set -uo pipefail

# Swift Testing colors its output even where it goes to a pipe.
export NO_COLOR=1
log=$(mktemp "${TMPDIR:-/tmp}/uploadfs-swift-test.XXXXXX")
trap 'rm -f "$log"' EXIT

# Swift Testing marks started tests with ◇, passed ones with ✔, skipped ones with ➜ and failed ones with ✘.
swift test "$@" 2>&1 | tee "$log" | grep --line-buffered --invert-match --extended-regexp '^(◇|✔ Test [^r]|\[[0-9]+/[0-9]+\])'
status=${PIPESTATUS[0]}
[ "$status" -eq 0 ] && exit 0

# The message of an issue ends before the next line that begins with a mark; its first lines matter most.
echo
echo "Failed tests, each with the first lines of its message:"
awk '/^(◇|✔|➜|✘)/ { shown = 0 } /^✘ Test .* recorded an issue/ { shown = 20 } shown-- > 0 { print substr($0, 1, 500) }' "$log" | head --lines=200

echo
echo "Summary (exit status of swift test: $status):"
if grep --quiet '^✘' "$log"; then
    awk '/^✘ Test / { print substr($0, 1, 240) } before { print substr($0, 1, 240) } { before = /^✘ Test .* recorded an issue/ }' "$log" | tail --lines=12
else
    # No test failed, but the build or the test process.
    tail --lines=12 "$log" | cut --characters=-240
fi
exit "$status"
