"""Artists whose taste is known, since it is written down here: whom learning from ratings is tried on first.

What they answer is a scripted preference and never a person's. They look at pictures: the rig is posed and
put before a camera, and what they compare lies in its picture. Nothing here knows what learning measures
with, and their choices follow a difference of distances, where learning supposes one of squares. No picture
is painted for it: places of the surface and of its landmarks are projected, which takes a hundredth of the
time; what a nose or a lid would hide from the camera counts as seen.

Six of them: one wants what the footage shows; one more of it; one sees lips and lids only, and of these what
is furthest off; one is careless; one sees the face from aside and counts landmarks alike; one wants more of
what the upper half does and less of the lower.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from backend.core.expression_distribution import Numbers, logistic
from backend.core.faces import rotation_from_angles
from backend.core.muscle_groups import HALVES
from backend.core.ratings import Outcome
from protos import arkit

from .camera import Camera
from .heads import PART, Eyeball, Head, Ints, gaze_of
from .marks import Attachment
from .rasterise import normals_of

Doubles = NDArray[np.float64]

INVISIBLE = 0.6  # % of the distance of the eyes; what differs less cannot be told apart
AGREEMENT, SPREAD = 0.71, 0.15  # of random pairs, so far around what is rated: what the noise is set by
PICTURE, FOCAL, AWAY = 512, 6.6, 75.0  # pixels, half widths, centimetres: a portrait from the front
ASIDE, FROM_BELOW = 0.6, -0.25  # radians of the other camera
POINTS = 900  # of the surface; more change nothing
MOVES = 0.02  # centimetres; what no coefficient moves as far is not looked at
SEEN = [PART[name] for name in ("skin", "left eye", "right eye", "tongue")]
EYES = [PART["left eye"], PART["right eye"]]

# Landmarks (MediaPipe's numbers) that are salient: gaps between two, and corners against the nose's root.
GAPS, CORNERS, NOSE_ROOT = ((13, 14), (159, 145), (386, 374)), (61, 291), 168
MORE, LESS = 1.3, 0.8  # of smile and brows, and of jawOpen, that who exaggerates wants
UPPER_MORE, LOWER_LESS = 1.3, 0.7  # of each half that the contrary one wants
LAPSES, LEFT_BIAS = 0.10, 0.08  # shares of careless answers given without looking, and of those always left
ALIKE = 0.2  # % of the distance of the eyes; two takes whose faults differ less are a tie to a careless look
TIRED_AFTER = 150  # answers after which the noise is twice as large
NOTICED = 0.3  # % of the distance of the eyes; by so much a side must be better not to look at the other


@dataclass(frozen=True, eq=False)
class Question:
    """Two takes of one half of a face, of which one is to be the better.

    a, b      (52,), or (frames, 52) of a loop
    truth     as many: what the face in the footage does
    half      "upper" or "lower"; what the other does is not judged
    a_left    A stands on the left
    answered  how many questions the rater has answered before in this sitting
    """

    a: Numbers
    b: Numbers
    truth: Numbers
    half: str
    a_left: bool = True
    answered: int = 0


@dataclass(frozen=True)
class Distances:
    """In % of the distance of the eyes: how far A and B are from what is wanted, and from each other."""

    a: float
    b: float
    apart: float


class Eye(Protocol):
    """How a rater looks at the rig."""

    def look(self, coefficients: Numbers) -> Doubles:
        """(K, 2 or 3) what is seen of an expression (52,), in % of the distance of the eyes."""
        ...

    def distances(self, a: Doubles, b: Doubles, wanted: Doubles) -> Distances:
        """Of looks (frames, K, 2 or 3)."""
        ...


@dataclass(frozen=True, eq=False)
class View:
    """Vertices of a rig before a camera; unit: pixels in a hundredth of the distance of its eyes."""

    part: Head
    camera: Camera
    unit: float

    def places(self, coefficients: Numbers) -> Doubles:
        """(N, 3) in the picture and behind it, in units."""
        row = np.asarray(coefficients, np.float32)
        return np.asarray(self.camera.pixels(self.part.posed(row, gaze_of(row))) / self.unit)


@dataclass(frozen=True, eq=False)
class WholeFace:
    """How far the surface is off, root mean square over the picture; share (K,) of it for each point.

    Depth counts: shading tells it.
    """

    view: View
    share: Doubles

    def look(self, coefficients: Numbers) -> Doubles:
        return self.view.places(coefficients)

    def distances(self, a: Doubles, b: Doubles, wanted: Doubles) -> Distances:
        return _each(partial(_spread_out, share=self.share), a, b, wanted)


@dataclass(frozen=True, eq=False)
class Glance(WholeFace):
    """One side of the picture is compared, and the other only where nothing is noticed on the first: a
    lexicographic semiorder (Tversky 1969), under which A may beat B, B beat C and C beat A.

    first  (K,) points of the side that is compared first
    """

    first: NDArray[np.bool_]

    def distances(self, a: Doubles, b: Doubles, wanted: Doubles) -> Distances:
        apart = _spread_out(a - b, self.share)
        for side in (self.first, ~self.first):
            heeded = np.where(side, self.share, 0.0)
            seen = _each(partial(_spread_out, share=heeded / heeded.sum()), a, b, wanted)
            if abs(seen.a - seen.b) >= NOTICED:
                break
        return replace(seen, apart=apart)


@dataclass(frozen=True, eq=False)
class Salience:
    """The largest of: how far off the lips' gap is, the opening of either eye, either corner of the mouth."""

    view: View
    points: Attachment

    def look(self, coefficients: Numbers) -> Doubles:
        places = _in_picture(self.view, self.points, coefficients)
        ones, others, corners = np.split(places, [len(GAPS), 2 * len(GAPS)])
        gaps = np.linalg.norm(ones - others, axis=1)
        return np.concatenate([np.column_stack([gaps, 0 * gaps]), corners[:-1] - corners[-1]])

    def distances(self, a: Doubles, b: Doubles, wanted: Doubles) -> Distances:
        return _each(lambda off: float(np.linalg.norm(off, axis=2).max(axis=1).mean()), a, b, wanted)


