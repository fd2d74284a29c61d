"""How a picture looks besides its geometry: whose skin, what light, what stands in front, which camera.

A person's traits stay for a clip, a scene's for most of it, a picture's own change with every frame. All are
drawn from a generator given, so that the same seed gives the same picture.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

PLAIN, TOON, SKETCH = range(3)  # styles
STYLISED, COVERED = 0.06, 0.12  # shares of people who are cartoons, of pictures with something before a face
HAND = np.array([0.8, 0.6, 0.48])  # colour of a pale one
STICKS = 6  # most capsules that stand in front of a face
IRISES = np.array([
    (70, 44, 24), (52, 32, 20), (96, 66, 36), (112, 96, 52), (88, 110, 84), (92, 122, 150), (120, 140, 154),
    (66, 92, 128),
]) / 255  # fmt: skip


@dataclass(frozen=True, eq=False)
class Person:
    """Who is seen.

    skin         number of the skin, see skins.py
    iris         (3,) its colour, 0..1; white, teeth and tongue likewise
    iris_size    radians of the eyeball; pupil likewise
    gloss        how much the skin shines, 0..1
    lashes       how thick they are, 0..1
    glasses      (5,) half width, half height, roundness, thickness (centimetres; 0: none), darkness
    style        PLAIN, TOON or SKETCH
    """

    skin: int
    iris: Numbers
    iris_size: float
    pupil: float
    white: Numbers
    teeth: Numbers
    tongue: Numbers
    gloss: float
    lashes: float
    glasses: Numbers
    glasses_colour: Numbers
    style: int


@dataclass(frozen=True, eq=False)
class Scene:
    """Where: light from three sides, shade, what is behind.

    to_light   (3, 3) directions to the lights, camera's frame, of unit length
    light      (3, 3) their colours; sky and ground (3,) what comes from above and below
    shadow     0..1, how dark the first light's shadow is; shade likewise for what light hardly reaches
    fade       1/cm, how fast it gets dark inside a mouth
    behind     (12, 12, 3) 0..1, the background, smooth or in blocks
    """

    to_light: Numbers
    light: Numbers
    sky: Numbers
    ground: Numbers
    shadow: float
    shade: float
    fade: float
    behind: Numbers
    blocks: bool


@dataclass(frozen=True, eq=False)
class Shot:
    """One picture's own: what stands in front, and the camera's faults.

    sticks      (STICKS, 5) capsules before the face, from x, y to x, y, radius: centimetres from the head's
                middle in its plane; radius 0: none
    stick       (3,) their colour
    blur        pixels of a view; smear (2,) likewise, of motion
    coarse      1 or more: how much larger the camera's pixels are than the view's
    noise       of the sensor, 0..1
    exposure    factor; contrast and gamma likewise; tint (3,)
    saturation  0 grey .. 1 as it is
    quality     of the JPEG
    """

    sticks: Numbers
    stick: Numbers
    blur: float
    smear: Numbers
    coarse: float
    noise: float
    exposure: float
    contrast: float
    gamma: float
    tint: Numbers
    saturation: float
    quality: int


@dataclass(frozen=True, eq=False)
class Look:
    """All that a picture is painted with."""

    person: Person
    scene: Scene
    shot: Shot


def person(rng: np.random.Generator, skins: int, style: int = PLAIN) -> Person:
    """Of `skins` skins there are."""
    glasses = np.zeros(5)
    if rng.random() < 0.22:
        glasses = rng.uniform([2.2, 1.5, 0.0, 0.08, 0.0], [3.0, 2.5, 1.0, 0.42, 0.15])
        glasses[4] = rng.uniform(0.2, 0.75) if rng.random() < 0.12 else glasses[4]
    return Person(
        skin=int(rng.integers(skins)),
        iris=IRISES[rng.integers(len(IRISES))] * rng.uniform(0.7, 1.4),
        iris_size=rng.uniform(0.42, 0.56),
        pupil=rng.uniform(0.12, 0.24),
        white=np.array([0.93, 0.90, 0.88]) * rng.normal([1, 0.99, 0.98], 0.03),
        teeth=np.array([0.92, 0.89, 0.80]) * rng.normal(1, 0.05, 3) * rng.uniform(0.75, 1.05),
        tongue=np.array([0.76, 0.36, 0.38]) * rng.normal(1, 0.1, 3),
        gloss=rng.beta(1.2, 3),
        lashes=rng.uniform(0.1, 1.0) if rng.random() < 0.8 else 1.3,
        glasses=glasses,
        glasses_colour=rng.uniform(0, 0.25, 3) if rng.random() < 0.8 else rng.uniform(0, 0.9, 3),
        style=style,
    )


def scene(rng: np.random.Generator, harsh: float = 0.25) -> Scene:
    """harsh: share of scenes with little but one light from a side."""
    one_sided = rng.random() < harsh
    to_light = rng.normal([0, 0.5, 0.9], [1.3, 0.5, 0.4] if one_sided else [0.7, 0.4, 0.3], (3, 3))
    to_light /= np.linalg.norm(to_light, axis=1, keepdims=True)
    warmth = rng.normal(0, 0.12, 3)
    colour = 1 + warmth[:, None] * [1, 0.2, -1]
    strength = rng.uniform([0.6, 0.1, 0.0], [1.1, 0.5, 0.35])
    ambient = rng.uniform(0.06, 0.2) if one_sided else rng.uniform(0.2, 0.5)
    cells = rng.uniform(0, 1, (12, 12, 3)) * rng.uniform(0.2, 1) + rng.uniform(0, 0.5, 3)
    return Scene(
        to_light=to_light,
        light=colour * strength[:, None],
        sky=ambient * rng.normal([0.95, 1.0, 1.1], 0.06),
        ground=ambient * rng.uniform(0.3, 0.9) * rng.normal([1.05, 1.0, 0.9], 0.06),
        shadow=rng.uniform(0, 0.85),
        shade=rng.uniform(0.3, 1.0),
        fade=rng.uniform(0.25, 0.9),
        behind=np.clip(cells, 0, 1),
        blocks=bool(rng.random() < 0.35),
    )


def shot(rng: np.random.Generator, covered: float = COVERED, faults: float = 1.0) -> Shot:
    """One picture's faults.

    covered  share of pictures with something before the face
    faults   how bad the camera is, 1 as usual
    """
    coarse = rng.uniform(1, 1 + 1.6 * faults) if rng.random() < 0.5 else 1.0
    smear = rng.normal(0, 1.2 * faults, 2) if rng.random() < 0.15 else np.zeros(2)
    return Shot(
        sticks=_sticks(rng) if rng.random() < covered else np.zeros((STICKS, 5)),
        stick=rng.uniform(0.02, 0.2, 3) if rng.random() < 0.3 else HAND * rng.uniform(0.25, 1.1),
        blur=rng.uniform(0.45, 0.7 + 0.7 * faults),
        smear=smear,
        coarse=coarse,
        noise=rng.uniform(0, 0.035 * faults),
        exposure=float(np.exp(rng.normal(0, 0.18 * faults))),
        contrast=rng.uniform(0.85, 1.2),
        gamma=float(np.exp(rng.normal(0, 0.12))),
        tint=rng.normal(1, 0.05 * faults, 3),
        saturation=0.0 if rng.random() < 0.06 else rng.uniform(0.6, 1.25),
        quality=int(rng.uniform(max(35, 80 - 40 * faults), 97)),
    )  # fmt: skip


def opening(rng: np.random.Generator, skins: int) -> Look:
    """The first picture of somebody: now and then a cartoon, and nothing before the face."""
    style = int(rng.choice([TOON, SKETCH])) if rng.random() < STYLISED else PLAIN
    return Look(person(rng, skins, style), scene(rng), shot(rng, 0.0))


def in_a_studio(rng: np.random.Generator, skins: int) -> Look:
    """Somebody in the same even light and before the same good camera as everybody else."""
    same = np.random.default_rng(0)
    good = replace(shot(same, 0.0, 0.0), coarse=1.0, smear=np.zeros(2), saturation=1.0)
    return Look(person(rng, skins), scene(same, 0.0), good)


def next_shot(last: Look, rng: np.random.Generator, covered: float = COVERED) -> Look:
    """Another picture of the same clip: the same camera, its noise and what stands in front anew; now and
    then under another light.
    """
    anew = shot(rng, covered)
    kept = replace(last.shot, sticks=anew.sticks, stick=anew.stick, smear=anew.smear)
    if rng.random() < 0.2:
        return Look(last.person, scene(rng), anew)
    return Look(last.person, last.scene, kept)


def following(last: Look, rng: np.random.Generator, acted: bool) -> Look:
    """Of the next frame of a clip if it is acted, else of another picture."""
    return next_frame(last, rng) if acted else next_shot(last, rng)


def next_frame(last: Look, rng: np.random.Generator, covered: float = COVERED) -> Look:
    """A thirtieth of a second later: nothing has changed, but now and then something comes before the face or
    leaves it, and what is there has moved a little.
    """
    shot_before = last.shot
    if rng.random() < 0.04:
        came = shot(rng, covered)
        return replace(last, shot=replace(shot_before, sticks=came.sticks, stick=came.stick))
    sticks = shot_before.sticks.copy()
    sticks[:, :4] += np.tile(rng.normal(0, 0.15, 2), 2)
    return replace(last, shot=replace(shot_before, sticks=sticks))


def _sticks(rng: np.random.Generator) -> Numbers:
    """A hand (a palm and fingers), or a microphone on its stand, reaching in from somewhere."""
    sticks = np.zeros((STICKS, 5))
    target = rng.normal([0, -5], [3, 4])
    angle = rng.uniform(-0.4, np.pi + 0.4) + np.pi  # from below or the sides
    away = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-away[1], away[0]])
    if rng.random() < 0.35:
        sticks[0] = *(target), *(target + away * 1.5), rng.uniform(1.2, 2.4)
        sticks[1] = *target, *(target + away * 25), rng.uniform(0.4, 1.0)
        return sticks
    palm = target + away * rng.uniform(3, 7)
    for finger in range(4):
        side = across * (finger - 1.5) * rng.uniform(1.3, 1.8)
        tip = target + side + rng.normal(0, 0.6, 2)
        sticks[finger] = *tip, *(palm + side), rng.uniform(0.65, 0.95)
    sticks[4] = *palm, *(palm + away * 6), rng.uniform(3.0, 4.0)
    return sticks
