"""Gateway processes for the fault tests, started in a few milliseconds each.

Everything is imported once, here; a line on standard input forks a child that runs the real gateway. No connection is
open before the fork. Each child's process id is written to standard output.
"""

import os
import signal
import sys


def say(what: object) -> None:
    """A line for whoever started us."""
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def main() -> None:
    """Serves until its input is closed."""
    import django

    django.setup()

    from wabolt.channels.providers import registry
    from wabolt.messaging import gateway

    registry.PROVIDERS["simulator"] = "sink.SinkProvider"
    registry.provider_class("simulator")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    say("ready")
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            code = 1
            try:
                os.close(0)
                gateway.run()
                code = 0
            finally:
                os._exit(code)
        say(child)


if __name__ == "__main__":
    main()
