"""Runs a program that the kernel kills when its parent dies. Started as a script: PARENT_PID PROGRAM [ARGUMENT...]."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(parent: int, command: list[str]) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        # The parent may have died before the kernel was told.
        if os.getppid() != parent:
            sys.exit("the supervisor is gone")
    os.execv(command[0], command)  # noqa: S606 - no shell is what we want


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
