"""One mount of one service that is killed again and again, and compared with its shadow and with what the server holds."""

import collections
import filecmp
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import threading
import time

import holdings
from harness import MIB, Server
from workload import Workload, is_dead, listing

Service = collections.namedtuple("Service", "name destination options environment large objects")

# Faults of the server, as templates: kinds of requests and what happens to them.
REQUESTS = ["begin", "part", "commit", "multipart", "rewrite", "patch", "delete", "get", "list", "probe", "abort"]
LOSABLE = ["begin", "part", "commit", "multipart", "rewrite", "patch", "delete", "abort", "folder"]


class Violation(Exception):
    """Something that must not happen."""

    KINDS = ["lost", "torn", "twice", "left open", "unfinished", "crashed"]

    def __init__(self, kind, text):
        super().__init__(text)
        assert kind in self.KINDS
        self.kind = kind


class KilledMount:
    alive = set()

    def __init__(self, service, directory, chance, arguments, stop):
        self.service, self.directory, self.chance = service, directory, chance
        self.arguments, self.stop = arguments, stop
        self.path, self.shadow, self.state = directory / "mnt", directory / "shadow", directory / "state"
        for path in (self.path, self.shadow):
            path.mkdir(parents=True)
        self.server = None
        self.process = None
        self.ready = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.ready.setblocking(False)
        self.ready_address = f"@uploadfs-kills-{os.getpid()}-{directory.name}"
        self.ready.bind("\0" + self.ready_address[1:])
        self.figures = collections.Counter()
        self.history = collections.deque(maxlen=40)
        self.slowest_stop = self.slowest_mount = 0.0
        self.lost_begins = 0
        KilledMount.alive.add(self)

    # The life of the mount

    def run(self, signals):
        """Kills with each of the signals in turn, and checks now and then and at the end."""
        self.server = Server(self.arguments.binary, self.directory / "server")
        self.mount()
        next_check = self.chance.randrange(3, 12)
        for number in signals:
            if self.stop.is_set():
                return
            self.set_faults()
            step = self.work_and_kill(number)
            self.mount()
            self.settle(step)
            next_check -= 1
            if next_check == 0:
                self.check()
                next_check = self.chance.randrange(3, 12)
        self.check()

    def mount(self):
        settings = [self.service.options.format(url=self.server.url), f"state_dir={self.state}", "parallel_files=4"]
        settings.append(f"settle={self.chance.choice(['0', '0', '0.05', '0.3'])}")
        settings.append(f"passthrough={self.chance.choice(['auto', 'off'])}")
        if self.arguments.options:
            settings.append(self.arguments.options)
        command = [self.arguments.binary / "uploadfs", "mount", "-f", "-o", ",".join(settings), self.service.destination, self.path]
        self.note(f"mount -o {settings[-2]},{settings[-1]}")
        environment = {**os.environ, **self.service.environment, "NOTIFY_SOCKET": self.ready_address}
        begin = time.monotonic()
        with open(self.directory / "log", "ab") as log:
            # Ctrl-C at the terminal is for this program, which ends the mount itself.
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True)
        self.wait_for("the mount", lambda: self.is_ready(self.process.pid), 60)
        self.slowest_mount = max(self.slowest_mount, time.monotonic() - begin)

    def is_ready(self, pid):
        """Whether the process has reported itself ready, as it does to systemd. The directory says less: the kernel still
        answers for its root when the process is gone."""
        while True:
            try:
                message = self.ready.recv(1000).decode()
            except BlockingIOError:
                return False
            if "READY=1" in message and f"MAINPID={pid}" in message:
                return True

    def work_and_kill(self, number):
        """Starts a program that changes files and ends the mount at a random moment.

        Returns the step that was under way, or None."""
        program = Program(self)
        # From now to the middle of uploads that run after the last step.
        moment = self.chance.choice(
            [0, self.chance.uniform(0, 0.1), self.chance.uniform(0, 0.5), self.chance.uniform(0, 0.5), self.chance.uniform(0, 2)])
        program.start()
        program.join(moment * 0.7)
        time.sleep(moment * 0.3)
        self.expect_alive()
        name = signal.Signals(number).name
        counters = self.server.counters()
        self.figures["in requests"] += counters["requests_in_flight"] > 0
        self.figures["in sessions"] += counters["open_sessions"] > 0
        self.note(f"{name} after {moment:.3f} s")
        program.is_dying.set()
        begin = time.monotonic()
        self.process.send_signal(number)
        try:
            status = self.process.wait(60)
        except subprocess.TimeoutExpired:
            raise Violation("unfinished", f"the mount's process has not ended 60 s after {name}") from None
        if number == signal.SIGTERM:
            self.slowest_stop = max(self.slowest_stop, time.monotonic() - begin)
            if status != 0:
                raise Violation("crashed", f"the mount's process ended with status {status} after SIGTERM")
        program.join(60)
        if program.is_alive():
            raise Violation("unfinished", f"a program hangs on a mount whose process has ended: {program.step.text}")
        if program.problem:
            raise program.problem
        self.figures.update({"kills": 1, name: 1})
        # What a dead client has asked for may still be carried out; after a restart of a real mount that is long over.
        self.wait_for("the end of the server's requests", lambda: self.server.counters()["requests_in_flight"] == 0, 60, alive=False)
        return program.step

    def expect_alive(self):
        if (status := self.process.poll()) is not None:
            raise Violation("crashed", f"the mount's process ended by itself, with status {status}")

    def wait_for(self, what, condition, limit, alive=True):
        deadline = time.monotonic() + limit
        while not condition():
            if alive:
                self.expect_alive()
            if time.monotonic() > deadline:
                raise Violation("unfinished", f"waited {limit:.0f} s for {what}")
            time.sleep(0.003)

    # What the mount shows

    def settle(self, step):
        """Finds out what became of the step that the kill interrupted, and takes it over. All else must be as it was."""
        if step is not None and step.removes:
            self.remove_absent(step.paths[0])
        elif step is not None and self.shows_shadow() is not None:
            try:
                step.action(str(self.shadow))
            except OSError:
                pass
            if self.shows_shadow() is not None:
                for path in step.paths:
                    self.adopt(path)
        if (difference := self.shows_shadow()) is not None:
            raise Violation("lost", f"{difference}; under way was: {step.text if step else 'nothing'}")
        for path in step.paths if step and step.writes else []:
            self.finish_writing(path)

    def shows_shadow(self):
        """None, or how the names and sizes on the mount differ from the shadow."""
        found, expected = listing(str(self.path)), listing(str(self.shadow))
        for path in sorted(found.keys() | expected.keys()):
            ours, theirs = found.get(path, "absent"), expected.get(path, "absent")
            if ours != theirs:
                return f"{path} is {ours} on the mount and should be {theirs} (a size in bytes, None for a directory)"
        return None

    def remove_absent(self, directory):
        """What is missing on the mount below a directory whose removal was interrupted has been removed."""
        found, expected = listing(str(self.path)), listing(str(self.shadow))
        for path in sorted(expected.keys() - found.keys(), reverse=True):
            if path == directory or path.startswith(f"{directory}/"):
                os.unlink(self.shadow / path) if expected[path] is not None else os.rmdir(self.shadow / path)

    def adopt(self, path):
        """A file whose writing was interrupted is whatever the mount has of it."""
        ours, theirs = self.shadow / path, self.path / path
        if theirs.is_file():
            ours.unlink(missing_ok=True)
            shutil.copyfile(theirs, ours)
        elif ours.is_file():
            ours.unlink()

    def finish_writing(self, path):
        """What was being written is held: its owner says that it is whole. A leftover of rsync is removed or gets its name."""
        if not (self.path / path).is_file():
            return
        if (self.path / path).name.startswith("."):
            target = path[: path.rindex(".")].replace("/.", "/").removeprefix(".")
            both = (str(self.path), str(self.shadow))
            for root in both:
                os.unlink(f"{root}/{path}") if self.uneven(path) or os.path.isdir(f"{root}/{target}") else os.rename(
                    f"{root}/{path}", f"{root}/{target}")
            path = target
            if not (self.path / path).is_file():
                return
        # With the same size the content may still be half old and half new.
        shutil.copyfile(self.path / path, self.shadow / path)
        self.control("retry", path)

    def uneven(self, path):
        return len(path) % 2 == 1

    def control(self, command, path="."):
        try:
            os.setxattr(self.path / path, "user.upload.control", command.encode())
        except OSError as error:
            raise Violation("unfinished", f"{command} of {path}: {error}") from None

    # What the server holds

    def check(self):
        """Lets the uploads finish and compares the server with the mount, and the mount with the shadow, byte for byte."""
        self.server.request("DELETE", "/_test/faults")
        self.control("resume")
        self.control("retry")
        deadline = time.monotonic() + self.arguments.patience
        while (violation := self.difference()) is not None:
            self.expect_alive()
            if self.stop.is_set():
                return
            if time.monotonic() > deadline:
                raise violation
            time.sleep(0.05)
        self.count()
        self.note("checked")

    def difference(self):
        """The first violation, or None. States come first: the server is looked at when the mount says that it is done."""
        if (difference := self.shows_shadow()) is not None:
            return Violation("lost", difference)
        files = sorted(path for path, size in listing(str(self.shadow)).items() if size is not None)
        for path in files:
            state = self.attribute("state", path)
            if state != "uploaded":
                return Violation("unfinished", f"{path} is {state}: {self.attribute('error', path) or 'no reason given'}")
        counters = self.server.counters()
        if counters["requests_in_flight"]:
            return Violation("unfinished", f"{counters['requests_in_flight']} requests are under way")
        objects = self.service.objects(self.server.directory)
        if missing := [path for path in files if path not in objects]:
            return Violation("lost", f"uploaded, but not at the service: {', '.join(missing)}")
        if extra := [path for path in objects if path not in files]:
            return Violation("twice", f"at the service, but not on the mount: {', '.join(extra)}")
        if several := [path for path, found in objects.items() if len(found) > 1]:
            return Violation("twice", f"more than once at the service: {', '.join(several)}")
        for path in files:
            for name, other in (("object", objects[path][0]), ("shadow", self.shadow / path)):
                if not same_content(self.path / path, other):
                    return Violation("torn", f"{path} differs from its {name} ({other})")
        return self.open_sessions(counters["open_sessions"])

    def open_sessions(self, counted):
        if counted == 0:
            return None
        sessions = list(holdings.open_sessions(self.server.directory))
        # A service that lists no sessions lets one expire whose opening had no response. It has no bytes: a client that knows a
        # session sends some. There cannot be more of them than lost responses.
        unknowable = [session for session in sessions if not session.is_listed and session.size == 0]
        known = [session for session in sessions if session not in unknowable]
        if known:
            return Violation("left open", "; ".join(f"{session.name} with {session.size} bytes" for session in known))
        if len(unknowable) > 4 * self.figures["kills"] + self.lost_begins:
            return Violation("left open", f"{len(unknowable)} empty sessions after {self.figures['kills']} kills")
        return None

    def count(self):
        counters = self.server.counters()
        files = [path for path, size in listing(str(self.shadow)).items() if size is not None]
        self.figures.update({"checks": 1, "files": len(files)})
        self.figures["sent"] = counters["body_bytes"]
        self.figures["resent"] = sum(counted["resent_bytes"] for counted in counters["objects"].values())
        self.figures["unknowable"] = counters["open_sessions"]

    def attribute(self, name, path):
        try:
            return os.getxattr(self.path / path, f"user.upload.{name}").decode()
        except OSError:
            return None

    # What makes it hard

    def set_faults(self):
        """Slow parts, slow responses, lost ones, errors and resets."""
        faults = []
        if self.chance.random() < 0.6:
            rate = self.chance.choice([2, 8, 32]) * MIB
            faults += [self.fault() for _ in range(self.chance.randrange(1, 5))]
            if self.chance.random() < 0.5:
                faults.append({"kind": "part", "times": None, "action": {"bytes_per_second": rate}})
        self.server.set_faults(faults)
        self.lost_begins += sum(fault["kind"] == "begin" and "lose_answer" in fault["action"] for fault in faults)
        if faults:
            self.note(f"faults: {faults}")

    def fault(self):
        kind, action = self.chance.choice([
            (REQUESTS, {"delay_ms": self.chance.randrange(20, 400)}),
            (REQUESTS, {"delay_ms": self.chance.randrange(20, 400)}),
            (LOSABLE, {"lose_answer": True}),
            (LOSABLE, {"lose_answer": True}),
            (REQUESTS, {"status": 503, "retry_after": 0}),
            (REQUESTS, {"status": 429, "retry_after": 0}),
            (["part", "multipart"], {"reset_after_bytes": self.chance.randrange(1, 600_000)}),
        ])
        return {"kind": self.chance.choice(kind), "skip": self.chance.randrange(3), "times": 1, "action": action}

    # Afterwards

    def note(self, text):
        self.history.append(text)

    def log_tail(self):
        try:
            return (self.directory / "log").read_text(errors="replace").splitlines()[-12:]
        except OSError:
            return []

    def clean_up(self):
        """Ends what runs and unmounts what is mounted, whatever state it is in."""
        if self not in KilledMount.alive:
            return
        KilledMount.alive.discard(self)
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for _ in range(3):
            if f" {self.path} " not in pathlib.Path("/proc/self/mountinfo").read_text():
                break
            command = ["umount", "--lazy"] if os.geteuid() == 0 else ["fusermount3", "-u", "-z"]
            subprocess.run([*command, self.path], check=False, stderr=subprocess.DEVNULL)
        if self.server and self.server.process.poll() is None:
            self.server.process.kill()
            self.server.process.wait()
        self.ready.close()

    @classmethod
    def clean_up_all(cls):
        for mount in list(cls.alive):
            mount.clean_up()


