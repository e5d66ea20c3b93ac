"""System calls that Python lacks, and how a probe reports."""

import ctypes
import errno
import os

libc = ctypes.CDLL(None, use_errno=True)

UTIME_NOW = (1 << 30) - 1
UTIME_OMIT = (1 << 30) - 2
RENAME_NOREPLACE = 1
RENAME_EXCHANGE = 2
FALLOC_KEEP_SIZE, FALLOC_PUNCH_HOLE, FALLOC_ZERO_RANGE = 1, 2, 16


def outcome(call):
    """What the call returns, or the name of its error."""
    try:
        return call()
    except OSError as error:
        return errno.errorcode.get(error.errno, error.errno)


def report(what, result):
    print(f"{what}: {outcome(result) if callable(result) else result}", flush=True)


def put(name, content=b"x"):
    with open(name, "wb") as file:
        file.write(content)


def get(name):
    with open(name, "rb") as file:
        return file.read()


def opened(name, flags, mode=0o644):
    """Opens and closes."""
    os.close(os.open(name, flags, mode))


def _checked(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), "")


def renameat2(source, target, flags):
    _checked(libc.renameat2(-100, os.fsencode(source), -100, os.fsencode(target), flags))


def fallocate(file, mode, offset, length):
    _checked(libc.fallocate(file, mode, ctypes.c_long(offset), ctypes.c_long(length)))


class Timespec(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]


def utimensat(name, accessed, modified, flags=0):
    """Each time is a pair of seconds and nanoseconds."""
    times = (Timespec * 2)(Timespec(*accessed), Timespec(*modified))
    _checked(libc.utimensat(-100, os.fsencode(name), times, flags))


class DirectoryEntry(ctypes.Structure):
    _fields_ = [
        ("inode", ctypes.c_ulong), ("offset", ctypes.c_long), ("length", ctypes.c_ushort), ("type", ctypes.c_ubyte),
        ("name", ctypes.c_char * 256),
    ]


libc.opendir.restype = ctypes.c_void_p
libc.readdir.restype = ctypes.POINTER(DirectoryEntry)
libc.telldir.restype = ctypes.c_long
for function in (libc.readdir, libc.telldir, libc.rewinddir, libc.closedir):
    function.argtypes = [ctypes.c_void_p]
libc.seekdir.argtypes = [ctypes.c_void_p, ctypes.c_long]


def as_user(call, user=65534, group=65534, groups=()):
    """What the call comes to in a process of somebody who is not root."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os.setgroups(list(groups))
        os.setgid(group)
        os.setuid(user)
        os.write(writer, repr(outcome(call)).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        text = answer.read().decode()
    os.waitpid(child, 0)
    return text
