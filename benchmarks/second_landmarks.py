"""Lips and lids as a second landmark model sees them: other people's, and never trained with.

The 68 points of face-api (MIT, npm package @vladmandic/face-api 1.7.15, folder `model`), by path and not part
of the repository. What a predictor says of jaw and lids should go up and down with what these points do.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from backend.core.faces import Face
from backend.ports import Picture
from protos import arkit

from .accuracy_measures import Array

SIZE = 112  # pixels, square input
MEAN = (122.782, 117.001, 104.298)
MARGIN = 0.1  # of the landmarks' box, around it
# Of the 68 points: inner lips, upper and lower; lids of the performer's right eye, then the left.
INNER_LIPS = ((61, 67), (62, 66), (63, 65))
RIGHT_LIDS, LEFT_LIDS = ((37, 41), (38, 40)), ((43, 47), (44, 46))
OUTER_EYES, RIGHT_EYE, LEFT_EYE = (36, 45), (36, 39), (42, 45)


@dataclass(frozen=True, eq=False)
class Openings:
    """Of N pictures: gap of the lips over the distance of the eyes, opening of lids over the eye's width."""

    lips: Array
    right_lids: Array
    left_lids: Array


class SecondLandmarks:
    """face-api's FaceLandmark68Net: four dense blocks of separable convolutions. ValueError without it."""

    def __init__(self, folder: Path) -> None:
        try:
            self._weights = _weights(folder / "face_landmark_68_model")
        except (OSError, KeyError, ValueError, IndexError) as err:
            raise ValueError(f"{folder} does not hold face-api's face_landmark_68_model: {err}") from err

    @torch.inference_mode()
    def points(self, picture: Picture, face: Face) -> Array:
        """(68, 2) pixels of the picture, in the square around the landmarks that another tracker found."""
        low, high = face.landmarks[:, :2].min(axis=0), face.landmarks[:, :2].max(axis=0)
        side = float((high - low).max()) * (1 + 2 * MARGIN)
        left, top = (low + high - side) / 2
        box = (left, top, left + side, top + side)
        cut = Image.fromarray(picture).transform(
            (SIZE, SIZE), Image.Transform.EXTENT, box, Image.Resampling.BILINEAR
        )
        values = torch.from_numpy((np.asarray(cut, np.float32) - np.float32(MEAN)) / 255)
        found = self._read(values.permute(2, 0, 1)[None]).double().numpy()
        return np.asarray(found * side + [left, top])

    def _read(self, values: Tensor) -> Tensor:
        """(68, 2) in 0..1 of the square."""
        for block in range(4):
            values = self._dense(values, f"dense{block}", first=block == 0)
        pooled = functional.avg_pool2d(values, 7, 2)
        flat = pooled.permute(0, 2, 3, 1).reshape(1, -1)
        return (flat @ self._weights["fc/weights"] + self._weights["fc/bias"]).reshape(68, 2)

    def _dense(self, values: Tensor, name: str, first: bool) -> Tensor:
        enter = self._plain if first else self._separable
        total = torch.relu(enter(values, f"{name}/conv0", 2))
        for layer in (1, 2, 3):
            total = total + self._separable(torch.relu(total), f"{name}/conv{layer}", 1)
        return torch.relu(total)

    def _plain(self, values: Tensor, name: str, stride: int) -> Tensor:
        filters = self._weights[f"{name}/filters"].permute(3, 2, 0, 1)
        return functional.conv2d(_padded(values, stride), filters, self._weights[f"{name}/bias"], stride)

    def _separable(self, values: Tensor, name: str, stride: int) -> Tensor:
        depthwise = self._weights[f"{name}/depthwise_filter"].permute(2, 3, 0, 1)
        pointwise = self._weights[f"{name}/pointwise_filter"].permute(3, 2, 0, 1)
        spread = functional.conv2d(_padded(values, stride), depthwise, None, stride, groups=values.shape[1])
        return functional.conv2d(spread, pointwise, self._weights[f"{name}/bias"])


def openings(points: Array) -> Openings:
    """Of points (N, 68, 2)."""

    def apart(one: int, other: int) -> Array:
        return np.asarray(np.linalg.norm(points[:, one] - points[:, other], axis=1))

    def gap(pairs: tuple[tuple[int, int], ...], across: tuple[int, int]) -> Array:
        return np.asarray(np.mean([apart(*pair) for pair in pairs], axis=0) / apart(*across))

    return Openings(gap(INNER_LIPS, OUTER_EYES), gap(RIGHT_LIDS, RIGHT_EYE), gap(LEFT_LIDS, LEFT_EYE))


def agreement(values: Array, seen: Openings) -> dict[str, float]:
    """Pearson's r of coefficients (N, 52) and the same frames' openings; NaN where either stands still."""

    def of(name: str) -> Array:
        return values[:, arkit.INDEX[name]]

    lids = {"Right": seen.right_lids, "Left": seen.left_lids}
    found = {f"lid_aperture_{side.lower()}": _r(-of(f"eyeBlink{side}"), lid) for side, lid in lids.items()}
    return {"lip_gap": _r(of("jawOpen") - of("mouthClose"), seen.lips), **found}


def _r(one: Array, other: Array) -> float:
    if min(one.std(), other.std()) < 1e-6:
        return float("nan")
    return float(np.corrcoef(one, other)[0, 1])


def _padded(values: Tensor, stride: int) -> Tensor:
    """As TensorFlow's "same" pads 3 × 3 over an even side: with stride 2 only right and below."""
    return functional.pad(values, (0, 1, 0, 1) if stride == 2 and values.shape[-1] % 2 == 0 else (1, 1, 1, 1))


def _weights(stem: Path) -> dict[str, Tensor]:
    """By name; stored as bytes, each tensor with a scale and a lowest value."""
    listed: list[dict[str, Any]] = json.loads(Path(f"{stem}-weights_manifest.json").read_text())[0]["weights"]
    stored = np.frombuffer(Path(f"{stem}.bin").read_bytes(), np.uint8)
    weights, start = {}, 0
    for entry in listed:
        count = int(np.prod(entry["shape"]))
        scale, least = entry["quantization"]["scale"], entry["quantization"]["min"]
        values = stored[start : start + count].reshape(entry["shape"]).astype(np.float32) * scale + least
        weights[entry["name"]] = torch.from_numpy(values.astype(np.float32))
        start += count
    return weights
