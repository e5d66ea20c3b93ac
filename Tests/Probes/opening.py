"""The flags of open(2)."""

import mmap
import os

from calls import get, opened, outcome, put, report


def exclusive():
    put("a")
    os.symlink("absent", "dangling")
    os.mkdir("d")
    for name in ("a", "dangling", "d", "new"):
        report(f"O_EXCL {name}", lambda: opened(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    report("through the link", lambda: opened("dangling", os.O_CREAT | os.O_WRONLY))
    report("its target", lambda: os.stat("absent").st_size)
    report("O_NOFOLLOW", lambda: opened("dangling", os.O_NOFOLLOW))
    report("O_DIRECTORY", lambda: opened("a", os.O_DIRECTORY))
    report("a directory for writing", lambda: opened("d", os.O_WRONLY))
    report("O_CREAT of a directory", lambda: opened("d", os.O_CREAT | os.O_RDWR))


def truncating():
    for mode in (os.O_RDONLY, os.O_WRONLY, os.O_RDWR):
        put("a", b"hello")
        report("O_TRUNC", lambda: opened("a", mode | os.O_TRUNC))
        report("size", os.stat("a").st_size)
    put("a", b"hello")
    reader = os.open("a", os.O_RDONLY)
    opened("a", os.O_WRONLY | os.O_TRUNC)
    report("who reads meanwhile", os.read(reader, 10))


def appending():
    put("a", b"0")
    first, second = (os.open("a", os.O_RDWR | os.O_APPEND) for _ in range(2))
    os.write(first, b"1")
    os.write(second, b"2")
    os.lseek(first, 0, os.SEEK_SET)
    os.write(first, b"3")
    report("position", os.lseek(first, 0, os.SEEK_CUR))
    os.truncate("a", 2)
    os.write(second, b"4")
    # As Linux does it: with O_APPEND, pwrite(2) appends, too.
    report("pwrite", os.pwrite(first, b"5", 0))
    report("content", get("a"))


def direct():
    block = mmap.mmap(-1, 8192)
    block.write(b"d" * 8192)
    file = os.open("a", os.O_CREAT | os.O_RDWR | os.O_DIRECT)
    report("write", os.writev(file, [block]))
    report("second", os.pwritev(file, [block], 8192))
    report("read", os.preadv(file, [block], 4096))
    report("size", os.fstat(file).st_size)
    report("through the cache", get("a") == b"d" * 16384)
    put("b", b"e" * 4096)
    report("what was written through the cache", os.preadv(os.open("b", os.O_RDONLY | os.O_DIRECT), [block], 0))
    report("content", block[:4096] == b"e" * 4096)


def access_modes():
    put("a", b"hello")
    reader, writer = os.open("a", os.O_RDONLY), os.open("a", os.O_WRONLY)
    report("write", lambda: os.write(reader, b"x"))
    report("read", lambda: os.read(writer, 1))
    report("truncate", lambda: os.ftruncate(reader, 0))
    report("negative size", lambda: os.truncate("a", -1))
    report("size beyond the file system's", lambda: os.truncate("a", 1 << 62))
    report("write beyond it", lambda: os.pwrite(writer, b"x", 1 << 62))
    report("content", get("a"))


def several_at_once():
    writer = os.open("a", os.O_CREAT | os.O_WRONLY)
    os.write(writer, b"12345")
    reader = os.open("a", os.O_RDONLY)
    report("read", os.read(reader, 10))
    os.write(writer, b"67")
    report("more", os.read(reader, 10))
    os.ftruncate(writer, 2)
    report("truncated", os.pread(reader, 10, 0))
    os.pwrite(writer, b"Q", 5)
    report("hole", os.pread(reader, 10, 0))
    report("size by name", os.stat("a").st_size)
    both = os.open("a", os.O_RDWR)
    os.pwrite(both, b"R", 1)
    os.pwrite(writer, b"S", 2)
    report("all three", [outcome(lambda: os.pread(file, 10, 0)) for file in (reader, both)])
