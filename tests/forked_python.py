"""An interpreter that starts a program in 30 ms: a process of `tests.forking`, which has loaded Django, runs it.

`forking` writes this file as the program `python` into a folder of its own, next to the socket `door`. It passes on
standard input and output, signals and the exit code. A kill of this process kills the program.
"""

import json
import os
import signal
import socket
import sys

ENDING = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


def main() -> None:
    arguments = sys.argv[1:]
    if arguments[0] not in {"-c", "-m"}:
        os.execv(sys.executable, [sys.executable, *arguments])
    folder = os.getcwd()  # noqa: PTH109 -- pathlib takes longer to import than all of this
    request = json.dumps({"arguments": arguments, "environment": dict(os.environ), "folder": folder}).encode()
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(__file__.rpartition("/")[0] + "/door")
        socket.send_fds(line, [len(request).to_bytes(4, "big")], [0, 1, 2])
        line.sendall(request)
        answers = line.makefile("rb")
        pid = int.from_bytes(answers.read(4), "big")
        for number in ENDING:
            signal.signal(number, lambda sent, _frame: os.kill(pid, sent))
        code = os.waitstatus_to_exitcode(int.from_bytes(answers.read(4), "big"))
    if code < 0:
        if -code in ENDING:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    sys.exit(code)


if __name__ == "__main__":
    main()
