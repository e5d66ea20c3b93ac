#!/usr/bin/env python3
"""Compares every service with its own Python client against the same test server: see README.md beside this file."""

import collections
import os
import pathlib
import statistics
import subprocess

import harness
from harness import MIB, ROOT, Mount, Server, fill, make_small_files, put_aside, removing, run, seconds, wait_until

CLIENT_PYTHON = ROOT / ".build/client-venv/bin/python"

# For each service: the destination, options, size of a part in bytes, parts at once, and credentials.
Service = collections.namedtuple("Service", "destination options part_size threads environment")
BEARER = {"CLOUDSDK_AUTH_ACCESS_TOKEN": "test-token"}
SERVICES = {
    "gs": Service("gs://demo/ours", "endpoint={url},parallel_parts=1", 8 * MIB, 1, {}),
    "gs-parallel": Service("gs://demo/ours", "endpoint={url},parallel_parts=4", 8 * MIB, 4, {}),
    "gdrive": Service("gdrive://root/ours", "endpoint={url}", 8 * MIB, 1, BEARER),
    # Small files are uploaded in one request if the object can be looked up after a lost response.
    "farm": Service(
        "google+{url}/upload/farm/v1/animals",
        "item_url={url}/farm/v1/animals/{{id}},search_url={url}/farm/v1/animals?name={{name}},search_answer=items[-1]", 8 * MIB, 1, BEARER),
    "box": Service("box://0/ours", "endpoint={url}/box", 8 * MIB, 4, {"BOX_DEVELOPER_TOKEN": "test-token"}),
    "obs": Service(
        "obs://demo/ours", "endpoint={url},path_style,parallel_parts=4,chunk_size=9M", 9 * MIB, 4,
        {"OBS_ACCESS_KEY_ID": "TESTKEY", "OBS_SECRET_ACCESS_KEY": "testsecret"}),
}


class ServiceMount(Mount):
    """A mount of any service."""

    def __init__(self, programs, directory, server, service, options=()):
        self.service = service
        super().__init__(programs, directory, server, options)

    def mount(self):
        options = ",".join(
            filter(None, [self.service.options.format(url=self.server.url), f"state_dir={self.state}", *self.options]))
        destination = self.service.destination.format(url=self.server.url)
        run(self.programs / "uploadfs", "mount", "-o", options, destination, self.path, env={**os.environ, **self.service.environment})
        self.note_process()


class Bench(harness.Bench):
    measures = ["large_file", "small_files", "kill"]

    def __init__(self, arguments, work):
        super().__init__(arguments, work)
        self.small_count = int(2000 * self.scale)

    @classmethod
    def add_options(cls, parser):
        if not CLIENT_PYTHON.exists():
            parser.error("the services' clients are not installed; run make client-tests")
        names = list(SERVICES)
        parser.add_argument("--services", type=harness.some_of(names), default=names, help=f"some of: {', '.join(names)}")

    def run(self, arguments):
        for service in arguments.services:
            for measure in arguments.only:
                getattr(self, measure)(service)

    def vendor(self, name, server, source):
        service = SERVICES[name]
        answer = subprocess.run(
            [CLIENT_PYTHON, pathlib.Path(__file__).with_name("vendor_clients.py"), name, server.url, str(service.part_size),
             str(service.threads), source], check=True, stdout=subprocess.PIPE, text=True)
        return float(answer.stdout.split()[-1])

    def received(self, server, field="body_bytes"):
        return sum(counted[field] for counted in server.counters()["objects"].values())

    def large_file(self, name):
        """From the close of a large file to its commit, against the client's upload of the same file."""
        source = self.work / "large.png"
        fill(source, self.large)
        ratios, wire = [], []
        for round in range(self.rounds):
            with (
                removing(Server(self.programs, self.work / "vendor-server")) as vendor,
                removing(Server(self.programs, self.work / "server")) as server,
                removing(ServiceMount(self.programs, self.work / "mount", server, SERVICES[name])) as mount,
            ):
                # Paused until its turn.
                run("cp", source, mount.path / "file.png")
                mount.control("pause", mount.path / "file.png")
                ways = {
                    "theirs": lambda: self.their_large(name, vendor, source),
                    "ours": lambda: self.our_large(mount),
                }
                # The first of one round is second in the next: memory that was used before is faster.
                order = list(ways) if round % 2 == 0 else list(reversed(ways))
                duration = {way: ways[way]() for way in order}
                ratios.append(duration["ours"] / duration["theirs"])
                wire.append(self.received(server) / self.large)
        source.unlink()
        ratio = statistics.median(ratios)
        self.report(f"{name}: upload of a large file, of its own client", ratio, "at most 1.3", ratio <= 1.3)
        self.report(f"{name}: bytes on the wire, of the file", max(wire), "at most 1.01", max(wire) <= 1.01)

    def their_large(self, name, server, source):
        self.prepare(source)
        return self.vendor(name, server, source)

    def our_large(self, mount):
        self.prepare(mount.state / "spool/file.png")
        return seconds(lambda: (mount.control("resume", mount.path), mount.wait()))

    def small_files(self, name):
        source = self.work / "source"
        make_small_files(source, self.small_count, 4096)
        ratios, requests = [], []
        for _ in range(self.rounds):
            with removing(Server(self.programs, self.work / "server")) as server:
                theirs = self.vendor(name, server, source)
                server.reset()
                with removing(ServiceMount(self.programs, self.work / "mount", server, SERVICES[name], ["settle=5"])) as mount:
                    run("cp", "-r", source, mount.path)
                    wait_until("the first upload", lambda: self.received(server) > 0)
                    ratios.append(seconds(mount.wait) / theirs)
                counters = server.counters()
                requests.append(counters["requests"] / self.small_count)
                print(f"      {counters['requests_by_kind']}", flush=True)
        put_aside(source)
        ratio = statistics.median(ratios)
        self.report(f"{name}: upload of small files, of its own client", ratio, "at most 1", ratio <= 1)
        # Folders and ids come on top of one request each.
        self.report(f"{name}: requests for each small file", max(requests), "1, and folders and ids", max(requests) <= 1.1)

    def kill(self, name):
        size, service = self.large // 4, SERVICES[name]
        source = self.work / "large.png"
        fill(source, size)
        with removing(Server(self.programs, self.work / "server")) as server:
            server.set_faults([{"kind": "part", "times": None, "action": {"bytes_per_second": 64 * MIB}}])
            with removing(ServiceMount(self.programs, self.work / "mount", server, service, ["settle=0"])) as mount:
                run("cp", source, mount.path / "file.png")
                wait_until("half of the file", lambda: self.received(server) >= size / 2)
                mount.kill()
                mount.mount()
                server.request("DELETE", "/_test/faults")
                mount.wait()
            wire = self.received(server) - size
        source.unlink()
        limit = service.part_size * service.threads
        self.report(f"{name}: MiB sent again after a kill half way", wire / MIB, f"at most {limit // MIB}", wire <= limit)


if __name__ == "__main__":
    Bench.main(__doc__)
