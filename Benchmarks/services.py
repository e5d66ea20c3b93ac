#!/usr/bin/env python3
"""Measures every service against its own Python client, doing the same against the same test server: see README.md beside this file."""

import argparse
import collections
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile

from harness import MIB, ROOT, Mount, Server, fill, make_small_files, put_aside, removing, run, seconds, settle_disk, wait_until

CLIENT_PYTHON = ROOT / ".build/client-venv/bin/python"

# What each service is called on the command line, with how large parts, how many at once, and with which credentials.
Service = collections.namedtuple("Service", "destination options part_size threads environment")
BEARER = {"CLOUDSDK_AUTH_ACCESS_TOKEN": "test-token"}
SERVICES = {
    "gs": Service("gs://demo/ours", "endpoint={url},parallel_parts=1", 8 * MIB, 1, {}),
    "gs-parallel": Service("gs://demo/ours", "endpoint={url},parallel_parts=4", 8 * MIB, 4, {}),
    "gdrive": Service("gdrive://root/ours", "endpoint={url}", 8 * MIB, 1, BEARER),
    # Small files go up in one request where a lost answer can be looked into.
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


class Bench:
    def __init__(self, arguments, work):
        self.programs, self.work, self.rounds = arguments.bin, work, arguments.rounds
        self.large = int(2048 * MIB * arguments.scale) // MIB * MIB
        self.small_count = int(2000 * arguments.scale)
        self.results = {}

    def report(self, name, value, goal, good):
        self.results[name] = {"value": round(value, 3), "goal": goal, "reached": good}
        print(f"{'ok  ' if good else 'MISS'}  {name}: {value:.3g}  (goal: {goal})", flush=True)

    def vendor(self, name, server, source):
        service = SERVICES[name]
        answer = subprocess.run(
            [CLIENT_PYTHON, pathlib.Path(__file__).with_name("vendor_clients.py"), name, server.url, str(service.part_size),
             str(service.threads), source], check=True, stdout=subprocess.PIPE, text=True)
        return float(answer.stdout.split()[-1])

    def received(self, server, field="body_bytes"):
        return sum(counted[field] for counted in server.counters()["objects"].values())

    def large_file(self, name):
        source = self.work / "large.png"
        fill(source, self.large)
        ratios, wire = [], []
        for _ in range(self.rounds):
            with removing(Server(self.programs, self.work / "server")) as server:
                with removing(ServiceMount(self.programs, self.work / "mount", server, SERVICES[name])) as mount:
                    run("cp", source, mount.path / "file.png")
                    mount.control("pause", mount.path / "file.png")
                    settle_disk()
                    theirs = self.vendor(name, server, source)
                    settle_disk()
                    server.reset()
                    ours = seconds(lambda: (mount.control("resume", mount.path), mount.wait()))
                    ratios.append(ours / theirs)
                    wire.append(self.received(server) / self.large)
        source.unlink()
        ratio = statistics.median(ratios)
        self.report(f"{name}: upload of a large file, of its own client", ratio, "at most 1.3", ratio <= 1.3)
        self.report(f"{name}: bytes on the wire, of the file", max(wire), "at most 1.01", max(wire) <= 1.01)

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
        # Folders and ids on top of one request each.
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
        self.report(f"{name}: MiB sent again after a kill at half way", wire / MIB, f"at most {limit // MIB}", wire <= limit)


def main():
    measures = ["large_file", "small_files", "kill"]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--services", default=",".join(SERVICES), help=f"some of: {', '.join(SERVICES)}")
    parser.add_argument("--only", default=",".join(measures), help=f"some of: {', '.join(measures)}")
    parser.add_argument("--rounds", type=int, default=3, help="medians are of so many rounds")
    parser.add_argument("--scale", type=float, default=1.0, help="of the sizes and counts; the goals are for 1")
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / ".build/release", help="where the programs are")
    parser.add_argument("--work", type=pathlib.Path, default=None, help="a directory on the disk to measure")
    parser.add_argument("--json", type=pathlib.Path, default=None, help="write the results to this file")
    arguments = parser.parse_args()
    if not CLIENT_PYTHON.exists():
        parser.error("the services' clients are not installed: make client-tests")
    work = pathlib.Path(tempfile.mkdtemp(prefix="uploadfs-bench.", dir=arguments.work))
    try:
        bench = Bench(arguments, work)
        for name in arguments.services.split(","):
            for measure in arguments.only.split(","):
                getattr(bench, measure)(name)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(bench.results, indent=2) + "\n")
    raise SystemExit(0 if all(result["reached"] for result in bench.results.values()) else 1)


if __name__ == "__main__":
    main()
