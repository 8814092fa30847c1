"""A copy of the installed neonize that trusts the test server instead of WhatsApp.

The copy's Go library holds the Noise root key of one state folder in place of WhatsApp's own; the installed package
stays as it is. A patched copy cannot log in to the real WhatsApp.
"""

import shutil
from pathlib import Path

from tests.waserver.tokens import ensure_tokens, library
from tests.waserver.wire import ensure_keys

WA_ROOT = bytes.fromhex("142375574d0a587166aae71ebe516437c4a28b73e3695c6ce1f7f9545da8ee6b")


def patch(state: Path, target: Path) -> Path:
    """Makes `target`/neonize from the installed package and the keys of `state`; put `target` first on PYTHONPATH."""
    source = library().parent
    dest = target / "neonize"
    if dest.resolve() == source.resolve():
        raise SystemExit("the target is the installed package itself")
    root = ensure_keys(state).pub
    (state / "tokens.json").unlink(missing_ok=True)
    ensure_tokens(state)
    libs = list(source.glob("neonize-*.so"))
    for lib in libs:
        n = lib.read_bytes().count(WA_ROOT)
        if n != 1:
            raise SystemExit(f"{lib.name} holds the root key {n} times, not once: this neonize version needs a look")
    if dest.exists():
        shutil.rmtree(dest)
    shutil.copytree(source, dest)  # with the compiled modules: compiling them takes seconds
    for lib in libs:
        (dest / lib.name).write_bytes(lib.read_bytes().replace(WA_ROOT, root))
    # Without pygments, as in an installation, httpx does not load its command: a sixth of a second for each process.
    (target / "pygments.py").write_text("raise ImportError(__name__)\n")
    return dest
