"""What stays of something open whose name is gone."""

import os

from calls import get, opened, outcome, put, report


def open_file():
    put("a", b"gone")
    file = os.open("a", os.O_RDWR)
    os.unlink("a")
    report("by name", lambda: os.stat("a"))
    report("read", os.pread(file, 10, 0))
    report("write", os.pwrite(file, b"GONE and more", 0))
    report("truncate", lambda: os.ftruncate(file, 6))
    report("chmod", lambda: os.fchmod(file, 0o600))
    report("attribute", lambda: os.setxattr(file, "user.a", b"1"))
    report("attribute", lambda: os.getxattr(file, "user.a"))
    report("times", lambda: os.utime(file, (1, 2)))
    report("fsync", lambda: os.fsync(file))
    status = os.fstat(file)
    report("status", [status.st_nlink, status.st_size, oct(status.st_mode), status.st_mtime])
    again = os.open(f"/proc/self/fd/{file}", os.O_RDWR | os.O_TRUNC)
    os.write(again, b"once more")
    report("opened once more", os.pread(file, 20, 0))
    put("a", b"another")
    report("another of that name", os.pread(file, 20, 0))
    report("only for reading", lambda: opened(f"/proc/self/fd/{file}", os.O_RDONLY))


def file_open_for_reading():
    for name, mode in (("a", os.O_RDONLY), ("b", os.O_WRONLY)):
        put(name, b"gone")
        file = os.open(name, mode)
        put("c", b"instead")
        os.rename("c", name)
        path = f"/proc/self/fd/{file}"
        report("chmod", lambda: os.chmod(path, 0o600))
        report("owner", lambda: os.chown(path, os.getuid(), os.getgid()))
        report("times", lambda: os.utime(path, (1, 2)))
        report("truncate", lambda: os.truncate(path, 2))
        report("truncate what is open", lambda: os.ftruncate(file, 3))
        report("attribute", lambda: os.setxattr(path, "user.a", b"1"))
        report("attribute", lambda: os.getxattr(path, "user.a"))
        report("access", lambda: os.access(path, os.W_OK))
        report("times as of now", lambda: os.utime(file))
        status = os.fstat(file)
        report("status", [status.st_nlink, status.st_size, oct(status.st_mode)])
        report("the other", [get(name), oct(os.stat(name).st_mode)])


def open_directory():
    os.mkdir("d")
    directory = os.open("d", os.O_RDONLY)
    report("full", lambda: (put("d/f"), os.rmdir("d"))[1])
    os.unlink("d/f")
    os.rmdir("d")
    report("list", lambda: os.listdir(directory))
    report("make in it", lambda: os.open("f", os.O_CREAT | os.O_WRONLY, dir_fd=directory))
    report("make a directory in it", lambda: os.mkdir("f", dir_fd=directory))
    report("links", os.fstat(directory).st_nlink)
    report("chmod", lambda: os.fchmod(directory, 0o700))
    report("owner", lambda: os.fchown(directory, os.getuid(), os.getgid()))
    report("times", lambda: os.utime(directory, (1, 2)))
    report("attribute", lambda: os.setxattr(directory, "user.a", b"1"))
    report("attribute", lambda: os.getxattr(directory, "user.a"))
    report("listed", "user.a" in os.listxattr(directory))
    report("fsync", lambda: os.fsync(directory))
    status = os.fstat(directory)
    report("status", [oct(status.st_mode), status.st_mtime])


def refusals():
    os.makedirs("d/e")
    put("a")
    report("unlink a directory", lambda: os.unlink("d"))
    report("rmdir a file", lambda: os.rmdir("a"))
    report("rmdir a full one", lambda: os.rmdir("d"))
    report("rmdir .", lambda: os.rmdir("d/."))
    report("below a file", lambda: os.stat("a/b"))
    report("a file with a slash", lambda: opened("a/", os.O_RDONLY))
    report("mkdir again", lambda: os.mkdir("a"))
    report("a loop", lambda: (os.symlink("loop", "loop"), outcome(lambda: os.stat("loop")))[1])
