#!/usr/bin/env python3
"""Measures what status, claims, pause and wait cost with very many files to be uploaded: see README.md beside this file."""

import contextlib
import os
import signal
import statistics
import subprocess
import sys
import threading
import time

import harness
from harness import MIB, FreshDisk, Mount, Server, removing, run, seconds, wait_until

# Long enough for no upload to start: the files stay as they are while they are looked at.
NO_UPLOADS = ["settle=86400"]
PER_DIRECTORY = 100
# Larger than what is uploaded in one request, and nothing but a hole: it takes no space.
LARGE = 8 * MIB + 1
# Short parts, so that a request costs little and what happens between two of them shows.
CHUNK = 256 * 1024
CLAIM_OPTIONS = ["settle=0", "parallel_files=1", "parallel_parts=1", f"chunk_size={CHUNK}"]
# So many unfinished files are more than `status --watch` lists.
WATCHED_MIN = 1000


class Bench(harness.Bench):
    measures = ["attributes", "wait", "watch", "pause", "claims", "small_claims", "waited_claims"]
    # These share one mount, which takes minutes to fill. Files that were paused and resumed are ready at once, so that comes last.
    idle = ["attributes", "wait", "watch", "pause"]

    @classmethod
    def add_options(cls, parser):
        parser.add_argument("--files", type=int, default=1_000_000, help="files to be uploaded, of no bytes")
        parser.add_argument("--ready", type=int, default=None, help="files that claims choose from; a tenth of --files by default")
        parser.add_argument("--window", type=float, default=10, metavar="SECONDS", help="how long uploads and waiting are watched")

    def run(self, arguments):
        self.files = arguments.files
        self.ready = arguments.ready or max(self.files // 10, 10)
        self.window = arguments.window
        # So that what is mounted is removed then, too.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        if chosen := [name for name in self.idle if name in arguments.only]:
            with self.idle_mount() as self.mount:
                self.measure(chosen)
        self.measure([name for name in arguments.only if name not in self.idle])

    def measure(self, names):
        for name in names:
            self.note(f"{name}: {getattr(self, name).__doc__}")
            getattr(self, name)()

    # A mount of very many files that wait

    @contextlib.contextmanager
    def idle_mount(self):
        with removing(self.disk(self.files)) as disk, removing(self.new_mount(disk, None, NO_UPLOADS)) as mount:
            self.fill(mount, self.files, 0)
            self.scan(mount, self.files)
            yield mount

    def new_mount(self, disk, server, options):
        return PatientMount(self.programs, disk.path / "mount", server, options)

    def disk(self, files):
        return FreshDisk(self.work / "disk", megabytes=1024 + files // 100, inodes=files + files // 20 + 10000)

    def fill(self, mount, count, size):
        """Makes the files below the mount and removes what the mount knew of: it finds them at its next start."""
        mount.unmount()
        for directory in range(-(-count // PER_DIRECTORY)):
            path = mount.state / "spool" / f"{directory // 100:03}" / f"{directory % 100:02}"
            path.mkdir(parents=True)
            for number in range(min(PER_DIRECTORY, count - directory * PER_DIRECTORY)):
                file = os.open(path / f"document-{number:02}.txt", os.O_WRONLY | os.O_CREAT | os.O_EXCL)
                if size:
                    os.ftruncate(file, size)
                os.close(file)
        for path in mount.state.glob("checkpoints.sqlite*"):
            path.unlink()

    def scan(self, mount, count):
        duration = seconds(lambda: (mount.mount(), wait_until(
            "the scan of the spool", lambda: mount.attribute("files_total") == str(count), limit=1800, interval=0.5)))
        self.note(f"{count} files were found in {duration:.1f} s; {mount.process.memory_mib():.0f} MiB of memory")

    def attributes(self):
        """Reading the status of a directory right after a change below it."""
        for directory, what in ((".", f"the mount's root, {self.files} files"), ("000", f"a directory, {min(self.files, 10_000)} files")):
            for name in ("state", "percent"):
                times = [self.time_of_attribute(directory, name, number) for number in range(25)]
                median = statistics.median(times) * 1000
                self.report(f"milliseconds for user.upload.{name} of {what}", median, "under 2", median < 2)
                self.note(f"the worst of {len(times)}: {max(times) * 1000:.1f}")

    def time_of_attribute(self, directory, name, number):
        # A sum that was kept since the last look would be no measurement.
        time.sleep(0.15)
        (self.mount.path / f"000/changed-{directory}-{name}-{number}").write_bytes(b"x")
        return seconds(lambda: self.mount.attribute(name, directory))

    def pause(self):
        """Pausing and resuming all files, and what other programs wait for meanwhile."""
        calm = Prober(self.mount.path, "calm")
        with calm:
            time.sleep(2)
        self.note(f"the longest calls without it: {calm}")
        for command in ("pause", "resume"):
            with Prober(self.mount.path, command) as prober:
                duration = seconds(lambda: self.mount.control(command, self.mount.path))
                # What it leaves to be done afterwards counts, too.
                time.sleep(0.5)
            self.report(f"seconds to {command} {self.files} files", duration, "under 1", duration < 1)
            self.report(f"longest call of other programs during {command}, ms", prober.longest * 1000, "under 100", prober.longest < 0.1)
            self.note(f"the longest calls: {prober}")

    def wait(self):
        """Processor time of the mount while a program waits for all files and another writes a small file five times a second."""
        used = {}
        for waiting in (False, True):
            with contextlib.ExitStack() as stack:
                if waiting:
                    stack.enter_context(running([self.programs / "uploadfs", "wait", self.mount.path]))
                before, end, number = self.mount.process.cpu_seconds(), time.monotonic() + self.window, 0
                while time.monotonic() < end:
                    (self.mount.path / f"000/written-{waiting}-{number}").write_bytes(b"x")
                    number += 1
                    time.sleep(0.2)
                used[waiting] = (self.mount.process.cpu_seconds() - before) / self.window
        more = (used[True] - used[False]) * 100
        self.report("processor time of the mount for a waiting program, % of a core", more, "under 2", more < 2)
        self.note(f"{used[False] * 100:.1f} % without it, {used[True] * 100:.1f} % with it")

    def watch(self):
        """Whether `status --watch` goes on while files are unfinished, beside more than a thousand others."""
        if self.files <= WATCHED_MIN:
            self.note(f"not measured: it takes more than {WATCHED_MIN} files")
            return
        last = max(path.relative_to(self.mount.path) for path in self.mount.path.glob("*/*") if path.is_dir())
        for directory, what in ((".", f"the mount, {self.files} files"), (last, f"the last directory, {PER_DIRECTORY} files")):
            with running([self.programs / "uploadfs", "status", "--watch", self.mount.path / directory]) as process:
                before = self.mount.process.cpu_seconds()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(self.window / 2)
                goes_on = process.poll() is None
                used = (self.mount.process.cpu_seconds() - before) / (self.window / 2) * 100
            self.report(f"status --watch of {what}, goes on (1) or ends (0)", int(goes_on), "1", goes_on)
            self.note(f"{used:.1f} % of a core in the mount's process meanwhile")

    # Choosing the next upload

    def claims(self):
        """Time for each part of 256 KiB with many large files ready, over the time with few: what choosing the next upload costs."""
        self.compare("part", "a part", LARGE, -(-LARGE // CHUNK))

    def small_claims(self):
        """The same for each of many files of no bytes, which take one request each."""
        self.compare("multipart", "an upload", 0, 1)

    def waited_claims(self):
        """The same for an upload while a program waits for all files, over the time without one."""
        alone = self.milliseconds_each("multipart", self.ready, 0, 1)
        waited = self.milliseconds_each("multipart", self.ready, 0, 1, waiting=True)
        more = waited - alone
        self.report(f"milliseconds more for an upload of {self.ready} while a program waits for them", more, "under 1", more < 1)
        self.note(f"{alone:.2f} ms without it, {waited:.2f} ms with it")

    def compare(self, kind, what, size, requests):
        few = self.milliseconds_each(kind, min(1000 // requests, self.ready), size, requests)
        many = self.milliseconds_each(kind, self.ready, size, requests)
        more = many - few
        self.report(f"milliseconds more for {what} with {self.ready} files ready than with few", more, "under 1", more < 1)
        self.note(f"{few:.2f} ms with few, {many:.2f} ms with {self.ready}")

    def milliseconds_each(self, kind, count, size, requests_each, waiting=False):
        with removing(self.disk(count)) as disk, removing(Server(self.programs, self.work / "server")) as server:
            with removing(self.new_mount(disk, server, CLAIM_OPTIONS)) as mount:
                self.fill(mount, count, size)
                with stopped(server.process):
                    self.scan(mount, count)

                def done():
                    return server.counters()["requests_by_kind"].get(kind, 0)

                # What was sent to the server while it was stopped is not to count.
                wait_until(f"a few of the kind {kind}", lambda: done() > 10, limit=180, interval=0.05)
                with running([self.programs / "uploadfs", "wait", mount.path]) if waiting else contextlib.nullcontext():
                    begin, before = time.monotonic(), done()
                    # With few files they may all be uploaded before the time is over.
                    while time.monotonic() < begin + self.window and done() < count * requests_each:
                        time.sleep(0.01)
                    passed, requests = time.monotonic() - begin, done() - before
                return passed * 1000 / max(requests, 1)


class PatientMount(Mount):
    """A mount that is removed even if it does not end by itself, and says so. A copy of the mount in another mount namespace, made
    while it was mounted, keeps it from ending."""

    def unmount(self):
        begin = time.monotonic()
        try:
            super().unmount()
        except subprocess.CalledProcessError as error:
            print(f"      the mount had not ended after {time.monotonic() - begin:.0f} s (status {error.returncode}); it is killed", flush=True)
            with contextlib.suppress(ProcessLookupError):
                self.kill()
            if os.path.ismount(self.path):
                run("umount", "--lazy", self.path)


class Prober:
    """Another program on the mount: looks up names, reads attributes and writes small files, and notes the longest of each."""

    def __init__(self, path, name):
        self.path, self.name = path, name
        self.worst = {"lookup": 0.0, "stat": 0.0, "write": 0.0}
        self.stopped = threading.Event()
        self.threads = [threading.Thread(target=self.repeat, args=(what,)) for what in self.worst]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        for thread in self.threads:
            thread.join()

    def repeat(self, what):
        number = 0
        while not self.stopped.is_set():
            number += 1
            self.worst[what] = max(self.worst[what], seconds(lambda: getattr(self, what)(number)))
            time.sleep(0.002)

    def lookup(self, number):
        # The kernel remembers a name that is absent, so each is a new one.
        (self.path / f"absent-{self.name}-{number}").exists()

    def stat(self, number):
        file = os.open(self.path / "000/00/document-00.txt", os.O_RDONLY)
        os.fstat(file)
        os.close(file)

    def write(self, number):
        (self.path / f"probe-{self.name}-{number % 50}").write_bytes(b"x")

    @property
    def longest(self):
        return max(self.worst.values())

    def __str__(self):
        return ", ".join(f"{what} {worst * 1000:.1f} ms" for what, worst in self.worst.items())


@contextlib.contextmanager
def stopped(process):
    """Lets a server accept connections and respond to none, so that uploads have begun and do not go on."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


@contextlib.contextmanager
def running(command):
    """Runs a program that is ended at the end, if it has not ended by itself."""
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(60)


if __name__ == "__main__":
    Bench.main(__doc__)
