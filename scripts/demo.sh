#!/usr/bin/env bash
# Shows what uploadfs is for: a large file is copied onto a mount, the mount's process is killed in the middle of the upload, and
# the next mount resumes at the byte that the server has confirmed. Everything runs on this machine, with a local server as the
# storage service. The exit status is 0 only if every check succeeded.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly bin=${UPLOADFS_BIN_DIR:-$PWD/.build/debug}
readonly uploadfs=$bin/uploadfs server=$bin/uploadfs-test-server
readonly size_mib=256 chunk_mib=8
readonly work=$(mktemp -d "${TMPDIR:-/tmp}/uploadfs-demo.XXXXXX")
readonly mount=$work/mount state=$work/state file=holiday.mp4
server_pid=

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
show() { printf '    %s\n' "$*"; }
fail() {
    printf '\nDemo failed: %s\n' "$*" >&2
    [ ! -s "$state/log" ] || { echo "The mount's log:" && tail -n 20 "$state/log"; } >&2
    exit 1
}

# Nothing stays mounted and nothing keeps running, however the script ends.
clean_up() {
    local status=$?
    trap - EXIT INT TERM
    kill_mount TERM
    if mountpoint --quiet "$mount" 2>/dev/null || [ "$(stat "$mount" 2>&1 | grep -c 'not connected')" -gt 0 ]; then
        fusermount3 -u -z "$mount" 2>/dev/null || true
    fi
    if [ -n "$server_pid" ]; then
        kill "$server_pid" 2>/dev/null || true
        wait "$server_pid" 2>/dev/null || true
    fi
    rm -rf "$work"
    exit "$status"
}

# The process id of the mount, from its lock file.
mount_pid() { head -n 1 "$state/lock" 2>/dev/null || true; }
kill_mount() {
    local pid
    pid=$(mount_pid)
    [ -z "$pid" ] || kill -"$1" "$pid" 2>/dev/null || true
}

# Waits until a command succeeds.
wait_for() {
    local what=$1 deadline=$((SECONDS + 120))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || fail "$what did not happen within two minutes"
        sleep 0.05
    done
}

attribute() { getfattr --only-values --name "user.upload.$1" "$mount/$file" 2>/dev/null; }
percent_is_at_least() { [ "$(attribute percent || echo 0)" -ge "$1" ]; }
confirmed_is_at_least() { [ "$(attribute bytes_confirmed || echo 0)" -ge "$1" ]; }
control() { curl --silent --show-error --fail --output /dev/null "$@"; }
# What the server counted for the file.
counter() {
    curl --silent --show-error --fail "$url/_test/counters" |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["objects"][sys.argv[1]][sys.argv[2]])' "demo/films/$file" "$1"
}
mount_it() {
    "$uploadfs" mount -o "endpoint=$url,state_dir=$state,chunk_size=${chunk_mib}M" gs://demo/films "$mount"
}

for program in "$uploadfs" "$server"; do
    [ -x "$program" ] || fail "$program is not built; run make demo"
done
[ -c /dev/fuse ] || fail "/dev/fuse does not exist; load the FUSE module with modprobe fuse"
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir "$mount"

say "1. A storage service on this machine"
"$server" --root "$work/server" --port-file "$work/port" >"$work/server.log" 2>&1 &
server_pid=$!
wait_for "the start of the server" test -s "$work/port"
url=http://127.0.0.1:$(cat "$work/port")
show "It speaks Cloud Storage's protocol at $url and receives 32 MiB/s, so that the upload can be watched."
control --request POST --data '[{"kind":"part","key":null,"skip":0,"times":null,"action":{"bytes_per_second":33554432}}]' "$url/_test/faults"

say "2. Mount a bucket"
show "uploadfs mount gs://demo/films $mount"
mount_it
findmnt --noheadings --output SOURCE,FSTYPE,TARGET "$mount" | sed 's/^/    /'

say "3. Copy a file of $size_mib MiB onto it"
head --bytes=$((size_mib << 20)) /dev/urandom >"$work/$file"
source_sum=$(sha256sum <"$work/$file" | cut -d' ' -f1)
show "cp $file $mount/"
cp "$work/$file" "$mount/"
show "cp has finished. The upload continues in the background; an extended attribute shows its progress:"
show "getfattr -n user.upload.percent --only-values $mount/$file"
for goal in 10 20 30 40 50; do
    wait_for "an upload of $goal percent" percent_is_at_least "$goal"
    show "$(attribute percent) %"
done

say "4. Kill the mount's process in the middle of it"
show "kill -9 $(mount_pid)"
kill_mount KILL
wait_for "the end of the mount's process" eval '[ ! -e "/proc/$(mount_pid)/exe" ]'
# The server still reads what was in transit.
received=-1
until [ "$received" = "$(counter body_bytes)" ]; do
    received=$(counter body_bytes)
    sleep 0.5
done
show "The server has received $received of $((size_mib << 20)) bytes, and no object exists yet."
control "$url/storage/v1/b/demo/o/films%2F$file" 2>/dev/null && fail "an object exists although the upload has not finished"

say "5. Mount again"
# The next part is delayed by three seconds, so that the offset at which the upload resumes can be seen.
control --request POST --data '[{"kind":"part","key":null,"skip":0,"times":1,"action":{"delay_ms":3000}}]' "$url/_test/faults"
show "uploadfs mount gs://demo/films $mount"
mount_it
# Cloud Storage keeps what it has received in units of 256 KiB.
kept=$((received / 262144 * 262144))
wait_for "the server's confirmation" confirmed_is_at_least "$kept"
show "The mount has asked the server what it has: the upload resumes at byte $(attribute bytes_confirmed)."
control --request DELETE "$url/_test/faults"
"$uploadfs" status --watch "$mount/$file" | sed 's/^/    /'
"$uploadfs" wait --timeout 120 "$mount/$file" || fail "the upload did not finish"

say "6. Compare"
total=$(counter body_bytes)
resent=$(counter resent_bytes)
limit=$(((size_mib + chunk_mib) << 20))
show "Bytes of the file:                 $((size_mib << 20))"
show "Bytes sent over the network:       $total"
show "Bytes the server received twice:   $resent"
[ "$resent" -eq 0 ] || fail "bytes that the server had confirmed were sent again"
[ "$total" -le "$limit" ] || fail "more than the file and one part were sent"
stored_sum=$(curl --silent --show-error --fail "$url/storage/v1/b/demo/o/films%2F$file?alt=media" | sha256sum | cut -d' ' -f1)
show "SHA-256 of the file:               $source_sum"
show "SHA-256 of the stored object:      $stored_sum"
[ "$source_sum" = "$stored_sum" ] || fail "the object differs from the file"
show "The object is $(attribute destination)"
show "            = $url/storage/v1/b/demo/o/films%2F$file"

say "7. Unmount"
show "uploadfs unmount $mount"
"$uploadfs" unmount "$mount"
! mountpoint --quiet "$mount" || fail "$mount is still mounted"
say "All checks succeeded."
