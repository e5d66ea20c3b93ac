"""Many small files: common programs on a tree of them, and a spool that holds a million."""

import os
import shutil
import statistics
import subprocess

from harness import Bindfs, FreshDisk, Local, Mount, Process, make_small_files, removing, run, seconds, settle_disk, wait_until

QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
# Long enough for no upload to start while the file system alone is measured.
NO_UPLOADS = ["settle=86400"]


def tree(bench):
    """Common programs on 5,000 files of 4 KiB: time and processor time against bindfs."""
    sources = make_sources(bench.work / "sources", bench.small_count)
    places = {
        "local": lambda disk: Local(disk / "local"),
        "bindfs": lambda disk: Bindfs(disk / "bindfs"),
        "uploadfs": lambda disk: Mount(bench.programs, disk / "mount", options=NO_UPLOADS),
    }
    measured = {}
    for round in range(bench.rounds):
        # The first of one round comes later in the next.
        names = list(places)[round % len(places) :] + list(places)[: round % len(places)]
        for name in names:
            # A disk for each: ext4 creates files slowly after others were removed, which the next place would pay for.
            with removing(FreshDisk(bench.work / "disk", megabytes=2048, inodes=20 * bench.small_count + 10000)) as disk:
                with removing(places[name](disk.path)) as place:
                    for step, command in steps(sources, place.path):
                        measured.setdefault(step, {}).setdefault(name, []).append(measure(place, command))
    shutil.rmtree(sources)
    for step, figures in measured.items():
        report_step(bench, step, figures)
    of_local = ratio(measured["cp -r"], "uploadfs", "local", 0)
    bench.report("time of cp -r, of local", of_local, "at most 6", of_local <= 6)


def make_sources(directory, count):
    """Creates a tree, the same tree with other content, and a Git repository that contains it."""
    first, second, repository = directory / "tree", directory / "changed", directory / "repository"
    make_small_files(first, count, 4096)
    make_small_files(second, count, 4096)
    date_apart(second, first)
    shutil.copytree(first, repository)
    for command in (["init", "-q"], ["add", "."], ["-c", "user.name=b", "-c", "user.email=b@b", "commit", "-q", "-m", "b"], ["gc", "-q"]):
        run("git", "-C", repository, *command)
    return directory


def date_apart(tree, other):
    """Makes each file newer than the one of the same name in the other tree: rsync considers files of one size and time the same."""
    for path in other.rglob("*.dat"):
        modified = path.stat().st_mtime_ns + 10 * 10**9
        os.utime(tree / path.relative_to(other), ns=(modified, modified))


def steps(sources, place):
    """In this order, in the same place: each step finds the caches as the steps before have left them."""
    copy, synced = place / "copy", place / "synced"
    return [
        ("cp -r", ["cp", "-r", sources / "tree", copy]),
        ("ls -lR", ["ls", "-lR", copy]),
        ("find", ["find", copy]),
        ("reading with tar", ["tar", "-cf", place.parent / "archive", "-C", copy, "."]),
        ("rsync -a", ["rsync", "-a", f"{sources}/tree/", synced]),
        ("rsync -a without changes", ["rsync", "-a", f"{sources}/tree/", synced]),
        ("rsync -a of changed files", ["rsync", "-a", f"{sources}/changed/", synced]),
        ("git clone", ["git", "clone", "-q", "--no-hardlinks", sources / "repository", place / "clone"]),
        ("rm -r", ["rm", "-r", copy]),
    ]


def measure(place, command):
    settle_disk()
    before = place.process.cpu_seconds() if place.process else 0
    duration = seconds(lambda: run(*command, **QUIET))
    return duration, place.process.cpu_seconds() - before if place.process else 0


def ratio(figures, name, other, index):
    """The median of the ratios within each round."""
    return statistics.median(ours[index] / max(theirs[index], 1e-4) for ours, theirs in zip(figures[name], figures[other]))


def report_step(bench, step, figures):
    time, cpu = ratio(figures, "uploadfs", "bindfs", 0), ratio(figures, "uploadfs", "bindfs", 1)
    bench.report(f"time of {step}, of bindfs", time, "at most 0.7", time <= 0.7)
    bench.report(f"processor time of {step}, of bindfs", cpu, "below 1", cpu < 1)
    times = ", ".join(f"{name} {statistics.median(value[0] for value in values):.3f} s" for name, values in figures.items())
    bench.note(f"{times}; {statistics.median(value[1] for value in figures['uploadfs']):.3f} s of processor time")


def million(bench):
    """A spool of a million files: mounting, listing a directory of 100, and memory after all have been listed."""
    count = int(1_000_000 * bench.scale)
    with removing(FreshDisk(bench.work / "disk", megabytes=8192, inodes=count + count // 20 + 10000)) as disk:
        with removing(Mount(bench.programs, disk.path / "mount", options=NO_UPLOADS)) as mount:
            fill_spool(mount, count)
            mount.mount()
            # The mount creates a row for each file in its spool that it does not know, in the background.
            wait_until("the scan of the spool", lambda: mount.attribute("files_total") == str(count), limit=1800, interval=2)
            mount.unmount()
            times = []
            for _ in range(max(3, bench.rounds)):
                times.append(seconds(mount.mount))
                mount.unmount()
            mount.mount()
            report_listing(bench, mount, count)
            walk = seconds(lambda: run("ls", "-lR", mount.path, **QUIET))
            report_memory(bench, mount, count, walk)
    median = statistics.median(times)
    bench.report(f"seconds to mount {count} files", median, "under 2", median < 2)


def fill_spool(mount, count):
    """Creates the files below the mount, as fast as the disk can, and removes the database: the mount scans the spool."""
    mount.unmount()
    for directory in range(count // 100):
        path = mount.state / "spool" / f"{directory // 100:03}" / f"{directory % 100:02}"
        path.mkdir(parents=True)
        for file in range(100):
            os.close(os.open(path / f"document-{file:02}.txt", os.O_WRONLY | os.O_CREAT | os.O_EXCL))
    for path in mount.state.glob("checkpoints.sqlite*"):
        path.unlink()


def report_listing(bench, mount, count):
    """Listing of directories that no program has read since the mount."""
    more = []
    for directory in range(0, count // 100, max(1, count // 2000)):
        name = f"{directory // 100:03}/{directory % 100:02}"
        local = seconds(lambda: run("ls", "-l", mount.state / "spool" / name, **QUIET))
        more.append(seconds(lambda: run("ls", "-l", mount.path / name, **QUIET)) - local)
    longest = max(more) * 1000
    bench.report("milliseconds more than local for ls -l of a directory of 100", longest, "at most 50", longest <= 50)
    bench.note(f"that is the worst of {len(more)} directories; the median is {statistics.median(more) * 1000:.1f}")


def report_memory(bench, mount, count, walk):
    memory = mount.process.memory_mib()
    bench.report(f"MiB of memory after a look at {count} files", memory, "under 256", memory < 256)
    bench.note(f"at most {mount.process.peak_mib():.0f} MiB; ls -lR of all took {walk:.1f} s")
