"""Times: setting them, and which call changes which."""

import os
import time

from calls import UTIME_NOW, UTIME_OMIT, fallocate, get, opened, put, report, utimensat

NO_FOLLOW = 0x100


def setting():
    put("a")
    os.symlink("a", "l")
    os.mkdir("d")
    for name in ("a", "d", "l"):
        report(name, lambda: utimensat(name, (1234567890, 123456789), (987654321, 987654321), NO_FOLLOW))
        status = os.lstat(name)
        report(name, [status.st_atime_ns, status.st_mtime_ns])
    before = os.stat("a")
    report("omitting both", lambda: utimensat("a", (0, UTIME_OMIT), (0, UTIME_OMIT)))
    after = os.stat("a")
    report("nothing changed", [before.st_atime_ns == after.st_atime_ns, before.st_ctime_ns == after.st_ctime_ns])
    report("now and omit", lambda: utimensat("a", (0, UTIME_NOW), (0, UTIME_OMIT)))
    after = os.stat("a")
    report("only atime", [abs(after.st_atime - time.time()) < 60, after.st_mtime_ns == before.st_mtime_ns])
    report("omit and now", lambda: utimensat("a", (0, UTIME_OMIT), (0, UTIME_NOW)))
    last = os.stat("a")
    report("only mtime", [last.st_atime_ns == after.st_atime_ns, abs(last.st_mtime - time.time()) < 60])
    for moment in ((0, 1_000_000_000), (-5, 7), (9_000_000_000, 8)):
        os.utime("a", ns=(1, 1))
        report(f"{moment}", lambda: utimensat("a", moment, moment))
        report("set", os.stat("a").st_mtime_ns)


def of_any_year():
    """Times that do not fit into nanoseconds in 64 bits, as far as the file system stores them."""
    put("a")
    os.symlink("a", "l")
    os.mkdir("d")
    file = os.open("a", os.O_RDWR)
    for seconds in (-(1 << 63), -62_135_596_800, -8_520_336_000, -315_619_200, 10_413_792_000, 16_725_225_600, 253_370_764_800, (1 << 63) - 1):
        for name in ("a", "d", "l"):
            report(f"{seconds} for {name}", lambda: utimensat(name, (seconds, 999_999_999), (seconds, 999_999_999), NO_FOLLOW))
            # Computed by Python from seconds and nanoseconds, without a bound.
            report("set", [os.lstat(name).st_atime_ns, os.lstat(name).st_mtime_ns])
        report("written", lambda: os.pwrite(file, b"x", 0))
        report("is of today", abs(os.stat("a").st_mtime - time.time()) < 60)
        report("again", lambda: os.utime(file, ns=(10**18, 2 * 10**18)))
        report("set", os.fstat(file).st_mtime_ns)


def of_changes():
    """For each call, whether ctime and mtime moved."""
    put("a", b"12345")
    os.mkdir("d")

    def changed(what, call, name="a"):
        before = os.lstat(name)
        # Longer than the tick in which a file system counts times.
        time.sleep(0.02)
        call()
        after = os.lstat(name)
        report(what, [after.st_ctime_ns > before.st_ctime_ns, after.st_mtime_ns > before.st_mtime_ns])

    def write(content):
        file = os.open("a", os.O_WRONLY)
        os.write(file, content)
        os.close(file)

    def allocate():
        file = os.open("a", os.O_WRONLY)
        fallocate(file, 0, 0, 4096)
        os.close(file)

    def rename():
        os.rename("a", "b")
        os.rename("b", "a")

    changed("chmod", lambda: os.chmod("a", 0o600))
    changed("chown", lambda: os.chown("a", os.getuid(), os.getgid()))
    changed("write", lambda: write(b"x"))
    changed("write of nothing", lambda: write(b""))
    changed("truncate", lambda: os.truncate("a", 1))
    changed("truncate to the same size", lambda: os.truncate("a", 1))
    changed("O_TRUNC", lambda: opened("a", os.O_WRONLY | os.O_TRUNC))
    changed("O_TRUNC of an empty file", lambda: opened("a", os.O_WRONLY | os.O_TRUNC))
    changed("fallocate", allocate)
    changed("set attribute", lambda: os.setxattr("a", "user.a", b"1"))
    changed("remove attribute", lambda: os.removexattr("a", "user.a"))
    changed("rename", rename)
    changed("read", lambda: get("a"))
    changed("open and close", lambda: opened("a", os.O_RDWR))
    changed("make in a directory", lambda: put("d/f"), "d")
    changed("rename in a directory", lambda: os.rename("d/f", "d/g"), "d")
    changed("remove in a directory", lambda: os.unlink("d/g"), "d")
    changed("write below a directory", lambda: write(b"y"), "d")
