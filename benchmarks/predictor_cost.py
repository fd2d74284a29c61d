"""What our own predictor costs a frame beyond tracking and the baseline's scores, which it needs.

Cutting out the views, the network, steadying, and turning its belief into values; on one thread, as many
faces at a time as a retarget hands over. What a network costs does not hang on what it has learnt: it needs
no weights.
"""

import time
from collections.abc import Sequence
from importlib.util import find_spec

import numpy as np

from backend.adapters.litert_blendshapes import MediaPipeBaseline
from backend.adapters.litert_tracker import LiteRtTracker
from backend.core.curves import Floats
from backend.core.faces import Face
from backend.ports import FaceNetworks, Picture
from backend.usecases.face_reader import AROUND, TOGETHER

from .measurement import Options, Result, Skipped, of_rounds
from .tracking import Footage, landmark_networks, swaying_portrait

ROUNDS, ROUNDS_QUICK = 60, 15
GOAL_MS = 3.0


class _Scored(MediaPipeBaseline):
    """A teacher who has given the faces' scores before, so that they cost nothing."""

    def __init__(self, networks: FaceNetworks, faces: Sequence[Face]) -> None:
        super().__init__(networks)
        self._known = {id(face): self.scores(face) for face in faces}

    def describe(self, faces: Sequence[Face], pictures: Sequence[Picture]) -> Floats:  # noqa: ARG002
        return np.stack([self._known[id(face)] for face in faces])


def predictor_ms(options: Options) -> Result:
    """Milliseconds of one thread a frame: median, lowest and highest of the rounds."""
    if find_spec("torch") is None:
        raise Skipped("torch is not installed")
    import torch

    from backend.predictor.network import Design, ExpressionNetwork
    from backend.predictor.torch_predictor import TorchPredictor, torch_facts

    torch.set_num_threads(1)
    networks, footage = landmark_networks(threads=1), swaying_portrait(TOGETHER)
    faces = _tracked(networks, footage)
    pictures = list(footage.frames)
    teacher, network = _Scored(networks, faces), ExpressionNetwork(Design())
    predictor = TorchPredictor(network, "untrained", teacher, networks.geometry)
    rest = predictor.describe(faces[:1], pictures[:1])[0]
    spent: dict[int, list[float]] = {1: [], TOGETHER: []}
    for _ in range(ROUNDS_QUICK if options.quick else ROUNDS):
        for count, of_count in spent.items():
            start = time.perf_counter()
            described = predictor.describe(faces[:count], pictures[:count])
            predictor.predict(predictor.steadied(described, AROUND), rest)
            of_count.append((time.perf_counter() - start) * 1000 / count)
    value, spread = of_rounds(spent[TOGETHER])
    detail = {"together": TOGETHER, "alone": of_rounds(spent[1]), "torch": torch_facts()}
    return Result("predictor_ms", value, "ms", spread, f"≤ {GOAL_MS:g}", value <= GOAL_MS, detail)


def _tracked(networks: FaceNetworks, footage: Footage) -> list[Face]:
    tracker = LiteRtTracker(networks)
    faces = [tracker.track(*frame) for frame in zip(footage.frames, footage.times, strict=True)]
    return [face for face in faces if face is not None]
