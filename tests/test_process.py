"""The number of this process, which is asked for on every lookup."""

import os
import subprocess
import sys

from adapters.process import process

FORKING = """
import os
from adapters.process import process
before = process()
if os.fork() == 0:
    print(before, process(), os.getpid(), flush=True)
    os._exit(0)
os.wait()
print(before, process(), os.getpid())
"""


def test_process_is_told_as_the_system_tells_it():
    assert process() == os.getpid()


def test_child_knows_that_it_is_another_process():
    child, parent = subprocess.run(
        [sys.executable, "-c", FORKING], check=True, capture_output=True, text=True, timeout=60
    ).stdout.splitlines()
    before, now, right = child.split()
    assert now == right != before
    assert len(set(parent.split())) == 1
