"""A fork server that starts processes for the fault tests in a few milliseconds each.

The server imports everything once. Each line on standard input names a program ("gateway", "consumer" or "push") and
forks a child that runs it. The server writes the process id of the child to standard output. No database connection is
open before the fork.
"""

import os
import signal
import sys


def say(what: object) -> None:
    """Writes a line to standard output at once."""
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def main() -> None:
    """Serves until standard input is closed."""
    import django

    django.setup()

    from wabolt.alerts.services import deliver_due
    from wabolt.channels import registry
    from wabolt.contacts.registry import event_consumers
    from wabolt.contacts.services import run_consumers
    from wabolt.contacts.tests.consumers import COPY
    from wabolt.messaging import gateway

    registry.PROVIDERS["simulator"] = "sink.SinkProvider"
    registry.provider_class("simulator")
    event_consumers._consumers.clear()
    event_consumers.register_consumer(COPY)
    programs = {"gateway": gateway.run, "consumer": run_consumers, "push": lambda: deliver_due(channel="push")}
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    say("ready")
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            code = 1
            try:
                os.close(0)
                programs[line.strip()]()
                code = 0
            finally:
                os._exit(code)
        say(child)


if __name__ == "__main__":
    main()
