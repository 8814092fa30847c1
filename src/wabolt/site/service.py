"""The systemd unit that starts WABolt with the machine. Does not import Django."""

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wabolt.lib.commands import shell_command
from wabolt.site.words import _

NAME = "wabolt.service"
ACCOUNT = "wabolt"
STATE = Path("/var/lib/wabolt/shop")  # home folder of a system service; systemd creates it (StateDirectory)
ENVIRONMENT = Path("/etc/wabolt.env")  # further environment variables, one NAME=value a line
SYSTEM_UNITS = Path("/etc/systemd/system")
BOOTED = Path("/run/systemd/system")  # exists where systemd runs (sd_booted(3))

# Options for units of both kinds. Those that need namespaces or the right to change users are in _SYSTEM.
_BOTH = """\
NoNewPrivileges=yes
RestrictSUIDSGID=yes
RestrictRealtime=yes
LockPersonality=yes
SystemCallArchitectures=native
UMask=0077
LimitNOFILE=65536
# PostgreSQL and the supervisor survive when the kernel ends one process that needed too much memory.
OOMPolicy=continue
MemoryHigh=75%
MemoryMax=90%
"""
_SYSTEM = """\
ProtectSystem=strict
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
RestrictNamespaces=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
RemoveIPC=yes
"""


class ServiceError(Exception):
    """The service cannot be installed; the text says why and what to do."""


@dataclass(frozen=True)
class Service:
    """A unit. `arguments`: of ``wabolt up``. `user`: "" for a unit of the calling user's own manager."""

    home: Path
    arguments: tuple[str, ...] = ()
    user: str = ""
    low_ports: bool = False

    @property
    def is_system(self) -> bool:
        """Whether the unit belongs to the machine and not to one user."""
        return bool(self.user)

    @property
    def path(self) -> Path:
        """The file of the unit."""
        if self.is_system:
            return SYSTEM_UNITS / NAME
        configuration = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
        return Path(configuration).expanduser() / "systemd" / "user" / NAME

    def text(self) -> str:
        """Returns the content of the unit file."""
        command = " ".join(_quoted(part) for part in (sys.executable, "-m", "wabolt", "up", *self.arguments))
        lines = ["[Unit]", "Description=WABolt", "Documentation=man:systemd.service(5)", "StartLimitIntervalSec=0"]
        if self.is_system:
            lines += ["Wants=network-online.target", "After=network-online.target"]
        lines += ["", "[Service]", f"ExecStart={command}", f"Environment={_quoted(f'WABOLT_HOME={self.home}')}"]
        lines += [f"Environment=WABOLT_LANGUAGE={os.environ.get('WABOLT_LANGUAGE', 'id')}"]
        lines += ["Restart=always", "RestartSec=2", "KillMode=mixed", "TimeoutStopSec=180"]
        lines += _BOTH.splitlines()
        if self.is_system:
            lines += [f"User={self.user}", f"EnvironmentFile=-{ENVIRONMENT}", *_SYSTEM.splitlines(), *self._places()]
            ports = "CAP_NET_BIND_SERVICE" if self.low_ports else ""
            lines += [f"CapabilityBoundingSet={ports}", f"AmbientCapabilities={ports}"]
        target = "multi-user.target" if self.is_system else "default.target"
        return "\n".join([*lines, "", "[Install]", f"WantedBy={target}", ""])

    def _places(self) -> list[str]:
        if self.home == STATE:
            yielded = [f"StateDirectory={STATE.relative_to('/var/lib')}", "StateDirectoryMode=0700"]
        else:
            yielded = [f"ReadWritePaths={_quoted(str(self.home))}"]
        under_home = any(_is_personal(path) for path in (self.home, Path(sys.executable), Path(__file__)))
        return [*yielded, f"ProtectHome={'no' if under_home else 'yes'}"]


def _is_personal(path: Path) -> bool:
    return path.parts[1:2] in {("home",), ("root",)} or path.parts[1:3] == ("run", "user")


