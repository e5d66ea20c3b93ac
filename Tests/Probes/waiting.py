"""Work on files that others work on, too, where calls wait for uploads."""

import errno
import mmap
import os
import random

NAMES = ("a", "b", "c")


def rounds():
    """Reports the errors that came of it. Those of a file that others change, rename or remove at this moment are none."""
    errors = set()
    for _ in range(30):
        try:
            change(random.choice(NAMES))
        except OSError as error:
            if error.errno not in (errno.EBUSY, errno.ENOENT, errno.ECANCELED):
                errors.add(errno.errorcode[error.errno])
    print(sorted(errors))


def change(name):
    file = os.open(name, os.O_RDWR | os.O_CREAT)
    try:
        what = random.randrange(6)
        if what < 2:
            os.pwrite(file, random.randbytes(1) * random.choice((10, 100_000, 1_000_000)), random.choice((0, 5000, 500_000)))
        elif what == 2:
            os.ftruncate(file, random.choice((100_000, 1_500_000)))
        elif what == 3:
            os.utime(file)
        elif what == 4:
            os.fsync(file)
        elif os.fstat(file).st_size > 4096:
            memory = mmap.mmap(file, 4096)
            memory[5:6] = b"m"
            memory.close()
    finally:
        os.close(file)
    if random.random() < 0.1:
        os.rename(name, name + ".tmp")
        os.rename(name + ".tmp", name)
    if random.random() < 0.03:
        os.unlink(name)
