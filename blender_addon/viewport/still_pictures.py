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
            colours = np.asarray(image.convert("RGBA"), np.float32)[::-1] / 255
    except (OSError, ValueError):
        return None, 1.0
    height, width, _ = colours.shape
    linear = colours.copy()
    linear[..., :3] = np.where(
        colours[..., :3] <= 0.04045, colours[..., :3] / 12.92, _power(colours[..., :3])
    )
    buffer = gpu.types.Buffer("FLOAT", linear.size, np.ascontiguousarray(linear, np.float32).ravel())
    return gpu.types.GPUTexture((width, height), format="RGBA16F", data=buffer), width / height


def _power(colours: Any) -> Any:
    """SRGB to linear, above its straight part (IEC 61966-2-1)."""
    return ((colours + 0.055) / 1.055) ** 2.4
