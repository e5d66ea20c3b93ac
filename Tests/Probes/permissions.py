"""Who may do what, where other users can reach the mount. Run as root, which becomes somebody else for each call."""

import os

from calls import as_user, get, opened, put, report


def make(name, mode, user=0, group=0, directory=False):
    if directory:
        os.mkdir(name)
    else:
        put(name)
    os.chown(name, user, group)
    os.chmod(name, mode)


def mode(name):
    return oct(os.lstat(name).st_mode)


def bits():
    make("closed", 0o600)
    make("shared", 0o640, 0, 777)
    make("in", 0o755, directory=True)
    for name, bits in (("d700", 0o700), ("d711", 0o711), ("d744", 0o744)):
        make(name, bits, directory=True)
        make(f"{name}/f", 0o644)
        report(f"list {name}", as_user(lambda: sorted(os.listdir(name))))
        report(f"read in {name}", as_user(lambda: get(f"{name}/f")))
    for name in ("closed", "shared"):
        report(f"read {name}", as_user(lambda: get(name)))
        report(f"read {name} in the group", as_user(lambda: get(name), groups=[777]))
        report(f"write {name} in the group", as_user(lambda: put(name), groups=[777]))
        report(f"truncate {name}", as_user(lambda: os.truncate(name, 0)))
        report(f"chmod {name}", as_user(lambda: os.chmod(name, 0o666)))
        report(f"chown {name}", as_user(lambda: os.chown(name, 65534, -1)))
        report(f"access {name}", as_user(lambda: os.access(name, os.R_OK)))
        report(f"attribute of {name}", as_user(lambda: os.setxattr(name, "user.a", b"1")))
        report(f"run {name}", as_user(lambda: os.execv(name, [name])))
    for what, call in (
        ("file", lambda: put("in/new")), ("directory", lambda: os.mkdir("in/new")), ("link", lambda: os.symlink("x", "in/new")),
        ("away", lambda: os.rename("closed", "in/new")), ("remove", lambda: os.unlink("closed")),
    ):
        report(what, as_user(call))


def sticky():
    make("s", 0o1777, directory=True)
    make("s/root", 0o666)
    make("s/mine", 0o644, 65534, 65534)
    make("s/other", 0o666, 1000, 1000)
    make("s/dir", 0o777, 1000, 1000, directory=True)
    report("remove another's", as_user(lambda: os.unlink("s/root")))
    report("rename another's", as_user(lambda: os.rename("s/root", "s/x")))
    report("rename over another's", as_user(lambda: os.rename("s/mine", "s/other")))
    report("remove another's directory", as_user(lambda: os.rmdir("s/dir")))
    report("write another's", as_user(lambda: os.truncate("s/root", 5)))
    report("rename one's own", as_user(lambda: os.rename("s/mine", "s/own")))
    report("remove one's own", as_user(lambda: os.unlink("s/own")))
    report("names", sorted(os.listdir("s")))


def set_group_directories():
    make("d", 0o2777, 0, 777, directory=True)
    make("plain", 0o777, directory=True)

    def fill(place):
        put(f"{place}/f")
        os.mkdir(f"{place}/d")
        os.symlink("x", f"{place}/l")
        opened(f"{place}/x", os.O_CREAT | os.O_WRONLY, 0o2775)
        return [(name, os.lstat(f"{place}/{name}").st_uid, os.lstat(f"{place}/{name}").st_gid, mode(f"{place}/{name}")) for name in "fdlx"]

    report("by root", fill("d"))
    for name in "flx":
        os.unlink(f"d/{name}")
    os.rmdir("d/d")
    report("by a user", as_user(lambda: fill("d")))
    report("in a plain one", as_user(lambda: fill("plain"), groups=[777]))


def set_id_bits():
    """A write, a truncation or a new owner takes set-user-ID and set-group-ID away."""
    make("a", 0o644, 0, 777)
    calls = {
        "write": lambda: os.write(os.open("a", os.O_WRONLY), b"x"),
        "truncate": lambda: os.truncate("a", 1),
        "O_TRUNC": lambda: opened("a", os.O_WRONLY | os.O_TRUNC),
        "allocate": lambda: os.posix_fallocate(os.open("a", os.O_WRONLY), 0, 10),
        "read": lambda: len(get("a")) >= 0,
    }
    for before in (0o6777, 0o2767):
        for what, call in calls.items():
            os.chmod("a", before)
            as_user(call)
            report(f"{what} {oct(before)}", mode("a"))
            os.chmod("a", before)
            call()
            report(f"{what} by root", mode("a"))
    make("own", 0o6755, 65534, 65534)
    report("new group", as_user(lambda: os.chown("own", -1, 777), groups=[777]))
    report("mode", mode("own"))
    make("other", 0o755, 65534, 777)
    report("set-group-ID for a group that one is not in", as_user(lambda: os.chmod("other", 0o2755)))
    report("mode", mode("other"))


def owners_and_times():
    make("mine", 0o644, 65534, 65534)
    make("open", 0o666)
    make("closed", 0o644)
    report("give away", as_user(lambda: os.chown("mine", 1000, -1)))
    report("to one's group", as_user(lambda: os.chown("mine", -1, 777), groups=[777]))
    report("to another group", as_user(lambda: os.chown("mine", -1, 778), groups=[777]))
    report("owner", [os.stat("mine").st_uid, os.stat("mine").st_gid])
    report("now, of what one may write", as_user(lambda: os.utime("open")))
    report("a time, of what one may write", as_user(lambda: os.utime("open", (1, 1))))
    report("now, of what one may read", as_user(lambda: os.utime("closed")))
    os.umask(0)
    opened("all", os.O_CREAT | os.O_WRONLY, 0o7777)
    os.mkdir("alld", 0o7777)
    os.umask(0o077)
    put("few")
    report("modes", [mode(name) for name in ("all", "alld", "few")])
