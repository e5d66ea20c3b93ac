#!/usr/bin/env python3
"""Kills mounts at random moments of random work, remounts them, and checks that nothing is lost, torn, stored twice or left open."""

import argparse
import atexit
import collections
import concurrent.futures
import pathlib
import random
import shutil
import signal
import sys
import tempfile
import threading
import time

import holdings
from harness import ROOT
from killed_mount import KilledMount, Service, Violation
from workload import KIB, MIB

BEARER = {"CLOUDSDK_AUTH_ACCESS_TOKEN": "test-token"}
OBS_KEYS = {"OBS_ACCESS_KEY_ID": "TESTKEY", "OBS_SECRET_ACCESS_KEY": "testsecret"}

# Large files are larger than what the service takes in one request, so that they are uploaded in sessions.
SERVICES = {
    service.name: service
    for service in [
        Service("gs", "gs://demo", "endpoint={url},chunk_size=512K", {}, (8 * MIB + 1, 11 * MIB, 0.35), holdings.bucket),
        Service(
            "gs-parallel", "gs://demo", "endpoint={url},chunk_size=5M,parallel_parts=2", {}, (8 * MIB + 1, 17 * MIB, 0.35),
            holdings.bucket),
        Service(
            "obs", "obs://demo", "endpoint={url},path_style,chunk_size=512K,parallel_parts=2", OBS_KEYS, (9 * MIB + 1, 12 * MIB, 0.35),
            holdings.bucket),
        Service("gdrive", "gdrive://root", "endpoint={url},chunk_size=256K", BEARER, (4 * MIB + 1, 7 * MIB, 0.35), holdings.drive),
        # Sessions begin at 50 MB here, so there are fewer of them.
        Service(
            "box", "box://0", "endpoint={url}/box,parallel_parts=2", {"BOX_DEVELOPER_TOKEN": "test-token"},
            (50_000_001, 58_000_000, 0.12), holdings.box),
    ]
}

# After so many kills a service begins anew, with an empty server and an empty state directory.
KILLS_PER_START = 50
# So many violations of one service end its run: more say nothing new.
VIOLATIONS_MAX = 10