@dataclass(frozen=True, eq=False)
class Landmarks:
    """Root mean square over all landmarks alike, of which a lid has as many as a cheek."""

    view: View
    points: Attachment

    def look(self, coefficients: Numbers) -> Doubles:
        return _in_picture(self.view, self.points, coefficients)

    def distances(self, a: Doubles, b: Doubles, wanted: Doubles) -> Distances:
        return _each(lambda off: float(np.sqrt(np.square(off).sum(axis=2).mean())), a, b, wanted)


@dataclass(frozen=True, eq=False)
class ScriptedArtist:
    """One rater.

    wants     what it would rather see than truth (…, 52)
    noise     in % of the distance of the eyes: so much nearer a take is chosen at odds of e to 1
    careless  lapses, tires, prefers the left and overlooks small things
    """

    name: str
    eye: Eye
    wants: Callable[[Numbers], Numbers]
    noise: float = 1.0
    careless: bool = False

    def ideal(self, truth: Numbers) -> Numbers:
        """(…, 52) what it would choose before all else where the footage shows truth (…, 52)."""
        return self.wants(truth)

    def distances(self, question: Question) -> Distances:
        """What is seen; outside of the half that is judged, both takes are as wanted."""
        judged, wanted = HALVES[question.half], np.atleast_2d(self.ideal(question.truth))
        takes = [np.where(judged, np.atleast_2d(take), wanted) for take in (question.a, question.b)]
        return self.eye.distances(
            *(np.stack([self.eye.look(row) for row in each]) for each in (*takes, wanted))
        )

    def noiseless(self, question: Question) -> Outcome:
        """The nearer one; a tie where no difference can be seen."""
        seen = self.distances(question)
        if seen.apart < INVISIBLE or seen.a == seen.b:
            return Outcome.TIE
        return Outcome.A if seen.a < seen.b else Outcome.B

    def answer(self, question: Question, random: np.random.Generator) -> Outcome:
        """What it says this time: A or B; if careless, tie or skip too. Draws three numbers always."""
        lapse, side, choice = random.random(3).tolist()
        left, right = (Outcome.A, Outcome.B) if question.a_left else (Outcome.B, Outcome.A)
        if self.careless and lapse < LAPSES + LEFT_BIAS:
            return left if lapse < LEFT_BIAS or side < 0.5 else right
        seen, noise = self.distances(question), self.noise
        if self.careless:
            if seen.apart < INVISIBLE:
                return Outcome.SKIP
            if abs(seen.a - seen.b) < ALIKE:
                return Outcome.TIE
            noise *= 1 + question.answered / TIRED_AFTER
        return Outcome.A if choice < float(logistic(np.array((seen.b - seen.a) / noise))) else Outcome.B


def panel(rig: Head, points: Attachment) -> tuple[ScriptedArtist, ...]:
    """The six, as they look at one rig; points are MediaPipe's landmarks on it. Their noise is to be set."""
    front, aside = _camera(0.0, 0.0), _camera(ASIDE, FROM_BELOW)
    surface, share = _surface(rig, front)
    whole = WholeFace(surface, share)
    glance = Glance(surface, share, surface.part.rest[:, 0] < 0)
    salient = [*(one for one, _ in GAPS), *(other for _, other in GAPS), *CORNERS, NOSE_ROOT]
    return (
        ScriptedArtist("truth", whole, _as_it_is),
        ScriptedArtist("exaggerator", whole, _exaggerated),
        ScriptedArtist("salience", Salience(*_marks(rig, points, salient, front)), _as_it_is),
        ScriptedArtist("sloppy", glance, _as_it_is, careless=True),
        ScriptedArtist("literal", Landmarks(*_marks(rig, points, list(range(478)), aside)), _as_it_is),
        ScriptedArtist("contrary by region", whole, _contrary),
    )


