"""The configuration of PostgreSQL for this machine."""

import os
from pathlib import Path


def memory_megabytes() -> int:
    """Returns the memory of the machine, or of the container if that is smaller, in MiB."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            total = min(total, int(Path(limit).read_text()) >> 20)
        except (OSError, ValueError):
            continue  # there is no such control group, or it says "max"
    return total


def configuration(socket: Path, *, durable: bool, memory: int) -> str:
    """Returns the text of ``wabolt.conf``: a server with its socket in ``socket`` on a machine with ``memory`` MiB."""
    shared = max(32, min(1024, memory // 8))
    values: dict[str, str | float] = {
        "listen_addresses": "''",
        "port": 5432,
        "unix_socket_directories": _quoted(str(socket)),
        "unix_socket_permissions": "0700",
        # one web process per core with its threads (`site.front.app.Threads`), the workers and the gateways
        "max_connections": max(100, 60 + 14 * (os.cpu_count() or 1)),
        "client_connection_check_interval": "10s",  # ends the statement of a client that has gone away
        "shared_buffers": f"{shared}MB",
        "effective_cache_size": f"{max(128, memory // 2)}MB",
        "work_mem": f"{max(4, min(32, memory // 256))}MB",
        "maintenance_work_mem": f"{max(32, min(256, memory // 16))}MB",
        "max_wal_size": "2GB",
        "wal_compression": "pglz",
        "random_page_cost": 1.1,  # solid state disks
        "jit": "off",  # our statements are short: compiling them costs more than it saves
        # Queues and imports change tables faster than autovacuum's defaults allow for. A plan with stale statistics
        # took seconds.
        "autovacuum_naptime": "15s",
        "autovacuum_analyze_scale_factor": 0.02,
        "autovacuum_analyze_threshold": 200,
        "autovacuum_vacuum_scale_factor": 0.05,
        "logging_collector": "on",
        "log_directory": "'log'",
        "log_filename": "'postgres-%a.log'",
        "log_truncate_on_rotation": "on",
        "log_rotation_age": "1d",
        "log_rotation_size": 0,
        "log_lock_waits": "on",
        # Personal data must not reach the log: an error message, its detail and the failed statement may all quote
        # values. Errors are reported to the application anyway; the log keeps crashes, waits and checkpoints.
        "log_min_messages": "log",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_parameter_max_length": 0,
        "log_parameter_max_length_on_error": 0,
        "log_timezone": "'UTC'",
        "timezone": "'UTC'",
        "idle_in_transaction_session_timeout": "10min",
    }
    if not durable:
        values |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        # Tests start many servers with little data. Each DROP and TRUNCATE searches all buffers.
        values |= {"shared_buffers": "256MB", "wal_level": "minimal", "max_wal_senders": 0, "wal_compression": "off"}
    head = "# Written anew by WABolt at every start. Put your own settings into local.conf beside this file.\n"
    return head + "".join(f"{name} = {value}\n" for name, value in values.items())


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
