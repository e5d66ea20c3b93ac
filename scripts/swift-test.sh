#!/usr/bin/env bash
# Runs `swift test` with the arguments given, and prints a line for each suite. Where something fails, the last lines are the
# failed tests and what they say, because a log is often cut to its end. The exit status is that of `swift test`.
set -uo pipefail

# Swift Testing takes a pipe for a terminal.
export NO_COLOR=1
log=$(mktemp "${TMPDIR:-/tmp}/uploadfs-swift-test.XXXXXX")
trap 'rm -f "$log"' EXIT

# Swift Testing marks what begins with ◇, what has passed with ✔, what is skipped with ➜ and what has failed with ✘.
swift test "$@" 2>&1 | tee "$log" | grep --line-buffered --invert-match --extended-regexp '^(◇|✔ Test [^r]|\[[0-9]+/[0-9]+\])'
status=${PIPESTATUS[0]}
[ "$status" -eq 0 ] && exit 0

# What one issue says goes on until a line that begins with a mark; the first lines say most.
echo
echo "What failed, each with its first lines:"
awk '/^(◇|✔|➜|✘)/ { shown = 0 } /^✘ Test .* recorded an issue/ { shown = 20 } shown-- > 0 { print substr($0, 1, 500) }' "$log" | head --lines=200

echo
echo "In short (swift test ended with status $status):"
if grep --quiet '^✘' "$log"; then
    awk '/^✘ Test / { print substr($0, 1, 240) } before { print substr($0, 1, 240) } { before = /^✘ Test .* recorded an issue/ }' "$log" | tail --lines=12
else
    # It was not a test that failed.
    tail --lines=12 "$log" | cut --characters=-240
fi
exit "$status"
