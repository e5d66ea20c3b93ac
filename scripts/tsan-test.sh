#!/usr/bin/env bash
# Runs the tests of concurrency with a mount that was built with ThreadSanitizer. Fails if a test fails, or if ThreadSanitizer
# has reported anything in a process of the mount.
set -euo pipefail

program=$(realpath "$1")
reports=$(mktemp --directory "${TMPDIR:-/tmp}/uploadfs-tsan.XXXXXX")
trap 'rm -rf "$reports"' EXIT

# The mount forks into the background before it starts threads, so each process writes a separate report.
export TSAN_OPTIONS="log_path=$reports/report second_deadlock_stack=1"
export UPLOADFS_TESTED_PROGRAM=$program
status=0
scripts/swift-test.sh --skip-build --no-parallel --filter '^CrashTests\.(ConcurrencyTests|KillTests)' || status=$?

if [ -n "$(ls -A "$reports")" ]; then
    echo
    echo "Reports of ThreadSanitizer:"
    head --lines=300 "$reports"/*
    grep --no-filename '^SUMMARY' "$reports"/* | sort | uniq --count
    exit 1
fi
exit "$status"
