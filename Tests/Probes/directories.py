"""Directories: how many links, in which order, and what a reader sees of changes."""

import os

from calls import libc, put, report


def link_counts():
    def links(*names):
        return [os.stat(name).st_nlink for name in names]

    os.makedirs("d/a/b")
    os.mkdir("d/c")
    put("d/f")
    report("made", links("d", "d/a"))
    os.rmdir("d/c")
    report("removed", links("d"))
    os.rename("d/a", "a")
    report("moved out", links("d", "a"))
    os.rename("a/b", "d/b")
    report("moved in", links("d", "a"))
    os.mkdir("d/o")
    os.rename("d/o", "d/b")
    report("replaced", links("d", "d/b"))
    opened = os.open("d/b", os.O_RDONLY)
    os.rmdir("d/b")
    report("gone", [os.fstat(opened).st_nlink, *links("d")])


def positions():
    """telldir and seekdir find the same place again; rewinddir sees what has come since."""
    os.mkdir("d")
    for index in range(300):
        put(f"d/{index}")
    stream = libc.opendir(b"d")
    names, places = [], []
    while True:
        places.append(libc.telldir(stream))
        entry = libc.readdir(stream)
        if not entry:
            break
        names.append(entry.contents.name)
    report("count", len(set(names)))
    for index in (0, 5, 150, 301, 17):
        libc.seekdir(stream, places[index])
        report(f"at {index}", libc.readdir(stream).contents.name == names[index])
    put("d/new")
    os.unlink("d/0")
    os.unlink("d/1")
    libc.rewinddir(stream)
    again = set()
    while entry := libc.readdir(stream):
        again.add(entry.contents.name)
    report("again", [len(again), b"new" in again, b"0" in again])
    libc.closedir(stream)


def changes_while_read():
    """Names that are there all the time are seen exactly once."""
    os.mkdir("d")
    for index in range(400):
        put(f"d/{index:04}")
    entries = os.scandir("d")
    seen = [next(entries).name for _ in range(100)]
    removed = seen[:50]
    for name in removed:
        os.unlink(f"d/{name}")
    for index in range(1000, 1100):
        put(f"d/{index}")
    os.rename("d/1000", "d/renamed")
    seen += [entry.name for entry in entries]
    stayed = [name for name in seen if name.isdigit() and int(name) < 400]
    report("seen", [len(stayed), len(set(seen)) == len(seen)])
    report("left", len(os.listdir("d")))


def inode_numbers():
    put("a")
    os.mkdir("d")
    os.symlink("a", "l")
    number = os.stat("a").st_ino
    report("listed as told", [entry.inode() == os.lstat(entry.name).st_ino for entry in os.scandir(".")])
    report("kinds", sorted((entry.name, entry.is_dir(follow_symlinks=False), entry.is_symlink()) for entry in os.scandir(".")))
    os.rename("a", "d/a")
    report("after a rename", os.stat("d/a").st_ino == number)
    put("d/a", b"rewritten")
    report("after rewriting", os.stat("d/a").st_ino == number)
    report("devices", len({os.lstat(name).st_dev for name in (".", "d", "d/a", "l")}))
