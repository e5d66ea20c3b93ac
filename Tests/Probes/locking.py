"""flock(2), and the record locks of fcntl(2)."""

import fcntl
import os
import struct

from calls import outcome, report

F_OFD_SETLK = 37


def elsewhere(call):
    """What the call, which gets the file opened anew, comes to in another process."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, repr(outcome(lambda: call(os.open("a", os.O_RDWR)))).encode())
        os._exit(0)
    os.waitpid(child, 0)
    answer = os.read(reader, 1000).decode()
    os.close(reader)
    os.close(writer)
    return answer


def flock():
    file = os.open("a", os.O_CREAT | os.O_RDWR)
    for held in (fcntl.LOCK_EX, fcntl.LOCK_SH, fcntl.LOCK_UN):
        fcntl.flock(file, held)
        for wanted in (fcntl.LOCK_EX, fcntl.LOCK_SH):
            report(f"{held} {wanted}", elsewhere(lambda other: fcntl.flock(other, wanted | fcntl.LOCK_NB)))
    fcntl.flock(file, fcntl.LOCK_EX)
    copy = os.dup(file)
    os.close(file)
    report("kept by a copy", elsewhere(lambda other: fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)))
    os.close(copy)
    report("free", elsewhere(lambda other: fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)))


def records():
    file = os.open("a", os.O_CREAT | os.O_RDWR)

    def lock(other, start, length, kind=fcntl.LOCK_EX):
        fcntl.lockf(other, kind | fcntl.LOCK_NB, length, start)

    def holder(other):
        answer = fcntl.fcntl(other, fcntl.F_GETLK, struct.pack("hhlli", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
        kind, _, start, length, process = struct.unpack("hhlli", answer)
        return kind, start, length, process == os.getppid()

    lock(file, 0, 10)
    report("the same bytes", elsewhere(lambda other: lock(other, 5, 5)))
    report("bytes beside them", elsewhere(lambda other: lock(other, 10, 5)))
    report("who has it", elsewhere(holder))
    os.close(os.open("a", os.O_RDWR))
    report("given up by any close", elsewhere(lambda other: lock(other, 5, 5)))


def of_the_open_file():
    def lock(file, kind=fcntl.F_WRLCK):
        fcntl.fcntl(file, F_OFD_SETLK, struct.pack("hhllixxxx", kind, os.SEEK_SET, 0, 0, 0))

    file = os.open("a", os.O_CREAT | os.O_RDWR)
    lock(file)
    second = os.open("a", os.O_RDWR)
    report("in the same process", lambda: lock(second))
    os.close(os.open("a", os.O_RDWR))
    report("after another's close", lambda: lock(second))
    lock(file, fcntl.F_UNLCK)
    report("unlocked", lambda: lock(second))
