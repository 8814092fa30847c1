"""The server is what it says: real clients cannot tell it from the real one."""

import subprocess
import sys

import pytest

from tests.waserver.client import ROOT
from tests.waserver.network import Network


@pytest.mark.slow
def test_two_real_clients_pair_talk_and_survive_faults(wa_network: Network, tmp_path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.waserver.proof", str(tmp_path)],
        env={**wa_network.environment(), "WA_TEST_PORT": str(wa_network.port)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PROOF OK" in done.stdout
    wrong = {"unhandled", "unhandled-iq", "refused-host", "server-error", "pair-error", "phone-undecryptable"}
    assert [event for event in wa_network.ctl("events") if event["kind"] in wrong] == []
