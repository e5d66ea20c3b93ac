#!/usr/bin/env bash
# Prints the values of UPLOADFS_TEST_PASSTHROUGH that the mount tests use on this machine: `on off` where the kernel can read and
# write spool files itself (root, Linux 6.9 or later, and temporary files on ext4, xfs or btrfs), otherwise `off`.
set -euo pipefail

newest=$(printf '%s\n' 6.9 "$(uname --kernel-release)" | sort --version-sort | tail --lines=1)
file_system=$(stat --file-system --format=%T "${TMPDIR:-/tmp}")
if [ "$(id --user)" -eq 0 ] && [ "$newest" != 6.9 ] && [[ $file_system =~ ^(ext2/ext3|xfs|btrfs)$ ]]; then
    echo on off
else
    echo off
fi
