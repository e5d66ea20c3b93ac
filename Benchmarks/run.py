#!/usr/bin/env python3
"""Measures the goals of uploadfs as ratios within one run: see README.md beside this file."""

import collections
import os
import statistics
import subprocess

import harness
import trees
from harness import MIB, Bindfs, Local, Mount, Server, fill, make_small_files, put_aside, removing, run, seconds, settle_disk, use_memory, wait_until

QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
# Long enough for no upload to start while the file system alone is measured.
NO_UPLOADS = ["settle=86400"]

Figures = collections.namedtuple("Figures", "seconds cpu")


class Bench(harness.Bench):
    measures = ["write", "tree", "million", "upload_large", "upload_small", "kills", "start"]

    def __init__(self, arguments, work):
        super().__init__(arguments, work)
        self.small_count = int(5000 * self.scale)

    # Writing and reading

    def write(self):
        """dd onto the local disk and onto the mount, and back: speeds, and processor time of the mount's process."""
        places = {
            "local": lambda: Local(self.work / "local"),
            "passthrough": lambda: self.idle_mount("passthrough=on"),
            "plain": lambda: self.idle_mount("passthrough=off"),
        }
        if os.geteuid() != 0:
            del places["passthrough"]
            self.note("no kernel passthrough, which needs root")
        measured = {name: [] for name in places}
        for _ in range(self.rounds):
            for name, make in places.items():
                with removing(make()) as place:
                    measured[name].append(self.dd_both_ways(place))
        # Only once: it takes ten times as long, and uses twice the pages.
        with removing(Bindfs(self.work / "bindfs")) as bindfs:
            theirs = self.dd_both_ways(bindfs)
        for way in ("write", "read"):
            self.compare_dd(way, measured, theirs[way])

    def compare_dd(self, way, measured, bindfs):
        def ratio(name):
            return statistics.median(local[way].seconds / ours[way].seconds for local, ours in zip(measured["local"], measured[name]))

        def cpu(name):
            return statistics.median(figures[way].cpu for figures in measured[name]) * 1024 * MIB / self.large

        local = statistics.median(figures[way].seconds for figures in measured["local"])
        if "passthrough" in measured:
            self.report(f"{way} speed with passthrough, of local", ratio("passthrough"), "at least 0.9", ratio("passthrough") >= 0.9)
            self.report("processor time of it, s for each GiB", cpu("passthrough"), "under 0.1", cpu("passthrough") < 0.1)
        plain = statistics.median(figures[way].seconds for figures in measured["plain"])
        self.report(f"{way} speed without it, of bindfs", bindfs.seconds / plain, "at least 1", plain <= bindfs.seconds)
        theirs = bindfs.cpu * 1024 * MIB / self.large
        self.report("processor time of it, of bindfs", cpu("plain") / max(theirs, 0.01), "at most 1", cpu("plain") <= theirs)
        self.note(
            f"local {self.large / MIB / local:.0f} MiB/s; without passthrough {ratio('plain'):.2f} of that and {cpu('plain'):.2f} s for "
            f"each GiB; bindfs {local / bindfs.seconds:.2f} and {theirs:.2f} s")

    def idle_mount(self, *options):
        return Mount(self.programs, self.work / "mount", options=[*NO_UPLOADS, *options])

    def dd_both_ways(self, place):
        return {"write": self.dd_to(place), "read": self.dd_from(place)}

    def dd_to(self, place):
        return self.dd(place, "if=/dev/zero", f"of={place.path}/file", f"count={self.large // MIB}")

    def dd_from(self, place):
        return self.dd(place, f"if={place.path}/file", "of=/dev/null")

    def dd(self, place, *operands):
        settle_disk()
        # For the pages of the file, and of the mount's own copy of them.
        use_memory(2 * self.large)
        before = place.process.cpu_seconds() if place.process else 0
        elapsed = seconds(lambda: run("dd", "bs=1M", *operands, **QUIET))
        return Figures(elapsed, place.process.cpu_seconds() - before if place.process else 0)

    # Many small files

    def tree(self):
        trees.tree(self)

    tree.__doc__ = trees.tree.__doc__

    def million(self):
        trees.million(self)

    million.__doc__ = trees.million.__doc__

    # Uploading

    def upload_large(self):
        """From the close of a large file to its commit, against curl -T of the same file to the same server."""
        source = self.work / "large.bin"
        fill(source, self.large)
        ratios, peaks = [], []
        for _ in range(self.rounds):
            with removing(Server(self.programs, self.work / "server")) as server:
                with removing(Mount(self.programs, self.work / "mount", server)) as mount:
                    # Paused until curl has finished.
                    copy = self.copy_large(mount, source)
                    mount.control("pause", copy)
                    self.prepare(source)
                    curl = seconds(lambda: self.curl_large(server, source))
                    # Its memory is then free for the next object.
                    server.request("DELETE", "/storage/v1/b/demo/o/curl")
                    self.prepare(mount.state / "spool" / copy.name)
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
        """Uploading many small files until all are committed, against one curl process over one connection."""
        source = self.work / "source"
        make_small_files(source, self.small_count, 4096)
        ratios, peaks, requests = [], [], []
        for _ in range(self.rounds):
            with removing(Server(self.programs, self.work / "server")) as server:
                curl = seconds(lambda: self.curl_small(server, source))
                server.reset()
                with removing(Mount(self.programs, self.work / "mount", server, ["settle=5"])) as mount:
                    run("cp", "-r", source, mount.path)
                    # The copy does not count: measured from the first upload to the last commit.
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
        """Ten kills in one upload: the bytes that are sent."""
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


if __name__ == "__main__":
    Bench.main(__doc__)