def same_content(path, other):
    return filecmp.cmp(path, other, shallow=False)


class Program(threading.Thread):
    """Carries steps out on the mount, through a descriptor of its root: after the unmount its paths do not lead to the directory
    below. Repeats each on the shadow when it has succeeded."""

    def __init__(self, mount):
        super().__init__(daemon=True)
        self.mount = mount
        self.workload = Workload(mount.chance.__class__(mount.chance.getrandbits(64)), str(mount.shadow), mount.service.large)
        self.count = mount.chance.randrange(0, 20)
        self.root = os.open(mount.path, os.O_RDONLY | os.O_DIRECTORY)
        self.is_dying = threading.Event()
        self.step = None
        self.problem = None

    def run(self):
        chance = self.workload.chance
        try:
            for _ in range(self.count):
                if self.is_dying.is_set():
                    return
                if chance.random() < 0.1:
                    self.control(chance)
                self.carry_out(self.workload.next())
                time.sleep(chance.choice([0, 0, 0.005, 0.05]))
        except OSError as error:
            if not (self.is_dying.is_set() and is_dead(error)):
                self.problem = Violation("lost", f"{self.step.text if self.step else 'a step'} failed: {error}")
        finally:
            os.close(self.root)

    def carry_out(self, step):
        self.step = step
        self.mount.note(step.text)
        step.action(f"/proc/self/fd/{self.root}")
        # From here on the step has happened.
        step.action(str(self.mount.shadow))
        self.step = None
        self.mount.figures["steps"] += 1

    def control(self, chance):
        command = chance.choice(["pause", "resume", "resume", "retry"])
        self.mount.note(f"{command} all")
        os.setxattr(f"/proc/self/fd/{self.root}", "user.upload.control", command.encode())
