"""Pictures of the rating view as icons, for rating in the sidebar without anything over the viewport."""

from pathlib import Path
from typing import Any

import bpy.utils.previews
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .head_view import picture_of

SIDE = 256  # pixels of an icon


class PanelPictures:
    """A collection of Blender's previews; `close` gives it back."""

    def __init__(self) -> None:
        self._previews = bpy.utils.previews.new()

    def show(self, name: str, sheet: Any) -> None:
        """What was drawn onto a sheet."""
        self._put(name, _as_shown(picture_of(sheet)))

    def show_file(self, name: str, path: Path | None) -> None:
        """A JPEG; nothing where it is missing or unreadable."""
        if path is None:
            self._put(name, np.zeros((SIDE, SIDE, 4), np.float32))
            return
        try:
            with Image.open(path) as image:
                pixels = np.asarray(image.convert("RGBA").resize((SIDE, SIDE)), np.float32)[::-1] / 255
        except (OSError, ValueError):
            pixels = np.zeros((SIDE, SIDE, 4), np.float32)
        self._put(name, pixels)

    def icon(self, name: str) -> int:
        """For UILayout.template_icon; 0 is none."""
        return int(self._previews[name].icon_id) if name in self._previews else 0

    def close(self) -> None:
        """Give the collection back."""
        bpy.utils.previews.remove(self._previews)

    def _put(self, name: str, pixels: NDArray[np.float32]) -> None:
        preview = self._previews[name] if name in self._previews else self._previews.new(name)
        preview.image_size = pixels.shape[1], pixels.shape[0]
        preview.image_pixels_float.foreach_set(np.ascontiguousarray(pixels, np.float32).ravel())


def _as_shown(linear: NDArray[np.float32]) -> NDArray[np.float32]:
    """(h, w, 4) halved in size, linear colours as sRGB (IEC 61966-2-1)."""
    small = linear[::2, ::2].clip(0, 1)
    bent = np.where(small <= 0.0031308, 12.92 * small, 1.055 * small ** (1 / 2.4) - 0.055)
    bent[..., 3] = 1.0
    return bent.astype(np.float32)
