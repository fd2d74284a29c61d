"""People before a camera: who they are, how they hold their heads, how the camera sees them, what they do."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from backend.core.faces import rotation_from_angles

from .acting import acted, drifting
from .camera import Camera
from .expressions import COUNT, NEARLY_NEUTRAL, NEUTRAL, Expressions, RealTake, drawn, possible
from .heads import Floats

PICTURE = 720  # pixels of the picture's side
HEAD_HEIGHT = 24.0  # centimetres
YAW, PITCH, ROLL = 0.26, 0.16, 0.12  # radians, spread of how heads are held
MOST = (0.85, 0.5, 0.5)
NEARER = (0.92, 1.08)
HEAD_SECONDS = 0.8  # in which a head turns about
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


def acted_out(frames: int, rng: np.random.Generator, takes: list[RealTake]) -> Performance:
    """The same as a clip: after a first frame at rest, each frame goes on from the last."""
    expressions = acted(frames, rng, takes)
    kind: NDArray[np.str_] = expressions.kind.astype("U24")
    kind[0] = NEUTRAL
    return Performance(replace(expressions, kind=kind), _drifting_cameras(frames, rng))


def cameras(frames: int, rng: np.random.Generator) -> list[Camera]:
    """One lens and place a clip; the head moves before it, the less the more often it rests."""
    lens = _Lens.drawn(rng)
    out = []
    for frame in range(frames):
        calm = 0.5 if frame < AT_REST else 1.0
        turn = calm * rng.normal(0, 1, 3)
        across = rng.normal(0, 0.3, 2).clip(-1, 1)
        out.append(lens.camera(turn, across, rng.uniform(*NEARER)))
    return out


def _drifting_cameras(frames: int, rng: np.random.Generator) -> list[Camera]:
    lens = _Lens.drawn(rng)
    turns, ways = drifting(frames, rng, HEAD_SECONDS), drifting(frames, rng, 2 * HEAD_SECONDS)
    nearer = np.clip(1 + 0.03 * ways[:, 2], *NEARER)
    across = np.clip(0.15 * ways[:, :2], -1, 1)
    return [lens.camera(*frame) for frame in zip(turns, across, nearer.tolist(), strict=True)]


@dataclass(frozen=True, eq=False)
class _Lens:
    """A camera's lens, and how somebody holds their head before it.

    room   centimetres that the head can move to each side
    lean   (3,) radians; restless: how much the head turns about that
    """

    focal: float
    distance: float
    room: float
    lean: NDArray[np.float64]
    restless: float

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> "_Lens":
        focal = 1 / np.tan(np.radians(rng.uniform(16, 62)) / 2)
        share = rng.uniform(0.35, 0.85)  # of the picture's height that a head takes
        distance = HEAD_HEIGHT * focal / (2 * share)
        room = distance / focal * (1 - 0.8 * share)
        return cls(focal, distance, room, rng.normal(0, [0.10, 0.08, 0.05]), rng.uniform(0.3, 1.2))

    def camera(self, turn: NDArray[np.float64], across: NDArray[np.float64], nearer: float) -> Camera:
        """Of a head's turn (3,), standard deviation 1, its place across (2,), −1..1 of the room, and a factor
        of the distance.
        """
        angles = np.clip(self.lean + self.restless * turn * [YAW, PITCH, ROLL], np.negative(MOST), MOST)
        x, y = across * self.room
        place = [x, y + 3.0, -self.distance * nearer]
        placement = np.column_stack([rotation_from_angles(*angles), place]).astype(np.float32)
        return Camera(placement, float(self.focal), PICTURE)
