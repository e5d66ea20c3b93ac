"""What a program gets while the disk of the spool is full: full_disk.py DIRECTORY, where old0 to old19, moved0 and moved1 are.

Each kind of call is made until it has failed, or often. Prints a line for each, with the errors that there were.
"""

import errno
import os
import sys

from calls import FALLOC_KEEP_SIZE, fallocate


def attempt(what, call, count=400):
    """Repeats a call that needs a little room, and reports with which errors it failed."""
    errors = set()
    for number in range(count):
        try:
            call(number)
        except OSError as error:
            errors.add(errno.errorcode.get(error.errno, str(error.errno)))
    print(f"{what}: {' '.join(sorted(errors)) or 'never'}", flush=True)


def write(name, content=b"x" * 3000):
    file = os.open(name, os.O_WRONLY | os.O_CREAT, 0o644)
    try:
        os.write(file, content)
    finally:
        os.close(file)


def long(prefix, number):
    """A long name fills directories and the journal sooner."""
    return f"{prefix}-{os.getpid()}-{number}-" + "n" * 180


def make(number):
    os.close(os.open(long("new", number), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644))


def main(directory):
    os.chdir(directory)
    attempt("create", make)
    attempt("first write", lambda number: write(f"old{number % 20}", b"y" * 10))
    attempt("write", lambda number: write(long("written", number)))
    attempt("truncate", lambda number: os.truncate(f"old{number % 20}", number))
    attempt("allocate", allocate, 20)
    attempt("times", lambda number: os.utime(f"old{number % 20}", (number, number)))
    attempt("directory", lambda number: os.mkdir(long("directory", number)))
    attempt("link", lambda number: os.symlink("x" * 200, long("link", number)))
    attempt("rename", rename)
    attempt("attribute", lambda number: os.setxattr(f"old{number % 20}", f"user.a{number}", b"v" * 200))
    attempt("priority", lambda number: os.setxattr(f"old{number % 20}", "user.upload.priority", str(number % 10).encode()))
    attempt("fsync", synchronize, 20)
    attempt("status", lambda number: os.getxattr(f"old{number % 20}", "user.upload.state"), 20)
    attempt("list", lambda number: os.listdir("."), 5)
    attempt("read", read, 20)


def allocate(number):
    file = os.open(f"old{number}", os.O_RDWR)
    try:
        fallocate(file, FALLOC_KEEP_SIZE, 0, 1 << 20)
    finally:
        os.close(file)


def synchronize(number):
    file = os.open(f"old{number}", os.O_RDWR)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def read(number):
    with open(f"old{number}", "rb") as file:
        file.read()


renamed = {0: "moved0", 1: "moved1"}


def rename(number):
    target = long("renamed", number)
    os.rename(renamed[number % 2], target)
    renamed[number % 2] = target


sys.dont_write_bytecode = True
main(sys.argv[1])
