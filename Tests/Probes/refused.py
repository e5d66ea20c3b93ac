"""What the mount does not offer. A local disk does, so that these are compared with what is expected of the mount."""

import fcntl
import os
import socket
import stat

from calls import fallocate, get, opened, outcome, put, renameat2, report

# Of <linux/fs.h>; what lsattr(1) asks.
FS_IOC_GETFLAGS = 0x80086601


def kinds():
    put("a")
    report("link", lambda: os.link("a", "b"))
    report("pipe", lambda: os.mkfifo("b"))
    report("character device", lambda: os.mknod("b", stat.S_IFCHR | 0o600, os.makedev(1, 3)))
    report("block device", lambda: os.mknod("b", stat.S_IFBLK | 0o600, os.makedev(7, 0)))
    report("socket", lambda: socket.socket(socket.AF_UNIX).bind("b"))
    report("left", os.listdir("."))


def calls():
    put("a", b"A" * 65536)
    file = os.open("a", os.O_RDWR)
    report("O_TMPFILE", lambda: opened(".", os.O_TMPFILE | os.O_RDWR))
    report("collapse", lambda: fallocate(file, 8, 4096, 4096))
    report("insert", lambda: fallocate(file, 32, 4096, 4096))
    report("whiteout", lambda: renameat2("a", "b", 4))
    report("security attribute", lambda: os.setxattr("a", "security.a", b"1"))
    report("file flags", lambda: fcntl.ioctl(file, FS_IOC_GETFLAGS, b"0" * 8))
    report("the content is untouched", get("a") == b"A" * 65536)


def depth():
    """A directory in a directory in a directory: each is reached from the one before."""
    directory = os.open(".", os.O_RDONLY)
    depth = 0
    while (made := outcome(lambda: os.mkdir("d" * 200, dir_fd=directory))) is None:
        below = os.open("d" * 200, os.O_RDONLY, dir_fd=directory)
        os.close(directory)
        directory = below
        depth += 1
    report("deeper", made)
    report("depth", depth)
    # 20 names of 200 bytes and as many slashes leave room for this one.
    report("file", lambda: os.close(os.open("f" * 75, os.O_CREAT | os.O_WRONLY, dir_fd=directory)))
