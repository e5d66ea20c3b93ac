"""Starts servers and mounts for the benchmarks, and measures them. Standard library only; everything on loopback."""

import argparse
import contextlib
import json
import mmap
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[1]
MIB = 1 << 20


def run(*command, **keywords):
    """Runs a command, which must succeed."""
    return subprocess.run([str(part) for part in command], check=True, **keywords)


def seconds(action):
    """How long a call takes, in seconds."""
    start = time.monotonic()
    action()
    return time.monotonic() - start


def wait_until(what, condition, limit=600, interval=0.005):
    deadline = time.monotonic() + limit
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"waited {limit} s for {what}")
        time.sleep(interval)


def settle_disk():
    """Writes everything to the disk, so that the next measurement does not pay for this one."""
    os.sync()


def use_memory(size):
    """Touches and releases `size` bytes of memory: in a virtual machine, the first use of a page costs several times a copy of it,
    which the program that is measured first would pay."""
    fields = dict(line.split(":") for line in pathlib.Path("/proc/meminfo").read_text().splitlines())
    size = min(size, int(fields["MemAvailable"].split()[0]) * 1024 // 2)
    mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE).close()


def put_aside(directory):
    """Moves a directory out of the way without removing its files: ext4 creates files slowly for minutes after many were removed,
    which the next measurement would pay. The space of large files is released."""
    used = directory.parent / "used"
    used.mkdir(exist_ok=True)
    for path in directory.rglob("*"):
        if path.is_file() and path.stat().st_size > 16 * MIB:
            os.truncate(path, 0)
    directory.rename(used / str(time.monotonic_ns()))


def fill(path, size):
    """Creates a file of random bytes."""
    with open(path, "wb") as file, open("/dev/urandom", "rb") as random:
        for offset in range(0, size, MIB):
            file.write(random.read(min(MIB, size - offset)))


def make_small_files(directory, count, size):
    """Creates a tree with 100 files in each directory."""
    for index in range(count):
        path = directory / f"{index // 100:04}" / f"{index:06}.dat"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(size))


class Bench:
    """One run of a benchmark program: its options, a work directory, and the results. A subclass has a method for each of its
    `measures`."""

    measures = []

    def __init__(self, arguments, work):
        self.programs, self.work = arguments.bin, work
        self.rounds, self.scale = arguments.rounds, arguments.scale
        self.large = int(2048 * MIB * self.scale) // MIB * MIB
        self.results = {}

    @classmethod
    def add_options(cls, parser):
        """Adds options that only this program has."""

    def run(self, arguments):
        for name in arguments.only:
            self.note(f"{name}: {getattr(self, name).__doc__}")
            getattr(self, name)()

    def prepare(self, file):
        """Gives every upload of a large file the same start: nothing left to be written to the disk, the file in the page cache
        (some systems drop it after half a minute), and pages for the server's copy of it."""
        settle_disk()
        run("cat", file, stdout=subprocess.DEVNULL)
        use_memory(self.large)

    def report(self, name, value, goal, good):
        self.results[name] = {"value": round(value, 3), "goal": goal, "reached": good}
        print(f"{'ok  ' if good else 'MISS'}  {name}: {value:.3g}  (goal: {goal})", flush=True)

    def note(self, text):
        print(f"      {text}", flush=True)

    @classmethod
    def main(cls, description):
        """Measures what the command line asks for; the exit status is 0 if all goals are reached."""
        parser = argparse.ArgumentParser(description=description)
        parser.add_argument("--only", type=some_of(cls.measures), default=cls.measures, help=f"some of: {', '.join(cls.measures)}")
        parser.add_argument("--rounds", type=int, default=3, help="number of rounds; the median counts")
        parser.add_argument("--scale", type=float, default=1.0, help="factor for sizes and counts; the goals are for 1")
        parser.add_argument("--bin", type=pathlib.Path, default=ROOT / ".build/release", help="directory of the programs")
        parser.add_argument("--work", type=pathlib.Path, default=None, help="a directory on the disk to measure")
        parser.add_argument("--json", type=pathlib.Path, default=None, help="write the results to this file")
        cls.add_options(parser)
        arguments = parser.parse_args()
        work = pathlib.Path(tempfile.mkdtemp(prefix="uploadfs-bench.", dir=arguments.work))
        try:
            bench = cls(arguments, work)
            bench.run(arguments)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        if arguments.json:
            arguments.json.write_text(json.dumps(bench.results, indent=2) + "\n")
        raise SystemExit(0 if all(result["reached"] for result in bench.results.values()) else 1)


def some_of(names):
    """A type of argument: names separated by commas."""

    def parse(text):
        if unknown := set(text.split(",")) - set(names):
            raise argparse.ArgumentTypeError(f"unknown: {', '.join(sorted(unknown))}; valid values are {', '.join(names)}")
        return text.split(",")

    return parse


