"""A PostgreSQL server for tests: in a temporary folder, on a free port, under a user that is not root."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

PATIENCE = 60.0  # seconds until it answers


def programs() -> Path | None:
    """The folder with initdb and postgres; Debian keeps it off the path."""
    if os.name != "posix":
        return None
    found = shutil.which("initdb")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return Path(found).parent if found else debian[-1] if debian else None


@contextmanager
def running(folder_of_programs: Path) -> Iterator[str]:
    """The server's URL, a database's name to be put behind it."""
    user = _user()
    folder = Path(tempfile.mkdtemp(prefix="superface-postgresql-"))
    if user is not None:
        shutil.chown(folder, user)
    as_user = {"user": user, "cwd": folder, "stdout": subprocess.DEVNULL}
    data, port = folder / "data", _free_port()
    made = ["-D", data, "-U", "artist", "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run([folder_of_programs / "initdb", *made], **as_user, stderr=subprocess.PIPE, check=True)
    serve = [folder_of_programs / "postgres", "-D", data, "-p", str(port), "-k", folder, "-h", "127.0.0.1"]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen([*serve, "-c", "fsync=off"], **as_user, stderr=log)
    try:
        url = f"postgresql://artist@127.0.0.1:{port}"
        _wait_for(url, server, folder / "log")
        yield url
    finally:
        server.send_signal(signal.SIGINT)  # its "fast" end
        server.wait(PATIENCE)
        shutil.rmtree(folder, ignore_errors=True)


def _user() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return None
    import pwd  # which Windows lacks

    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_for(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.poll() is None:
        try:
            psycopg.connect(f"{url}/postgres", connect_timeout=5).close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}")
