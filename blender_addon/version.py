"""Which SuperFace this is, as ratings and the handshake say."""

import tomllib
from functools import cache
from pathlib import Path


@cache
def version() -> str:
    """Ours, from the manifest that Blender reads too."""
    manifest = Path(__file__).with_name("blender_manifest.toml").read_text(encoding="utf-8")
    return str(tomllib.loads(manifest)["version"])
