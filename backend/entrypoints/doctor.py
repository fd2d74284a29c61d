"""`superface doctor`: looks at everything a backend needs and says how to mend what is wrong."""

import argparse
import json
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from protos.convention import is_loopback

from ..errors import ModelError, SettingInvalid
from ..settings import Settings
from .credentials import existing_token, tls_files

# As in pyproject.toml.
PACKAGES = (
    "ai-edge-litert", "alembic", "av", "grpcio", "grpcio-health-checking", "grpcio-reflection",
    "krippendorff", "numpy", "pillow", "platformdirs", "protobuf", "safetensors", "simplejpeg", "sqlalchemy",
    "tqdm",
)  # fmt: skip
ROOM_NEEDED = 1e9  # bytes; uploads and model files go there
PIP_SECONDS = 20.0


@dataclass(frozen=True)
class Finding:
    """One thing looked at; advice where it is not fine. What is not `needed` keeps nothing from working."""

    name: str
    fine: bool
    found: str
    advice: str = ""
    needed: bool = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of doctor."""
    parser.add_argument("--offline", action="store_true", help="do not try whether pip reaches its index")


def run(chosen: argparse.Namespace, settings: Settings) -> int:
    """Print the findings; 1 when something needed is not fine."""
    findings = list(examine(settings, online=not chosen.offline))
    if chosen.json:
        print(json.dumps({"findings": [asdict(finding) for finding in findings]}))
    else:
        for finding in findings:
            mark = "ok " if finding.fine else "BAD" if finding.needed else "-- "
            print(f"{mark} {finding.name}: {finding.found}", *filter(None, [finding.advice]), sep="\n      ")
    return int(any(finding.needed and not finding.fine for finding in findings))


def examine(settings: Settings, online: bool) -> Iterator[Finding]:
    """All findings, the basic ones first."""
    yield _python()
    yield from map(_package, PACKAGES)
    yield _model(settings)
    yield from _own_model()
    yield _home(settings.home)
    yield _port(settings)
    yield _token(settings.token_path)
    yield _tls(settings)
    if online:
        yield _pip()


def _python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    fine = sys.version_info >= (3, 11)
    return Finding("Python", fine, found, "" if fine else "Use Python 3.11 to 3.14.")


def _package(name: str) -> Finding:
    try:
        return Finding(name, True, metadata.version(name))
    except metadata.PackageNotFoundError:
        return Finding(name, False, "not installed", "Run: python -m pip install 'superface[backend]'")


def _model(settings: Settings) -> Finding:
    try:
        from ..bootstrap import model_state
    except ImportError as err:
        return Finding("face model", False, f"cannot be looked at: {err}", "Install the packages first.")
    state = model_state(settings)
    if state == "not fetched":
        advice = "Run: superface models --fetch (or set SUPERFACE_MODEL_DIR on a machine without a network)."
        return Finding("face model", False, state, advice, needed=False)
    fine = state == "ready"
    return Finding("face model", fine, state, "" if fine else "Delete the file; it is fetched again.")


def _own_model() -> Iterator[Finding]:
    """Nothing about it is needed: the baseline runs without."""
    try:
        from ..model_shelf import shelf, torch_facts
    except ImportError:
        return  # said above
    try:
        yield Finding("torch", True, torch_facts(), needed=False)
    except ModelError as err:
        yield Finding("torch", False, err.message, err.advice, needed=False)
    for each in shelf():
        found = each.lacking or "can run"
        yield Finding(f"model {each.model.id}", not each.lacking, found, each.advice, needed=False)


def _home(home: Path) -> Finding:
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home):
            free = shutil.disk_usage(home).free
    except OSError as err:
        advice = "Make it writable, or set SUPERFACE_HOME to another folder."
        return Finding("home folder", False, f"{home}: {err.strerror}", advice)
    fine = free >= ROOM_NEEDED
    advice = "" if fine else "Make room, or set SUPERFACE_HOME to a larger disk."
    return Finding("home folder", fine, f"{home}, {free / 1e9:.1f} GB free", advice)


def _port(settings: Settings) -> Finding:
    place = f"{settings.host}:{settings.port}"
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as listener:
            listener.bind((settings.host, settings.port))
    except OSError as err:
        advice = "A backend may be running already; else serve with --port 0."
        return Finding("port", False, f"{place}: {err.strerror}", advice, needed=False)
    return Finding("port", True, f"{place} is free")


def _token(path: Path) -> Finding:
    if not path.exists():
        return Finding("token", True, f"is made at the first start, in {path}")
    try:
        existing_token(path)
    except OSError as err:
        return Finding("token", False, str(err), f"Delete {path}, or chmod 600 it if only you wrote it.")
    return Finding("token", True, str(path))


def _tls(settings: Settings) -> Finding:
    certificate, key = settings.tls_certificate, settings.tls_key
    if certificate is None and key is None:
        local = is_loopback(settings.host)
        advice = "" if local else "Set tls_certificate and tls_key, or serve on 127.0.0.1."
        return Finding("TLS", local, "off" + (", not needed on this machine" if local else ""), advice)
    try:
        tls_files(certificate, key)
    except SettingInvalid as err:
        return Finding("TLS", False, err.message, err.advice)
    return Finding("TLS", True, str(certificate))


def _pip() -> Finding:
    command = [sys.executable, "-m", "pip", "index", "versions", "pip", "--disable-pip-version-check"]
    advice = "Needed only to fetch the model or packages; check the network, the proxy and pip's settings."
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PIP_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as err:
        return Finding("pip", False, str(err), advice, needed=False)
    if done.returncode:
        return Finding("pip", False, "does not reach its index", advice, needed=False)
    return Finding("pip", True, "reaches its index", needed=False)
