"""Threads share one pool of memory where the C library lets them.

Smallest error noticed: one pool more than one.
"""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

POOLS = """
import ctypes, sys, threading
from glasstown.core.machine import one_pool_of_memory

if sys.argv[1] == "shared":
    one_pool_of_memory()
held = []
threads = [threading.Thread(target=lambda: held.append(bytearray(100_000))) for _ in range(3)]
[thread.start() for thread in threads], [thread.join() for thread in threads]
there = ctypes.CDLL(None)
there.malloc_info(0, ctypes.c_void_p.in_dll(there, "stdout"))
there.fflush(None)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only there is the number of pools told")
@pytest.mark.parametrize(("how", "one"), [("shared", True), ("by default", False)])
def test_all_threads_take_memory_from_one_pool(how: str, one: bool) -> None:
    told = subprocess.run([sys.executable, "-c", POOLS, how], capture_output=True, text=True, check=True).stdout
    assert (told.count("<heap nr=") == 1) is one
