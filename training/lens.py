"""What a camera does to a picture: soft focus, few pixels, noise, colours, JPEG."""

import io

import numpy as np
from PIL import Image, ImageFilter

from backend.ports import Picture

from .looks import Shot


def photographed(picture: Picture, shot: Shot, rng: np.random.Generator) -> Picture:
    """(H, W, 3) uint8, as the shot's camera has it; noise is drawn from rng."""
    height, width = picture.shape[:2]
    image = Image.fromarray(picture)
    if shot.coarse > 1:
        small = (round(width / shot.coarse), round(height / shot.coarse))
        image = image.resize(small, Image.Resampling.BOX)
    image = image.filter(ImageFilter.GaussianBlur(shot.blur / shot.coarse))
    image = _noisy(_smeared(_toned(image, shot), shot), shot, rng)
    image = _compressed(image, shot.quality)
    if shot.coarse > 1:
        image = image.resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(image)


def _toned(image: Image.Image, shot: Shot) -> Image.Image:
    """Exposure, colour cast, gamma and contrast as one table a channel; then saturation."""
    levels = np.arange(256) / 255
    tables = [
        ((levels * shot.exposure * tint).clip(0, 1) ** shot.gamma - 0.5) * shot.contrast + 0.5
        for tint in shot.tint
    ]
    image = image.point(np.rint(255 * np.concatenate(tables).clip(0, 1)).astype(int).tolist())
    if shot.saturation == 1:
        return image
    grey = image.convert("L").convert("RGB")
    return Image.blend(grey, image, shot.saturation)


def _smeared(image: Image.Image, shot: Shot) -> Image.Image:
    """Motion, as the mean of three pictures shifted along it."""
    x, y = shot.smear / shot.coarse
    if not (x or y):
        return image
    moved = [
        image.transform(image.size, Image.Transform.AFFINE, (1, 0, x * s, 0, 1, y * s), 2) for s in (-1, 1)
    ]
    return Image.blend(image, Image.blend(moved[0], moved[1], 0.5), 2 / 3)


def _noisy(image: Image.Image, shot: Shot, rng: np.random.Generator) -> Image.Image:
    if shot.noise < 0.004:
        return image
    pixels = np.asarray(image, np.float32)
    noise = rng.standard_normal(pixels.shape, np.float32) * np.float32(255 * shot.noise)
    return Image.fromarray((pixels + noise).clip(0, 255).astype(np.uint8))


def _compressed(image: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file)
