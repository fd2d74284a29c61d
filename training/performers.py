"""People before a camera: who they are, how they hold their heads, how the camera sees them, what they do."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from backend.core.faces import rotation_from_angles

from .camera import Camera
from .expressions import COUNT, NEARLY_NEUTRAL, NEUTRAL, Expressions, drawn, possible
from .heads import Floats

PICTURE = 720  # pixels of the picture's side
HEAD_HEIGHT = 24.0  # centimetres
YAW, PITCH, ROLL = 0.26, 0.16, 0.12  # radians, spread of how heads are held
MOST = (0.85, 0.5, 0.5)
AT_REST = 3  # first frames of a performer: twice at rest, once nearly


@dataclass(frozen=True, eq=False)
class Performance:
    """N frames of one performer, the first AT_REST of them at rest: the first two fully, the third nearly."""

    expressions: Expressions
    cameras: list[Camera]


def performed(frames: int, rng: np.random.Generator, takes: Floats | None = None) -> Performance:
    """Of `takes` (M, 52), rows of real performances, as well; see expressions.drawn."""
    expressions = drawn(frames, rng, takes)
    slight = possible(np.where(rng.random(COUNT) < 0.15, rng.uniform(0, 0.2, COUNT), 0).astype(np.float32))
    expressions.coefficients[:AT_REST] = np.stack([np.zeros(COUNT), np.zeros(COUNT), slight])
    expressions.gaze[:AT_REST] = rng.normal(0, 0.06, (AT_REST, 1, 2))
    kind: NDArray[np.str_] = expressions.kind.astype("U24")
    kind[:AT_REST] = [NEUTRAL, NEUTRAL, NEARLY_NEUTRAL]
    return Performance(replace(expressions, kind=kind), cameras(frames, rng))


def cameras(frames: int, rng: np.random.Generator) -> list[Camera]:
    """One lens and place a clip; the head moves before it, the less the more often it rests."""
    focal = 1 / np.tan(np.radians(rng.uniform(16, 62)) / 2)
    share = rng.uniform(0.35, 0.85)  # of the picture's height that a head takes
    distance = HEAD_HEIGHT * focal / (2 * share)
    lean = rng.normal(0, [0.10, 0.08, 0.05])
    restless = rng.uniform(0.3, 1.2)
    out = []
    for frame in range(frames):
        calm = 0.5 if frame < AT_REST else 1.0
        angles = np.clip(lean + restless * calm * rng.normal(0, [YAW, PITCH, ROLL]), np.negative(MOST), MOST)
        room = distance / focal * (1 - 0.8 * share)
        x, y = rng.normal(0, 0.3, 2).clip(-1, 1) * room
        place = [x, y + 3.0, -distance * rng.uniform(0.92, 1.08)]
        placement = np.column_stack([rotation_from_angles(*angles), place]).astype(np.float32)
        out.append(Camera(placement, float(focal), PICTURE))
    return out
