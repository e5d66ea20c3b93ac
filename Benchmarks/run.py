#!/usr/bin/env python3
"""Measures what uploadfs promises, as ratios within one run: see README.md beside this file."""

import argparse
import json
import pathlib
import shutil
import statistics
import subprocess
import tempfile

from harness import MIB, ROOT, Bindfs, Mount, Server, fill, make_small_files, put_aside, removing, run, seconds, settle_disk, wait_until

QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
# Long enough for no upload to start while the file system alone is measured.
NO_UPLOADS = ["settle=86400"]


class Bench:
    def __init__(self, arguments, work):
        self.programs, self.work = arguments.bin, work
        self.rounds, self.scale = arguments.rounds, arguments.scale
        self.large = int(2048 * MIB * self.scale) // MIB * MIB
        self.small_count = int(5000 * self.scale)
        self.results = {}

    def report(self, name, value, goal, good):
        self.results[name] = {"value": round(value, 3), "goal": goal, "reached": good}
        print(f"{'ok  ' if good else 'MISS'}  {name}: {value:.3g}  (goal: {goal})", flush=True)

    def note(self, text):
        print(f"      {text}", flush=True)

    # Writing

    def write(self):
        """dd onto the local disk, bindfs and the mount: ratio of speeds."""
        times = {"local": [], "bindfs": [], "uploadfs": []}
        for _ in range(self.rounds):
            local = self.work / "local"
            local.mkdir()
            times["local"].append(self.dd_warm(local))
            put_aside(local)
            with removing(Mount(self.programs, self.work / "mount", options=NO_UPLOADS)) as mount:
                times["uploadfs"].append(self.dd_warm(mount.path))
        # Only for information, and once: it takes ten times as long, and leaves twice the pages.
        with removing(Bindfs(self.work / "bindfs")) as bindfs:
            times["bindfs"].append(self.dd(bindfs.path))
        ratio = statistics.median(local / ours for local, ours in zip(times["local"], times["uploadfs"]))
        theirs = statistics.median(times["local"]) / times["bindfs"][0]
        self.report("write speed of dd, of local", ratio, "at least 0.45", ratio >= 0.45)
        self.note(f"bindfs {theirs:.2f}; local {self.large / MIB / statistics.median(times['local']):.0f} MiB/s")

    def dd_warm(self, directory):
        """The second of two: the first pays for memory that nobody has used before."""
        self.dd(directory)
        (directory / "file").unlink()
        return self.dd(directory)

    def dd(self, directory):
        settle_disk()
        count = self.large // MIB
        return seconds(lambda: run("dd", "if=/dev/zero", f"of={directory}/file", "bs=1M", f"count={count}", **QUIET))

    def small(self):
        """cp -r of many small files: times and processor time against bindfs."""
        source = self.work / "source"
        make_small_files(source, self.small_count, 4096)
        times, cpu = {"local": [], "bindfs": [], "uploadfs": []}, {"bindfs": [], "uploadfs": []}
        for _ in range(self.rounds):
            local = self.work / "local"
            local.mkdir()
            times["local"].append(self.copy(source, local))
            put_aside(local)
            for name, make in (
                ("bindfs", lambda: Bindfs(self.work / "bindfs")),
                ("uploadfs", lambda: Mount(self.programs, self.work / "mount", options=NO_UPLOADS)),
            ):
                with removing(make()) as mount:
                    before = mount.process.cpu_seconds()
                    times[name].append(self.copy(source, mount.path))
                    cpu[name].append(mount.process.cpu_seconds() - before)
        put_aside(source)
        ratio = statistics.median(ours / bindfs for ours, bindfs in zip(times["uploadfs"], times["bindfs"]))
        cpu_ratio = statistics.median(ours / max(bindfs, 0.01) for ours, bindfs in zip(cpu["uploadfs"], cpu["bindfs"]))
        self.report("time of cp -r of small files, of bindfs", ratio, "at most 1", ratio <= 1)
        self.report("processor time of it, of bindfs", cpu_ratio, "at most 1", cpu_ratio <= 1)
        of_local = statistics.median(ours / local for ours, local in zip(times["uploadfs"], times["local"]))
        self.note(f"{of_local:.1f} times local; {statistics.median(cpu['uploadfs']):.2f} s of processor time for {self.small_count} files")

    def copy(self, source, target):
        settle_disk()
        return seconds(lambda: run("cp", "-r", source, target))

    # Uploading

    def upload_large(self):
        """From the close of a large file to its commit, against curl -T of the same file to the same server."""
        source = self.work / "large.bin"
        fill(source, self.large)
        ratios, peaks = [], []
        for _ in range(self.rounds):
            with removing(Server(self.programs, self.work / "server")) as server:
                with removing(Mount(self.programs, self.work / "mount", server)) as mount:
                    # Held back until curl is done and the disk has settled: otherwise the upload would share the disk with the
                    # copy that is still being written out.
                    mount.control("pause", self.copy_large(mount, source))
                    settle_disk()
                    curl = seconds(lambda: self.curl_large(server, source))
                    # Its memory is free again for the next object: a virtual machine's fresh memory costs more than used one.
                    server.request("DELETE", "/storage/v1/b/demo/o/curl")
                    settle_disk()
                    ratios.append(seconds(lambda: (mount.control("resume", mount.path), mount.wait())) / curl)
                    peaks.append(mount.process.peak_mib())
        source.unlink()
        ratio = statistics.median(ratios)
        self.report("upload of a large file, of curl", ratio, "at most 1.2", ratio <= 1.2)
        self.report("peak memory during it, MiB", max(peaks), "at most 96", max(peaks) <= 96)

    def copy_large(self, mount, source):
        run("cp", source, mount.path / "file")
        return mount.path / "file"

    def curl_large(self, server, source):
        url = f"{server.url}/upload/storage/v1/b/demo/o?uploadType=media&name=curl"
        run("curl", "-sS", "-f", "-X", "POST", "-T", source, "-o", "/dev/null", url)

    def upload_small(self):
        """Many small files until all are committed, against one curl process over one connection."""
        source = self.work / "source"
        make_small_files(source, self.small_count, 4096)
        ratios, peaks, requests = [], [], []
        for _ in range(self.rounds):
            with removing(Server(self.programs, self.work / "server")) as server:
                curl = seconds(lambda: self.curl_small(server, source))
                server.reset()
                with removing(Mount(self.programs, self.work / "mount", server, ["settle=5"])) as mount:
                    run("cp", "-r", source, mount.path)
                    # The copy is not to count: from the first upload to the last commit.
                    wait_until("the first upload", lambda: server.counters()["requests"] > 0)
                    ratios.append(seconds(mount.wait) / curl)
                    peaks.append(mount.process.peak_mib())
                requests.append(server.counters()["requests"] / self.small_count)
        put_aside(source)
        ratio = statistics.median(ratios)
        self.report("upload of small files, of curl", ratio, "at most 3", ratio <= 3)
        self.report("requests for each small file", max(requests), "1", max(requests) == 1)
        self.report("peak memory during it, MiB (small files)", max(peaks), "at most 96", max(peaks) <= 96)

    def curl_small(self, server, source):
        config = self.work / "curl.cfg"
        with open(config, "w") as file:
            for path in source.rglob("*.dat"):
                url = f"{server.url}/upload/storage/v1/b/demo/o?uploadType=media&name=curl%2F{path.name}"
                file.write(f'upload-file = "{path}"\nrequest = "POST"\nurl = "{url}"\noutput = "/dev/null"\n')
        run("curl", "-sS", "-f", "-K", config)

    # Crashes and start-up

    def kills(self):
        """Ten kills in one upload: what crosses the wire."""
        size, kills, chunk = int(1024 * MIB * self.scale) // MIB * MIB, 10, 8 * MIB
        source = self.work / "large.bin"
        fill(source, size)
        with removing(Server(self.programs, self.work / "server")) as server:
            server.set_faults([{"kind": "part", "times": None, "action": {"bytes_per_second": 128 * MIB}}])
            with removing(Mount(self.programs, self.work / "mount", server, ["settle=0"])) as mount:
                run("cp", source, mount.path / "file")

                def received():
                    return server.counters()["objects"].get("demo/file", {}).get("body_bytes", 0)

                for count in range(1, kills + 1):
                    wait_until("the next part", lambda: received() >= size * count / (kills + 1))
                    mount.kill()
                    mount.mount()
                server.request("DELETE", "/_test/faults")
                mount.wait()
                counted = server.counters()["objects"]["demo/file"]
        source.unlink()
        self.report("bytes sent again after ten kills", counted["resent_bytes"], "0", counted["resent_bytes"] == 0)
        wire = counted["body_bytes"] / size
        limit = (size + kills * chunk) / size
        self.report("bytes on the wire, of the file", wire, f"at most {limit:.3f}", wire <= limit)

    def start(self):
        """Mounting with very many uploaded files in the spool."""
        count = int(100_000 * self.scale)
        source = self.work / "source"
        make_small_files(source, count, 10)
        with removing(Server(self.programs, self.work / "server")) as server:
            with removing(Mount(self.programs, self.work / "mount", server, ["settle=0", "parallel_files=16"])) as mount:
                run("cp", "-r", source, mount.path)
                mount.wait()
                mount.unmount()
                times = []
                for _ in range(max(3, self.rounds)):
                    times.append(seconds(mount.mount))
                    mount.unmount()
        put_aside(source)
        median = statistics.median(times)
        self.report(f"seconds to mount {count} uploaded files", median, "under 1", median < 1)


BENCHMARKS = ["write", "small", "upload_large", "upload_small", "kills", "start"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(BENCHMARKS), help=f"some of: {', '.join(BENCHMARKS)}")
    parser.add_argument("--rounds", type=int, default=3, help="medians are of so many rounds")
    parser.add_argument("--scale", type=float, default=1.0, help="of the sizes and counts; the goals are for 1")
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / ".build/release", help="where the programs are")
    parser.add_argument("--work", type=pathlib.Path, default=None, help="a directory on the disk to measure")
    parser.add_argument("--json", type=pathlib.Path, default=None, help="write the results to this file")
    arguments = parser.parse_args()
    names = arguments.only.split(",")
    if unknown := set(names) - set(BENCHMARKS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")

    work = pathlib.Path(tempfile.mkdtemp(prefix="uploadfs-bench.", dir=arguments.work))
    try:
        bench = Bench(arguments, work)
        for name in names:
            print(f"{name}: {getattr(Bench, name).__doc__}", flush=True)
            getattr(bench, name)()
    finally:
        shutil.rmtree(work, ignore_errors=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(bench.results, indent=2) + "\n")
    raise SystemExit(0 if all(result["reached"] for result in bench.results.values()) else 1)


if __name__ == "__main__":
    main()
