"""Runs one probe in a directory: run.py SUBJECT.PROBE DIRECTORY.

A probe is a function that makes system calls and reports what came of each. MountTests runs it on a mount and in a directory of
the local disk, and expects the same lines from both.
"""

import importlib
import os
import sys

sys.dont_write_bytecode = True
subject, probe = sys.argv[1].split(".")
function = getattr(importlib.import_module(subject), probe)
os.chdir(sys.argv[2])
os.umask(0o022)
function()
