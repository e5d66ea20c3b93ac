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