def _quoted(text: str) -> str:
    """Returns a quoted word for a unit file, because systemd expands ``%`` and ``$`` and splits at spaces."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if escaped != text or " " in text else text


def check_systemd() -> None:
    """Raises ServiceError on a machine without systemd."""
    if not BOOTED.is_dir() or shutil.which("systemctl") is None:
        raise ServiceError(
            _("This machine does not run systemd. Configure its own service manager to run: {command}").format(
                command=shell_command("up")
            )
        )


def ensure_account() -> str:
    """Creates the system user of the service if needed, and returns its name."""
    try:
        pwd.getpwnam(ACCOUNT)
    except KeyError:
        no_shell = shutil.which("nologin") or "/usr/sbin/nologin"
        run(["useradd", "--system", "--home-dir", str(STATE.parent), "--shell", no_shell, ACCOUNT])
    return ACCOUNT


def check_readable(user: str) -> None:
    """Raises ServiceError if `user` cannot run this program, for example because it is in /root."""
    account = pwd.getpwnam(user)
    program = [sys.executable, "-c", "import wabolt.site.supervisor"]
    ids = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    try:
        done = subprocess.run(program, cwd="/", check=False, capture_output=True, **ids)  # type: ignore[call-overload]  # noqa: S603
        works = done.returncode == 0
    except OSError:
        works = False
    if not works:
        raise ServiceError(
            _(
                "The user {user} cannot read {program}. Install WABolt in a folder that every user can read, "
                "such as /opt/wabolt."
            ).format(user=user, program=sys.executable)
        )


def choose_domain(service: Service, domain: str) -> None:
    """Makes `domain` the name of the shop, as the service's user does with ``wabolt domain``.

    The unit does not contain it, because each start would then undo a later change of the owner. Raises ServiceError
    with the sentence of the command.
    """
    ids: dict[str, Any] = {}
    if service.is_system:
        account = pwd.getpwnam(service.user)
        if service.home == STATE and not STATE.exists():  # systemd would create it at the first start
            STATE.parent.mkdir(exist_ok=True)
            STATE.parent.chmod(0o755)
            STATE.mkdir(mode=0o700)
            os.chown(STATE, account.pw_uid, account.pw_gid)
        ids = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    done = subprocess.run(  # noqa: S603 -- ourselves; the name is one argument
        [sys.executable, "-m", "wabolt", "domain", "--", domain], cwd="/", check=False, capture_output=True, text=True,
        env={**os.environ, "WABOLT_HOME": str(service.home)}, **ids,
    )  # fmt: skip
    if done.returncode:
        sentence = (done.stderr.strip().splitlines() or [f"wabolt domain: {done.returncode}"])[-1]
        raise ServiceError(sentence.partition(": ")[2] or sentence)


def install(service: Service) -> None:
    """Writes the unit, enables it and (re)starts it. Raises ServiceError if systemd refuses."""
    service.path.parent.mkdir(parents=True, exist_ok=True)
    service.path.write_text(service.text(), encoding="utf-8")
    systemctl(service, "daemon-reload")
    systemctl(service, "enable", NAME)
    systemctl(service, "restart", NAME)


def remove(service: Service) -> bool:
    """Stops the service and removes its unit; the data stays. Returns whether there was one."""
    if not service.path.exists():
        return False
    systemctl(service, "disable", "--now", NAME)
    service.path.unlink()
    systemctl(service, "daemon-reload")
    return True


def systemctl(service: Service, *arguments: str) -> None:
    """Runs systemctl for the manager of `service`."""
    run(["systemctl", *(() if service.is_system else ("--user",)), *arguments])


def run(command: Sequence[str]) -> None:
    """Runs a program of the system. Raises ServiceError with its output."""
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 -- constants of ours
    except OSError as error:
        raise ServiceError(f"{command[0]}: {error.strerror}") from error
    if done.returncode:
        raise ServiceError(f"{' '.join(command)}: {(done.stderr or done.stdout).strip()}")
