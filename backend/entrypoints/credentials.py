"""The files that a backend is trusted by: its token, and certificate and key for TLS.

The token is made at the first start and kept in a file that only its user can read. Apart from access.py
because the doctor looks at them where grpc may be missing.
"""

import os
import secrets
import ssl
import time
from pathlib import Path

from ..errors import SettingInvalid

LOOKS, LOOK_SECONDS = 20, 0.05  # at a token that is being written


def read_or_make_token(file: Path) -> str:
    """The token in `file`; a fresh one is written there, for its user's eyes only, if there is none.

    On Windows the protection is that of the user's own folder. Raises OSError.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return existing_token(file)
    token = secrets.token_urlsafe(32)
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(token)
    return token


def existing_token(file: Path) -> str:
    """The token in a file that was made earlier. Raises OSError where it cannot or must not be used."""
    token = _written(file)
    if os.name == "posix" and file.stat().st_mode & 0o077:
        raise PermissionError(f"{file} can be read by others; delete it and a new token is made")
    if len(token) < 16 or not token.isascii():
        raise PermissionError(f"{file} holds no token; delete it and a new one is made")
    return token


def _written(file: Path) -> str:
    """Its text, once there is some: another backend may be making it at this very moment."""
    for _ in range(LOOKS):
        if text := file.read_text(encoding="ascii", errors="replace").strip():
            return text
        time.sleep(LOOK_SECONDS)
    return ""


def tls_files(certificate: Path | None, key: Path | None) -> tuple[bytes, bytes] | None:
    """What is in the PEM files of certificate and key, None without either. Raises SettingInvalid."""
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise SettingInvalid("TLS needs a certificate and a key", "Give both tls_certificate and tls_key.")
    try:
        # grpc itself would only say that it cannot listen; no password: it would ask for one at a terminal
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key, password="")
        return certificate.read_bytes(), key.read_bytes()
    except OSError as err:
        raise SettingInvalid(
            f"{certificate} and {key} cannot be used: {err}",
            "Name a PEM certificate and its key, without a password.",
        ) from err
