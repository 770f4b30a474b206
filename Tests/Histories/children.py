# SPDX-License-Identifier: Apache-2.0
"""Programs that end with whoever started them, however that ends: a worker that is stopped early stops nothing itself."""
import ctypes
import fcntl
import signal
import subprocess
import termios

LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1  # prctl(2)


def start(command, terminal=None, **options):
    """As `subprocess.Popen` does; `terminal` is the descriptor of the one that the program's session gets."""
    def prepare():
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if terminal is not None:
            fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)

    return subprocess.Popen(command, preexec_fn=prepare, **options)