def signals_of(chance):
    """Half SIGKILL and half SIGTERM in every ten, in random order."""
    order = []
    for _ in range(KILLS_PER_START // 10):
        ten = [signal.SIGKILL, signal.SIGTERM] * 5
        chance.shuffle(ten)
        order += ten
    return order


class ServiceRun:
    """All kills of one service."""

    def __init__(self, service, kills, seed, arguments, work, stop):
        self.service, self.kills, self.seed = service, kills, seed
        self.arguments, self.work, self.stop = arguments, work, stop
        self.violations = []
        self.figures = collections.Counter()
        self.slowest_stop = self.slowest_mount = 0.0

    def run(self):
        seed = self.seed
        while self.figures["kills"] < self.kills and len(self.violations) < VIOLATIONS_MAX and not self.stop.is_set():
            self.start_anew(seed, min(KILLS_PER_START, self.kills - self.figures["kills"]))
            seed += 1
        return self

    def start_anew(self, seed, kills):
        chance = random.Random(f"{self.service.name} {seed}")
        directory = self.work / f"{self.service.name}-{seed}"
        mount = KilledMount(self.service, directory, chance, self.arguments, self.stop)
        failed = False
        try:
            mount.run(signals_of(chance)[:kills])
        except Violation as violation:
            failed = True
            self.violations.append((violation.kind, self.description(violation, mount, seed)))
            print(self.violations[-1][1], flush=True)
        finally:
            mount.clean_up()
            self.figures.update(mount.figures)
            self.slowest_stop = max(self.slowest_stop, mount.slowest_stop)
            self.slowest_mount = max(self.slowest_mount, mount.slowest_mount)
            if not (failed and self.arguments.keep):
                shutil.rmtree(directory, ignore_errors=True)

    def description(self, violation, mount, seed):
        lines = [
            f"VIOLATION  {self.service.name}: {violation.kind}, after {mount.figures['kills']} kills with seed {seed}",
            *(f"    {line}" for line in str(violation).splitlines()[:20]),
            "  the last steps before it:", *(f"    {line}" for line in mount.history),
            "  the end of the mount's log:", *(f"    {line}" for line in mount.log_tail()),
            f"  the same again: Benchmarks/kills.py --service {self.service.name} --seed {seed} --kills {KILLS_PER_START} --keep",
        ]
        if self.arguments.keep:
            lines.append(f"  kept in {mount.directory}")
        return "\n".join(lines)

    def summary(self):
        counted = self.figures
        kinds = collections.Counter(kind for kind, _ in self.violations)
        return (
            f"{self.service.name}: {counted['kills']} kills ({counted['SIGKILL']} SIGKILL, {counted['SIGTERM']} SIGTERM), "
            f"{counted['in requests']} during a request, {counted['in sessions']} during a session, {counted['steps']} steps, {counted['checks']} checks of {counted['files']} files; "
            + ", ".join(f"{kinds[kind]} {kind}" for kind in Violation.KINDS)
            + f"; {counted['sent'] / MIB:.0f} MiB sent, {counted['resent'] / KIB:.0f} KiB of them again; "
            f"{counted['unknowable']} empty sessions whose opening may have had no response; "
            f"slowest stop {self.slowest_stop:.2f} s, mount {self.slowest_mount:.2f} s")


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1000, help="of all services together; half SIGKILL, half SIGTERM")
    parser.add_argument("--seed", type=int, default=None, help="of the order of steps, faults and signals; a new one by default")
    parser.add_argument("--service", nargs="+", choices=list(SERVICES), default=list(SERVICES), metavar="NAME",
                        help=f"some of: {', '.join(SERVICES)}")
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / ".build/debug", metavar="DIR", help="where the programs are")
    parser.add_argument("--quick", action="store_true", help="20 kills for each service")
    parser.add_argument("--jobs", type=int, default=3, help="services that are tested at the same time")
    parser.add_argument("--patience", type=float, default=90, metavar="SECONDS", help="how long uploads may take to finish at a check")
    parser.add_argument("--limit", type=float, default=3600, metavar="SECONDS", help="end the whole run after this time")
    parser.add_argument("--options", default="", metavar="OPTION,…", help="more options of the mounts, such as passthrough=off")
    parser.add_argument("--work", type=pathlib.Path, default=None, help="a directory on the disk to use")
    parser.add_argument("--keep", action="store_true", help="keep the directories of what failed")
    return parser.parse_args()


def main():
    arguments = parse()
    kills = 20 * len(arguments.service) if arguments.quick else arguments.kills
    seed = arguments.seed if arguments.seed is not None else random.randrange(1_000_000) * 1000
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    work = pathlib.Path(tempfile.mkdtemp(prefix="uploadfs-kills.", dir=arguments.work))
    atexit.register(KilledMount.clean_up_all)
    print(f"seed {seed}: {kills} kills of {', '.join(arguments.service)}", flush=True)
    begin = time.monotonic()
    timer = threading.Timer(arguments.limit, stop.set)
    timer.daemon = True
    timer.start()
    share = [kills // len(arguments.service) + (index < kills % len(arguments.service)) for index in range(len(arguments.service))]
    runs = [
        ServiceRun(SERVICES[name], count, seed, arguments, work, stop) for name, count in zip(arguments.service, share)]
    try:
        with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
            for done in concurrent.futures.as_completed([pool.submit(run.run) for run in runs]):
                print(done.result().summary(), flush=True)
    finally:
        KilledMount.clean_up_all()
        if not arguments.keep:
            shutil.rmtree(work, ignore_errors=True)
    report(runs, kills, seed, time.monotonic() - begin)


def report(runs, kills, seed, duration):
    """One line for everything; the exit status is 0 only if all kills happened and nothing was wrong."""
    done = sum(run.figures["kills"] for run in runs)
    kinds = collections.Counter(kind for run in runs for kind, _ in run.violations)
    good = done == kills and not kinds
    print(f"{'ok  ' if good else 'MISS'}  {done} of {kills} kills in {duration:.0f} s, seed {seed}: "
          + ", ".join(f"{kinds[kind]} {kind}" for kind in Violation.KINDS))
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
