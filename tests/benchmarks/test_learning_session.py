"""A scripted artist is asked as the product asks, and everything follows from the seed."""

from dataclasses import replace

import numpy as np
import pytest

from backend.core.clip_taste import expected
from backend.core.expression_distribution import ExpressionDistribution
from backend.core.ratings import Outcome
from benchmarks.learning_clips import REPORTED, TUNING, Clip, Plan, plans
from benchmarks.learning_measures import visible_change
from benchmarks.learning_session import MEDIAPIPE, OURS, Rated, Sitting
from protos import arkit
from tests.core.seen import some_sight
from training.heads import StoredHead
from training.scripted_artist import Distances, ScriptedArtist

FRAMES = 90
SMILES = [arkit.INDEX[f"mouthSmile{side}"] for side in ("Left", "Right")]


class Coefficients:
    """Sees coefficients themselves."""

    def look(self, coefficients: np.ndarray) -> np.ndarray:
        return np.column_stack([10 * coefficients, 0 * coefficients])

    def distances(self, a: np.ndarray, b: np.ndarray, wanted: np.ndarray) -> Distances:
        return Distances(*(float(np.linalg.norm(off)) for off in (a - wanted, b - wanted, a - b)))


@pytest.fixture
def clip() -> Clip:
    """A smile that comes and goes, of which the predictor says too much and MediaPipe too little."""
    truth = np.zeros((FRAMES, 52))
    truth[:, SMILES] = 0.6 * np.sin(np.linspace(0, 3 * np.pi, FRAMES))[:, None] ** 2
    said = np.clip(1.5 * truth, 0.1, 1)
    belief = ExpressionDistribution(
        (truth > 0.1).astype(float), said, np.full_like(said, 0.08), np.full(52, 0.01)
    )
    grams = some_sight().grams
    return Clip(
        Plan(REPORTED, 0, "anny", "acted"), truth, belief, 1.0, 0.5 * truth,
        grams["upper"] + grams["lower"], np.zeros((478, 3), np.float32),
    )  # fmt: skip


@pytest.fixture
def artist() -> ScriptedArtist:
    return ScriptedArtist("truth", Coefficients(), np.asarray, noise=0.05)


def test_a_sure_artist_brings_the_rest_of_the_clip_nearer(clip: Clip, artist: ScriptedArtist) -> None:
    rated = Rated(clip, OURS)
    sitting = Sitting(rated, artist, seed=0)
    sitting.rate(30)
    better = expected(rated.curves, rated.sight, sitting.ratings)
    assert 20 < len(sitting.ratings) <= 30  # a short clip soon has nothing more to ask
    assert np.mean(sitting.agreed) > 0.9
    assert visible_change(rated.sight, better, rated.said, clip.truth, sitting.unasked) < -0.15


def test_the_same_seed_is_the_same_sitting(clip: Clip, artist: ScriptedArtist) -> None:
    def said(seed: int) -> list[tuple[str, Outcome]]:
        sitting = Sitting(Rated(clip, OURS), artist, seed)
        sitting.rate(6)
        return [(rating.pair_id, rating.outcome) for rating in sitting.ratings]

    assert said(1) == said(1) != said(2)


def test_frames_put_right_by_hand_count_as_asked_about(clip: Clip, artist: ScriptedArtist) -> None:
    rated = Rated(clip, OURS)
    sitting = Sitting(rated, artist, seed=0)
    sitting.correct(4)
    assert (~sitting.unasked).sum() == len(sitting.ratings) == 4
    assert all(rating.outcome is Outcome.BOTH_BAD for rating in sitting.ratings)
    better = expected(rated.curves, rated.sight, sitting.ratings)
    assert visible_change(rated.sight, better, rated.said, clip.truth, sitting.unasked) < -0.2


def test_who_states_no_spread_is_rated_as_well(clip: Clip, artist: ScriptedArtist) -> None:
    sitting = Sitting(Rated(clip, MEDIAPIPE), replace(artist, careless=True), seed=0)
    assert not sitting.rated.curves.spread.any()
    sitting.correct(2)
    sitting.rate(4)
    assert {rating.outcome for rating in sitting.ratings} - {Outcome.BOTH_BAD}


def test_what_is_tuned_on_and_what_is_reported_share_nobody() -> None:
    class Known:
        name, channels = "anny", ()

        def head(self, identity: int) -> object: ...

    class Single(StoredHead):
        def __init__(self) -> None: ...

    sources = {"anny": Known(), "one head": Single()}
    takes = ["range of motion", "performer", "performer, otherwise"]
    tuning, reported = (plans(part, 8, sources, takes) for part in (TUNING, REPORTED))
    assert {plan.source for plan in tuning} == {"anny"}
    assert {plan.source for plan in reported} == {"anny", "one head"}
    assert not {plan.identity for plan in tuning} & {plan.identity for plan in reported}
    assert {plan.motion for plan in tuning} & {plan.motion for plan in reported} == {"acted"}
    assert [plan.motion for plan in plans(REPORTED, 4, sources, [])] == ["acted"] * 4
