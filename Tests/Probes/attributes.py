"""Extended attributes of the user's own."""

import os

from calls import put, report


def flags_and_limits():
    put("a")
    os.mkdir("d")
    report("absent", lambda: os.getxattr("a", "user.a"))
    report("replace what is absent", lambda: os.setxattr("a", "user.a", b"1", os.XATTR_REPLACE))
    report("create", lambda: os.setxattr("a", "user.a", b"1", os.XATTR_CREATE))
    report("create again", lambda: os.setxattr("a", "user.a", b"2", os.XATTR_CREATE))
    report("replace", lambda: os.setxattr("a", "user.a", b"\0\xff", os.XATTR_REPLACE))
    report("value", lambda: os.getxattr("a", "user.a"))
    report("empty", lambda: os.setxattr("a", "user.e", b""))
    report("value", lambda: os.getxattr("a", "user.e"))
    report("long name", lambda: os.setxattr("a", "user." + "n" * 250, b"v"))
    report("too long a name", lambda: os.setxattr("a", "user." + "n" * 251, b"v"))
    report("a combining mark", lambda: os.setxattr("a", "user.\u0301x", b"v"))
    report("3 KiB", lambda: os.setxattr("a", "user.b", b"v" * 3072))
    report("of a directory", lambda: (os.setxattr("d", "user.a", b"1"), os.getxattr("d", "user.a"))[1])
    report("of no known kind", lambda: os.setxattr("a", "colour", b"1"))
    report("removed", lambda: os.removexattr("a", "user.e"))
    report("removed again", lambda: os.removexattr("a", "user.e"))
    report("names", sorted(name for name in os.listxattr("a") if not name.startswith("user.upload.")))
