"""Random changes to files, made on a mount and repeated on an ordinary directory: the shadow, which shows what the mount must hold."""

import collections
import ctypes
import errno
import os
import random
import shutil

KIB, MIB = 1 << 10, 1 << 20

# One change: a line for the reader, the paths that it touches, whether it writes content, what makes it below a root, and whether
# it takes several system calls that remove names, so that an interruption leaves a part of them.
Step = collections.namedtuple("Step", "text paths writes action removes", defaults=[False])

FILES = ["a", "b", "c", "d", "notes.txt", "photo.jpg", "ä ö%2F?#", "e"]
DIRECTORIES = ["x", "y", "z"]
DEPTH_MAX = 3
FILES_MIN, FILES_MAX = 8, 24

_libc = ctypes.CDLL(None, use_errno=True)
_RENAME_EXCHANGE = 2
_AT_FDCWD = -100


def exchange(first, second):
    """Swaps two names in one step: renameat2(2) with RENAME_EXCHANGE."""
    if _libc.renameat2(_AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), _RENAME_EXCHANGE) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), first)


def write_content(path, seed, size, flags=os.O_CREAT | os.O_TRUNC):
    """Opens, writes and closes. The seed gives the bytes; a large file is mostly holes, which costs no space and no time."""
    source = random.Random(seed)
    file = os.open(path, os.O_WRONLY | flags, 0o644)
    try:
        if size <= MIB:
            rest = source.randbytes(size)
            while rest:
                rest = rest[os.write(file, rest[: 128 * KIB]) :]
            return
        pieces = [0] + sorted(source.randrange(size - 8 * KIB) for _ in range(6)) + [size - 8 * KIB]
        for offset in pieces:
            os.pwrite(file, source.randbytes(8 * KIB), offset)
    finally:
        os.close(file)


def patch_content(path, seed, offset, size):
    """Overwrites a piece in the middle, or appends where `offset` is None."""
    file = os.open(path, os.O_WRONLY | (os.O_APPEND if offset is None else 0))
    try:
        data = random.Random(seed).randbytes(size)
        os.write(file, data) if offset is None else os.pwrite(file, data, offset)
    finally:
        os.close(file)


def truncate(path, size):
    file = os.open(path, os.O_WRONLY)
    try:
        os.ftruncate(file, size)
    finally:
        os.close(file)


def listing(root):
    """What is below a directory, by path: the size of a file, None for a directory."""
    found = {}

    def look(directory):
        with os.scandir(os.path.join(root, directory)) as entries:
            for entry in entries:
                path = os.path.join(directory, entry.name)
                if entry.is_dir(follow_symlinks=False):
                    found[path] = None
                    look(path)
                else:
                    found[path] = entry.stat(follow_symlinks=False).st_size

    look("")
    return found


