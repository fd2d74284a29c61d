"""Where SuperFace keeps what must outlive the extension: uninstalling one deletes its own folder.

The backend looks in the same place (backend/settings.py, by way of platformdirs, which Blender lacks).
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path


def data_folder(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """The platform's folder for an application's data, not made yet; SUPERFACE_HOME goes first."""
    if chosen := environ.get("SUPERFACE_HOME"):
        return Path(chosen).expanduser()
    if platform == "win32":
        base = Path(environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "superface"
