#!/usr/bin/env bash
# Installs missing Debian or Ubuntu packages: those needed to build, and with the argument `test`, `demo` or `bench` those that the
# tests, the demo or the benchmarks need in addition.
set -euo pipefail

packages=(fuse3 libfuse3-dev libsqlite3-dev zlib1g-dev pkg-config)
for purpose in "$@"; do
    case $purpose in
        test) packages+=(attr curl e2fsprogs git nano python3 python3-venv rsync strace util-linux vim-tiny) ;;
        demo) packages+=(attr curl python3) ;;
        bench) packages+=(attr curl bindfs python3) ;;
        *)
            echo "install-packages.sh: unknown purpose '$purpose'; valid values are test, demo, bench" >&2
            exit 64
            ;;
    esac
done

if ! command -v swift >/dev/null; then
    echo "install-packages.sh: swift is not in PATH; install Swift 6.2 or later from https://www.swift.org/install/linux/" >&2
    exit 69
fi
if ! command -v dpkg-query >/dev/null; then
    echo "install-packages.sh: not Debian or Ubuntu; install the equivalents of these packages: ${packages[*]}" >&2
    exit 0
fi

missing=()
for package in "${packages[@]}"; do
    status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

echo "Installing: ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi

# On a machine that has just started, the package manager is often busy with updates of its own. It waits by itself for dpkg's lock, and
# for the locks on its lists and its downloads not at all.
apt_get() {
    local deadline=$((SECONDS + lock_timeout_seconds)) output status
    while true; do
        status=0
        output=$("${as_root[@]}" env LC_ALL=C DEBIAN_FRONTEND=noninteractive \
            apt-get --option "DPkg::Lock::Timeout=$lock_timeout_seconds" "$@" 2>&1) || status=$?
        printf '%s\n' "$output"
        [ "$status" -ne 0 ] || return 0
        grep --quiet --extended-regexp 'Could not get lock|Unable to (lock|acquire)' <<<"$output" || return "$status"
        if [ "$SECONDS" -ge "$deadline" ]; then
            echo "install-packages.sh: another program has held the package manager's lock for $lock_timeout_seconds seconds; try again later" >&2
            return "$status"
        fi
        echo "install-packages.sh: waiting for the package manager's lock" >&2
        sleep 3
    done
}
lock_timeout_seconds=${UPLOADFS_LOCK_TIMEOUT:-600}

apt_get update --quiet
apt_get install --yes --quiet --no-install-recommends "${missing[@]}"
