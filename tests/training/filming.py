"""A frame filmed of one of Anny's people."""

import numpy as np

from training import looks
from training.anny_heads import AnnyHeads
from training.performers import Performance
from training.studio import Studio, Take

SKINS = 3


def look(seed: int) -> looks.Look:
    rng = np.random.default_rng(seed)
    return looks.Look(looks.person(rng, SKINS), looks.scene(rng), looks.shot(rng, covered=0.0))


def filmed(studio: Studio, anny: AnnyHeads, performance: Performance, frame: int) -> Take:
    done = performance.expressions
    take = studio.film(
        anny.head(5), 0, done.coefficients[frame], done.gaze[frame], performance.cameras[frame], look(1),
        np.random.default_rng(frame),
    )  # fmt: skip
    assert take is not None
    return take
