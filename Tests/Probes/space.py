"""fallocate(2), holes, and copies inside the file system."""

import os

from calls import FALLOC_KEEP_SIZE, FALLOC_PUNCH_HOLE, FALLOC_ZERO_RANGE, fallocate, get, put, report


def allocation():
    file = os.open("a", os.O_CREAT | os.O_RDWR)
    os.write(file, b"A" * 65536)
    punch = FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE
    for mode in (0, FALLOC_KEEP_SIZE, punch, FALLOC_PUNCH_HOLE, FALLOC_ZERO_RANGE, FALLOC_ZERO_RANGE | FALLOC_KEEP_SIZE, 0x1000):
        for offset, length in ((4096, 8192), (5000, 100), (70000, 1000), (-1, 10), (0, 0)):
            report(f"mode {mode} at {offset}", lambda: fallocate(file, mode, offset, length))
            content = os.pread(file, 1 << 20, 0)
            report("size and letters", [len(content), content.count(b"A")])
    reader = os.open("a", os.O_RDONLY)
    report("opened for reading", lambda: fallocate(reader, 0, 0, 10))


def largest():
    """Offsets and lengths up to the largest that a call takes."""
    last = (1 << 63) - 1
    file = os.open("a", os.O_CREAT | os.O_RDWR)
    os.write(file, b"12345")
    other = os.open("b", os.O_CREAT | os.O_RDWR)
    for offset in (last, last - 1, last - 4096, last - (1 << 20)):
        report(f"read at {offset}", lambda: os.pread(file, 8192, offset))
        report("write", lambda: os.pwrite(file, b"x" * 8192, offset))
        report("truncate", lambda: os.ftruncate(file, offset))
        report("truncate by name", lambda: os.truncate("a", offset))
        report("data", lambda: os.lseek(file, offset, os.SEEK_DATA))
        report("hole", lambda: os.lseek(file, offset, os.SEEK_HOLE))
        report("copy from", lambda: os.copy_file_range(file, other, 100, offset, 0))
        report("copy to", lambda: os.copy_file_range(file, other, 100, 0, offset))
        for mode in (0, FALLOC_KEEP_SIZE, FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE, FALLOC_ZERO_RANGE):
            for length in (1, 4096, last, last - offset):
                report(f"mode {mode}, {length} bytes", lambda: fallocate(file, mode, offset, length))
    for length in (last, last - 1):
        report("all of it", lambda: fallocate(file, 0, 0, length))
    report("size", os.fstat(file).st_size)
    report("content", os.pread(file, 10, 0))
    report("size of the other", os.fstat(other).st_size)


def holes():
    file = os.open("a", os.O_CREAT | os.O_RDWR)
    os.ftruncate(file, 1 << 30)
    os.pwrite(file, b"x" * 4096, 1 << 20)
    os.fsync(file)
    report("data", lambda: os.lseek(file, 0, os.SEEK_DATA))
    report("hole", lambda: os.lseek(file, 1 << 20, os.SEEK_HOLE))
    report("no more data", lambda: os.lseek(file, 1 << 21, os.SEEK_DATA))
    report("the hole at the end", lambda: os.lseek(file, 1 << 21, os.SEEK_HOLE))
    report("behind the end", lambda: os.lseek(file, 1 << 30, os.SEEK_HOLE))
    report("takes little", os.fstat(file).st_blocks < 100)
    report("zeros", os.pread(file, 10, 1 << 25))
    fallocate(file, FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE, 0, 1 << 21)
    os.fsync(file)
    report("punched", lambda: os.lseek(file, 0, os.SEEK_DATA))


def ranges():
    put("a", b"0123456789")
    source = os.open("a", os.O_RDONLY)
    target = os.open("b", os.O_CREAT | os.O_RDWR)
    report("copied", lambda: os.copy_file_range(source, target, 5, 2, 1))
    report("content", get("b"))
    report("overlapping", lambda: os.copy_file_range(target, target, 3, 0, 1))
    report("behind the end", lambda: os.copy_file_range(source, target, 5, 20, 0))
    report("sent", lambda: os.sendfile(target, source, 0, 100))
    report("content", get("b"))