class Process:
    """Processor time and peak memory of a process, from /proc."""

    def __init__(self, pid):
        self.pid = pid

    def cpu_seconds(self):
        # The processor time clock of another process, as clock_getcpuclockid(3) makes it: finer than /proc's hundredths.
        return time.clock_gettime(~self.pid << 3 | 2)

    def memory_mib(self):
        return self.status_mib("VmRSS")

    def peak_mib(self):
        return self.status_mib("VmHWM")

    def status_mib(self, name):
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) / 1024
        return 0.0


class Server:
    """The test server, in a directory of its own."""

    def __init__(self, programs, directory):
        self.directory = directory
        port_file = directory.with_suffix(".port")
        port_file.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [programs / "uploadfs-test-server", "--root", directory, "--port-file", port_file], stdout=subprocess.DEVNULL,
            start_new_session=True)
        wait_until("the test server", lambda: port_file.exists() and port_file.read_text().strip())
        self.url = f"http://127.0.0.1:{port_file.read_text().strip()}"

    def request(self, method, path, value=None):
        data = None if value is None else json.dumps(value).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url + path, data=data, method=method)) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def counters(self):
        return self.request("GET", "/_test/counters")

    def reset(self):
        self.request("POST", "/_test/counters/reset")

    def set_faults(self, faults):
        self.request("POST", "/_test/faults", faults)

    def remove(self):
        self.process.terminate()
        self.process.wait(30)
        put_aside(self.directory)


class Mount:
    """A mount of uploadfs, or of bindfs for comparison."""

    def __init__(self, programs, directory, server=None, options=()):
        self.programs, self.directory, self.server = programs, directory, server
        self.path, self.state = directory / "mnt", directory / "state"
        self.options = list(options)
        self.path.mkdir(parents=True, exist_ok=True)
        self.mount()

    def mount(self):
        endpoint = self.server.url if self.server else "http://127.0.0.1:9"
        options = ",".join([f"endpoint={endpoint}", f"state_dir={self.state}", *self.options])
        run(self.programs / "uploadfs", "mount", "-o", options, "gs://demo", self.path)
        self.note_process()

    def note_process(self):
        self.process = Process(int((self.state / "lock").read_text().split("\n")[0]))

    def kill(self):
        os.kill(self.process.pid, signal.SIGKILL)
        wait_until("the end of the process", lambda: not pathlib.Path(f"/proc/{self.process.pid}/exe").exists())

    def wait(self):
        run(self.programs / "uploadfs", "wait", self.path)

    def control(self, command, path):
        run(self.programs / "uploadfs", command, path)

    def attribute(self, name, file="."):
        return os.getxattr(self.path / file, f"user.upload.{name}").decode()

    def unmount(self):
        run(self.programs / "uploadfs", "unmount", self.path)

    def remove(self):
        if os.path.ismount(self.path):
            self.unmount()
        put_aside(self.directory)


class FreshDisk:
    """A new ext4 in a file, so that the history of the disk's own file system does not count: creating files there may take ten
    times as long. Needs root; other users get a directory of the disk itself."""

    def __init__(self, path, megabytes, inodes):
        self.path, self.image = path, path.with_suffix(".image")
        path.mkdir()
        if os.geteuid() != 0:
            return
        with open(self.image, "wb") as image:
            image.truncate(megabytes * MIB)
        run("mkfs.ext4", "-q", "-F", "-N", inodes, "-E", "lazy_itable_init=0,lazy_journal_init=0", self.image)
        run("mount", "-o", "loop", self.image, path)

    def remove(self):
        if os.path.ismount(self.path):
            run("umount", self.path)
            self.image.unlink()
        shutil.rmtree(self.path)


class Local:
    """A directory of the disk itself."""

    process = None

    def __init__(self, path):
        self.path = path
        path.mkdir(parents=True)

    def remove(self):
        put_aside(self.path)


class Bindfs:
    """bindfs over a directory of the same disk."""

    def __init__(self, directory):
        self.directory = directory
        self.path, self.source = directory / "mnt", directory / "source"
        for path in (self.path, self.source):
            path.mkdir(parents=True, exist_ok=True)
        child = subprocess.Popen(["bindfs", "-f", self.source, self.path])
        wait_until("bindfs", lambda: os.path.ismount(self.path))
        self.process = Process(child.pid)
        self.child = child

    def remove(self):
        run("umount", self.path) if os.geteuid() == 0 else run("fusermount3", "-u", self.path)
        self.child.wait(30)
        put_aside(self.directory)


@contextlib.contextmanager
def removing(thing):
    """Removes a thing at the end, also after an error."""
    try:
        yield thing
    finally:
        thing.remove()