class Workload:
    """Chooses steps that fit the shadow as it is, so that every step succeeds on a file system that is alive."""

    def __init__(self, chance, shadow, large):
        """`large` is a pair of sizes in bytes and a probability: of files that are uploaded in a session."""
        self.chance, self.shadow, self.large = chance, shadow, large

    def next(self):
        found = listing(self.shadow)
        files = sorted(path for path, size in found.items() if size is not None)
        directories = sorted(path for path, size in found.items() if size is None)
        kinds = {
            "write": 30, "rsync": 10, "append": 8, "patch": 6, "truncate": 5, "rename": 12, "rename_over": 8, "exchange": 4,
            "rename_directory": 6, "make_directory": 4, "remove": 8, "remove_tree": 2,
        }
        if len(files) < FILES_MIN:
            kinds.update(write=80, rename_over=3, remove=3, remove_tree=0)
        elif len(files) > FILES_MAX:
            kinds.update(write=8, rsync=2, remove=40, remove_tree=10)
        while True:
            kind = self.chance.choices(list(kinds), list(kinds.values()))[0]
            if step := getattr(self, kind)(files, directories, found):
                return step

    # Content

    def write(self, files, directories, found):
        path = self.chance.choice(files) if files and self.chance.random() < 0.4 else self.new_path(files, directories, found)
        if path is None or path in directories:
            return None
        seed, size = self.seed(), self.size()
        return Step(f"write {path}, {size} bytes", [path], True, lambda root: write_content(f"{root}/{path}", seed, size))

    def rsync(self, files, directories, found):
        """As rsync does it: a temporary name, then a rename."""
        path = self.chance.choice(files) if files and self.chance.random() < 0.6 else self.new_path(files, directories, found)
        if path is None or path in directories:
            return None
        seed, size = self.seed(), self.size()
        suffix = "".join(self.chance.choices("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=6))
        temporary = os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.{suffix}")

        def action(root):
            write_content(f"{root}/{temporary}", seed, size, os.O_CREAT | os.O_EXCL)
            os.rename(f"{root}/{temporary}", f"{root}/{path}")

        return Step(f"rsync to {path}, {size} bytes", [path, temporary], True, action)

    def append(self, files, directories, found):
        if not files:
            return None
        path, seed, size = self.chance.choice(files), self.seed(), self.chance.randrange(1, 200 * KIB)
        return Step(f"append {size} bytes to {path}", [path], True, lambda root: patch_content(f"{root}/{path}", seed, None, size))

    def patch(self, files, directories, found):
        files = [path for path in files if found[path] > 0]
        if not files:
            return None
        path, seed = self.chance.choice(files), self.seed()
        offset, size = self.chance.randrange(found[path]), self.chance.randrange(1, 20 * KIB)
        return Step(
            f"overwrite {size} bytes of {path} at {offset}", [path], True,
            lambda root: patch_content(f"{root}/{path}", seed, offset, size))

    def truncate(self, files, directories, found):
        if not files:
            return None
        path = self.chance.choice(files)
        size = self.chance.choice([0, found[path] // 2, found[path] + 5000])
        return Step(f"truncate {path} to {size}", [path], True, lambda root: truncate(f"{root}/{path}", size))

    # Names

    def rename(self, files, directories, found):
        """Also from one directory to another."""
        target = self.new_path(files, directories, found)
        if not files or target is None or target in found:
            return None
        return self.renaming(self.chance.choice(files), target)

    def rename_over(self, files, directories, found):
        if len(files) < 2:
            return None
        return self.renaming(*self.chance.sample(files, 2))

    def rename_directory(self, files, directories, found):
        if not directories:
            return None
        source = self.chance.choice(directories)
        target = self.new_path([], directories, found, DIRECTORIES)
        if target is None or target in found or f"{target}/".startswith(f"{source}/"):
            return None
        return self.renaming(source, target)

    def renaming(self, source, target):
        return Step(f"rename {source} to {target}", [source, target], False, lambda root: os.rename(f"{root}/{source}", f"{root}/{target}"))

    def exchange(self, files, directories, found):
        if len(files) < 2:
            return None
        first, second = self.chance.sample(files, 2)
        return Step(
            f"exchange {first} and {second}", [first, second], False, lambda root: exchange(f"{root}/{first}", f"{root}/{second}"))

    def make_directory(self, files, directories, found):
        path = self.new_path([], directories, found, DIRECTORIES)
        if path is None or path in found:
            return None
        return Step(f"make the directory {path}", [path], False, lambda root: os.mkdir(f"{root}/{path}"))

    def remove(self, files, directories, found):
        if not files:
            return None
        path = self.chance.choice(files)
        return Step(f"remove {path}", [path], False, lambda root: os.unlink(f"{root}/{path}"))

    def remove_tree(self, files, directories, found):
        if not directories:
            return None
        path = self.chance.choice(directories)
        return Step(f"remove {path} and all below it", [path], False, lambda root: shutil.rmtree(f"{root}/{path}"), True)

    # Numbers and names

    def seed(self):
        return self.chance.getrandbits(48)

    def size(self):
        smallest, largest, probability = self.large
        if self.chance.random() < probability:
            return self.chance.randrange(smallest, largest)
        return self.chance.choice([0, self.chance.randrange(1, 9000), self.chance.randrange(1, 9000), self.chance.randrange(1, MIB)])

    def new_path(self, files, directories, found, names=FILES):
        parent = self.chance.choice([""] + directories)
        if parent.count("/") + 1 >= DEPTH_MAX:
            parent = ""
        return os.path.join(parent, self.chance.choice(names))


def is_dead(error):
    """Whether an error is what a program sees on a mount whose process has ended or is ending."""
    return error.errno in (errno.ENOTCONN, errno.ECONNABORTED, errno.EIO, errno.ENODEV, errno.ESHUTDOWN, errno.EINTR, errno.ENOENT)
