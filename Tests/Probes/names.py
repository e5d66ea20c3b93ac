"""Names of any bytes, and of any length that a name may have."""

import os

from calls import put, report


def lengths():
    for length in (255, 256):
        name = "n" * length
        report(f"file {length}", lambda: put(name))
        report(f"directory {length}", lambda: os.mkdir("d" * length))
        report(f"link {length}", lambda: os.symlink("x", "l" * length))
    report("rename", lambda: os.rename("n" * 255, "m" * 256))
    report("rename", lambda: os.rename("n" * 255, "é" * 127))
    report("listed", sorted(len(name) for name in os.listdir(b".")))
    report("longest name", os.statvfs(".").f_namemax)


def any_bytes():
    """Every byte but NUL and the slash, also where it makes no text."""
    every = bytes(byte for byte in range(1, 256) if byte != ord("/"))
    for name in (every[:127], every[127:], b"\xff\xfe", b"\n", b" ", b"-", b"...", b"\xe2\x82", "e\u0301".encode(), "\u00e9".encode()):
        report(repr(name), lambda: put(name, name))
    report("listed", sorted(os.listdir(b".")))
    report("contents", [open(name, "rb").read() == name for name in sorted(os.listdir(b"."))])
    for name in os.listdir(b"."):
        os.rename(name, name + b"~" if len(name) < 100 else name[:100])
    report("renamed", sorted(os.listdir(b".")))


def link_targets():
    for target in ("x", "s" * 4095, "s" * 4096, "", "\udcff/../ä"):
        name = f"l{len(target)}"
        report(name, lambda: os.symlink(target, name))
    report("read", [len(os.readlink(name)) for name in sorted(os.listdir("."))])
    os.lchown("l1", 5, 6)
    report("owner", [os.lstat("l1").st_uid, oct(os.lstat("l1").st_mode), os.lstat("l1").st_size])
    os.rename("l1", "m")
    report("renamed", os.readlink("m"))
