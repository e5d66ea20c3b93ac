"""Memory maps, and running programs."""

import mmap
import os
import shutil
import subprocess

from calls import get, outcome, put, report


def shared():
    put("a", b"0" * 10000)
    file = os.open("a", os.O_RDWR)
    memory = mmap.mmap(file, 10000)
    memory[5:8] = b"abc"
    report("seen by read", os.pread(file, 10, 0))
    os.pwrite(file, b"zz", 0)
    report("write seen in memory", memory[:10])
    os.close(file)
    memory[9000:9003] = b"end"
    memory.flush()
    second = os.open("a", os.O_RDONLY)
    report("seen by another", os.pread(second, 3, 9000))
    report("second map", mmap.mmap(second, 0, prot=mmap.PROT_READ)[9000:9003])
    memory.close()
    report("afterwards", [get("a")[:10], get("a")[9000:9003], os.stat("a").st_size])


def beside_a_writer():
    """Somebody has the file open only for writing, and so around the page cache, while another maps it."""
    put("a", b"0" * 8192)
    writer = os.open("a", os.O_WRONLY)
    file = os.open("a", os.O_RDWR)
    memory = mmap.mmap(file, 8192)
    memory[0:1] = b"m"
    os.pwrite(writer, b"w", 1)
    report("in memory", memory[:3])
    memory.flush()
    report("by reading", os.pread(file, 3, 0))
    memory[4096:4097] = b"n"
    memory.close()
    os.close(file)
    os.close(writer)
    report("afterwards", [get("a")[:3], get("a")[4096:4098]])


def private():
    put("a", b"0" * 100)
    file = os.open("a", os.O_RDONLY)
    report("shared for writing", lambda: mmap.mmap(file, 0, prot=mmap.PROT_READ | mmap.PROT_WRITE))
    memory = mmap.mmap(file, 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE)
    memory[0:1] = b"P"
    report("file", get("a")[:2])


def programs():
    put("script", b"#!/bin/sh\necho ran\n")
    os.chmod("script", 0o755)
    report("script", subprocess.run(["./script"], capture_output=True).stdout)
    shutil.copy("/bin/true", "true")
    report("program", lambda: subprocess.run(["./true"]).returncode)
    writer = os.open("true", os.O_WRONLY)
    report("while it is open for writing", lambda: outcome(lambda: subprocess.run(["./true"]).returncode))
    os.close(writer)
    os.chmod("true", 0o644)
    report("without permission", lambda: outcome(lambda: subprocess.run(["./true"]).returncode))
