"""Where SuperFace keeps what must outlive the extension: uninstalling one deletes its own folder."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path


def data_folder(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """The platform's folder for an application's data, not made yet; SUPERFACE_DATA_DIR goes first."""
    if chosen := environ.get("SUPERFACE_DATA_DIR"):
        return Path(chosen)
    if platform == "win32":
        base = Path(environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "superface"
