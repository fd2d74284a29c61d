"""The footage's pictures as textures, a few of them at a time."""

from pathlib import Path
from typing import Any

import gpu
import numpy as np
from PIL import Image

_KEPT = 8


class StillPictures:
    """Textures by the path of their JPEG; the oldest give way."""

    def __init__(self) -> None:
        self._textures: dict[Path, tuple[Any, float]] = {}

    def picture(self, path: Path | None) -> tuple[Any, float]:
        """The texture and its width / height; (None, 1) where there is none or it cannot be read."""
        if path is None:
            return None, 1.0
        if path not in self._textures:
            while len(self._textures) >= _KEPT:
                del self._textures[next(iter(self._textures))]
            self._textures[path] = _read(path)
        return self._textures[path]


def _read(path: Path) -> tuple[Any, float]:
    try:
        with Image.open(path) as image:
            colours = np.asarray(image.convert("RGBA"), np.uint8)[::-1]
    except (OSError, ValueError):
        return None, 1.0
    height, width, _ = colours.shape
    buffer = gpu.types.Buffer("FLOAT", colours.size, _LINEAR[colours].ravel())
    return gpu.types.GPUTexture((width, height), format="RGBA16F", data=buffer), width / height


def _linear() -> Any:
    """(256,) sRGB bytes as linear colours (IEC 61966-2-1); 255 stays 1, so opaque stays opaque."""
    level = np.arange(256) / 255
    return np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4).astype(np.float32)


_LINEAR = _linear()
