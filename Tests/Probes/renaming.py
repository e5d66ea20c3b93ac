"""rename(2) and renameat2(2)."""

import os

from calls import RENAME_EXCHANGE, RENAME_NOREPLACE, get, put, renameat2, report


def without_replacing():
    put("a", b"1")
    put("b", b"2")
    report("taken", lambda: renameat2("a", "b", RENAME_NOREPLACE))
    report("free", lambda: renameat2("a", "c", RENAME_NOREPLACE))
    report("names", sorted(os.listdir(".")))


def exchanging():
    put("a", b"1")
    put("b", b"2")
    os.makedirs("d/s")
    put("d/s/f", b"deep")
    file = os.open("a", os.O_RDWR)
    deep = os.open("d/s/f", os.O_RDWR)
    report("files", lambda: renameat2("a", "b", RENAME_EXCHANGE))
    report("contents", [get("a"), get("b")])
    os.write(file, b"one")
    report("written through the open one", [get("a"), get("b")])
    report("file and directory", lambda: renameat2("a", "d", RENAME_EXCHANGE))
    os.write(deep, b"DEEP")
    report("contents", [get("d"), get("a/s/f")])
    os.mkdir("e")
    report("directories", lambda: renameat2("a/s", "e", RENAME_EXCHANGE))
    report("contents", [get("e/f"), os.listdir("a/s")])
    report("links", [os.stat(name).st_nlink for name in (".", "a", "e")])
    os.symlink("b", "l")
    report("link and file", lambda: renameat2("l", "b", RENAME_EXCHANGE))
    report("contents", [os.readlink("b"), get("l")])
    report("absent", lambda: renameat2("a", "absent", RENAME_EXCHANGE))
    report("with its own directory", lambda: renameat2("a", "a/s", RENAME_EXCHANGE))
    report("with itself", lambda: renameat2("l", "l", RENAME_EXCHANGE))
    report("both flags", lambda: renameat2("l", "d", RENAME_EXCHANGE | RENAME_NOREPLACE))
    report("names", sorted(os.listdir(".")))


def exchange_a_and_b():
    """Of what is there already."""
    renameat2("a", "b", RENAME_EXCHANGE)


def over_an_open_file():
    put("a", b"old")
    put("b", b"new")
    file = os.open("a", os.O_RDWR)
    os.rename("b", "a")
    report("open", os.pread(file, 10, 0))
    report("links", os.fstat(file).st_nlink)
    report("by name", get("a"))
    os.pwrite(file, b"OLD", 0)
    os.ftruncate(file, 2)
    report("open", os.pread(file, 10, 0))
    report("by name", get("a"))


def refusals():
    os.makedirs("d/s")
    os.mkdir("empty")
    os.mkdir("full")
    put("full/f")
    put("a")
    report("below itself", lambda: os.rename("d", "d/s/x"))
    report("onto itself", lambda: os.rename("a", "a"))
    report("directory over file", lambda: os.rename("d", "a"))
    report("file over directory", lambda: os.rename("a", "d"))
    report("directory over full one", lambda: os.rename("d", "full"))
    report("directory over empty one", lambda: os.rename("d", "empty"))
    report("moved", os.listdir("empty"))
    report("absent", lambda: os.rename("d", "x"))
    report("into what is absent", lambda: os.rename("a", "x/a"))
    report("below a file", lambda: os.rename("full", "a/b"))


def deep_while_written():
    os.makedirs("a/b/c/d")
    files = [os.open(f"a/b/c/d/{index}", os.O_CREAT | os.O_RDWR) for index in range(5)]
    for step, (source, target) in enumerate([("a/b", "x"), ("x/c", "a/y"), ("a", "z"), ("z/y/d", "e")]):
        for file in files:
            os.write(file, b"%d" % step)
        os.rename(source, target)
    for file in files:
        os.write(file, b"end")
    report("contents", [get(f"e/{index}") for index in range(5)])
    report("names", sorted(os.path.join(place, name) for place, below, names in os.walk(".") for name in names + below))