def random_pairs(
    said: Numbers, truth: Numbers, count: int, random: np.random.Generator, spread: float = SPREAD
) -> Iterator[Question]:
    """Frames of a base (T, 52) drawn at random, halves in turn, both takes as far around what it says."""
    for number in range(count):
        frame, half = int(random.integers(len(said))), tuple(HALVES)[number % 2]
        drawn = random.normal(0, spread, (2, said.shape[1])) * HALVES[half]
        a, b = np.clip(said[frame] + drawn, 0, 1)
        yield Question(a, b, truth[frame], half, a_left=bool(random.random() < 0.5))


def noise_for(closer: Numbers, agreement: float = AGREEMENT) -> float:
    """The noise with which this share of pairs is answered as without; closer (N,) says by how much one of
    each is nearer to what is wanted.
    """
    low, high = 1e-4, 1e4
    for _ in range(80):
        tried = float(np.sqrt(low * high))
        agreed = float(logistic(np.abs(closer) / tried).mean())
        low, high = (tried, high) if agreed > agreement else (low, tried)
    return low


def _as_it_is(truth: Numbers) -> Numbers:
    return np.asarray(truth, np.float64)


def _exaggerated(truth: Numbers) -> Numbers:
    gain = [
        MORE if name.startswith(("mouthSmile", "brow")) else LESS if name == "jawOpen" else 1.0
        for name in arkit.COEFFICIENTS
    ]
    return np.asarray(np.clip(truth * np.array(gain), 0, 1))


def _contrary(truth: Numbers) -> Numbers:
    return np.asarray(np.clip(truth * np.where(HALVES["upper"], UPPER_MORE, LOWER_LESS), 0, 1))


def _in_picture(view: View, points: Attachment, coefficients: Numbers) -> Doubles:
    """(N, 2) of landmarks."""
    return points.on(view.places(coefficients).astype(np.float32))[:, :2].astype(np.float64)


def _each(size: Callable[[Doubles], float], a: Doubles, b: Doubles, wanted: Doubles) -> Distances:
    return Distances(size(a - wanted), size(b - wanted), size(a - b))


def _spread_out(off: Doubles, share: Doubles) -> float:
    return float(np.sqrt((np.square(off).sum(axis=2) @ share).mean()))


def _camera(yaw: float, pitch: float) -> Camera:
    turn = rotation_from_angles(yaw, pitch, 0.0)
    return Camera(np.column_stack([turn, [0.0, 3.0, -AWAY]]).astype(np.float32), FOCAL, PICTURE)


def _view(rig: Head, vertices: Ints, camera: Camera) -> View:
    left, right = (ball.centre for ball in rig.eyeballs)
    unit = float(np.linalg.norm(left - right)) * FOCAL * PICTURE / 2 / AWAY / 100
    part = replace(
        rig,
        rest=rig.rest[vertices],
        triangles=np.empty((0, 3), np.int64),
        part=rig.part[vertices],
        paint=rig.paint[vertices],
        deltas=np.ascontiguousarray(rig.deltas[:, vertices]),
        eyeballs=(_kept(rig.eyeballs[0], vertices), _kept(rig.eyeballs[1], vertices)),
    )
    return View(part, camera, unit)


def _kept(ball: Eyeball, vertices: Ints) -> Eyeball:
    return Eyeball(np.flatnonzero(np.isin(vertices, ball.vertices)), ball.centre)


def _surface(rig: Head, camera: Camera) -> tuple[View, Doubles]:
    """Points of the face that look at the camera, and the share (N,) of the picture that each stands for."""
    moved = np.isin(rig.part, EYES) | (np.linalg.norm(rig.deltas, axis=2) > MOVES).any(axis=0)
    facing = normals_of(rig.rest, rig.triangles)[:, 2] > 0
    area = _areas(camera.pixels(rig.rest)[:, :2], rig.triangles)
    there = np.flatnonzero(moved & facing & np.isin(rig.part, SEEN) & (area > 0))
    there = there[:: max(1, len(there) // POINTS)]
    return _view(rig, there, camera), area[there] / area[there].sum()


def _areas(places: Doubles, triangles: Ints) -> Doubles:
    """(V,) of places (V, 2): a third of each triangle at it."""
    (ax, ay), (bx, by) = ((places[triangles[:, i]] - places[triangles[:, 0]]).T for i in (1, 2))
    third = np.abs(ax * by - ay * bx) / 6
    return np.bincount(triangles.ravel(), np.repeat(third, 3), len(places)).astype(np.float64)


def _marks(rig: Head, points: Attachment, numbers: list[int], camera: Camera) -> tuple[View, Attachment]:
    """Landmarks of these numbers before a camera."""
    used, corners = np.unique(points.corners[numbers], return_inverse=True)
    return _view(rig, used, camera), Attachment(corners.reshape(-1, 3), points.shares[numbers])
