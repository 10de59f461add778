"""Runs a part so that it ends when the supervisor ends, even by kill -9: python child.py SUPERVISOR-PID COMMAND …

Standard library only; the command takes this process's place."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    supervisor, command = int(sys.argv[1]), sys.argv[2:]
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != supervisor:  # it ended before we could ask
        sys.exit(1)
    os.execv(command[0], command)
