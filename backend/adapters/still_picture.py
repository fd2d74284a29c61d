"""One encoded still as pixels, through Pillow; for live frames."""

from io import BytesIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from ..errors import RequestInvalid
from ..ports import Picture

FORMATS = ("JPEG", "PNG", "WEBP", "BMP")  # what Pillow reads without starting other programs


def decode_still(encoded: bytes, max_pixels: int) -> Picture:
    """(height, width, 3) RGB. Raises RequestInvalid when it is damaged, too large or of another format."""
    try:
        with Image.open(BytesIO(encoded), formats=FORMATS) as image:
            if image.width * image.height > max_pixels:
                raise RequestInvalid(
                    f"a picture of {image.width} × {image.height} pixels, at most {max_pixels} are read",
                    "Send a smaller picture.",
                )
            image.load()  # a convert to what it is already would copy it, for 3 ms
            return np.asarray(image if image.mode == "RGB" else image.convert("RGB"))
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as err:
        raise RequestInvalid(f"a picture of {len(encoded)} bytes cannot be decoded: {err}") from err
