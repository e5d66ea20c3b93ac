"""Runs a program in a terminal, and types when it shows what is waited for: terminal.py TEXT=KEYS… -- PROGRAM ARGUMENT…

In KEYS, ^X stands for control and x.
"""

import os
import pty
import re
import select
import sys

split = sys.argv.index("--")
steps = [step.split("=", 1) for step in sys.argv[1:split]]
process, terminal = pty.fork()
if process == 0:
    os.environ["TERM"] = "vt100"
    os.execvp(sys.argv[split + 1], sys.argv[split + 1:])

shown = b""
while True:
    if steps and steps[0][0].encode() in shown:
        keys = re.sub(r"\^(.)", lambda match: chr(ord(match[1]) & 31), steps.pop(0)[1])
        shown = b""
        os.write(terminal, keys.encode())
    # What the program shows last may come with an error, as its end does.
    if not select.select([terminal], [], [], 60)[0]:
        sys.exit(f"waited in vain for {steps}: {shown!r}")
    try:
        piece = os.read(terminal, 65536)
    except OSError:
        piece = b""
    if not piece:
        break
    shown += piece
_, status = os.waitpid(process, 0)
sys.exit(os.waitstatus_to_exitcode(status) or (f"not typed: {steps}" if steps else 0))
