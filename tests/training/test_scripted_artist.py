"""Scripted artists prefer what is nearer to what they want, as often as they are set to."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from backend.core.muscle_groups import HALVES
from backend.core.ratings import Outcome
from protos import arkit
from training.heads import PART, Eyeball, Head
from training.marks import Attachment
from training.scripted_artist import (
    AGREEMENT,
    LEFT_BIAS,
    Question,
    ScriptedArtist,
    noise_for,
    panel,
    random_pairs,
)

SIDE = 24  # vertices of a sheet's side
LANDMARKS = {13: (0, -4), 14: (0, -5), 61: (-2.5, -4.5), 291: (2.5, -4.5), 168: (0, 0.5)}


def sheet_head() -> Head:
    """A sheet for a face, 14 cm wide; each coefficient bulges it somewhere, eyes at ±3 cm turn."""
    across, up = np.meshgrid(np.linspace(-7, 7, SIDE), np.linspace(7, -7, SIDE))
    skin = np.column_stack([across.ravel(), up.ravel(), np.zeros(SIDE**2)])
    corner = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    a, b, c, d = (
        part.ravel() for part in (corner[:-1, :-1], corner[:-1, 1:], corner[1:, :-1], corner[1:, 1:])
    )
    sheet = np.concatenate([np.column_stack([a, c, b]), np.column_stack([b, c, d])])
    octagon = np.column_stack(
        [np.cos(np.arange(8) * np.pi / 4), np.sin(np.arange(8) * np.pi / 4), np.ones(8)]
    )
    centres = np.array([[3.15, 0, -1], [-3.15, 0, -1]], np.float32)
    fan = np.array([[0, i, i % 8 + 1] for i in range(1, 9)])
    ball = np.concatenate([[[0, 0, 1.7]], octagon + np.array([0, 0, 0.5])])
    rest = np.concatenate([skin, *(centre + ball for centre in centres)]).astype(np.float32)
    first = len(skin)
    rng = np.random.default_rng(0)
    places = np.column_stack([rng.uniform(-4, 4, 52), np.where(HALVES["upper"], 2.5, -4)])
    away = np.linalg.norm(rest[None, :, :2] - places[:, None], axis=2)
    deltas = np.exp(-((away / 2) ** 2))[..., None] * rng.normal(0, 0.4, (52, 1, 3))
    deltas[:, first:] = 0
    return Head(
        rest=rest,
        triangles=np.concatenate([sheet, fan + first, fan + first + 9]),
        part=np.repeat([PART["skin"], PART["left eye"], PART["right eye"]], [first, 9, 9]).astype(np.uint8),
        paint=rest,
        deltas=deltas.astype(np.float32),
        eyeballs=(
            Eyeball(np.arange(first, first + 9), centres[0]),
            Eyeball(np.arange(first + 9, first + 18), centres[1]),
        ),
    )


def on_sheet(head: Head) -> Attachment:
    """Landmarks at single vertices: those of lips and nose where they belong, the others anywhere."""
    rng = np.random.default_rng(1)
    places = rng.uniform(-6, 6, (478, 2))
    for number, place in LANDMARKS.items():
        places[number] = place
    places[[159, 145, 386, 374]] = [(-3, 1), (-3, -1), (3, 1), (3, -1)]
    skin = head.rest[head.part == PART["skin"], :2]
    nearest = np.linalg.norm(places[:, None] - skin, axis=2).argmin(axis=1)
    return Attachment(np.repeat(nearest[:, None], 3, axis=1), np.full((478, 3), 1 / 3, np.float32))


@pytest.fixture(scope="module")
def artists() -> dict[str, ScriptedArtist]:
    head = sheet_head()
    return {artist.name: artist for artist in panel(head, on_sheet(head))}


@pytest.fixture(scope="module")
def expressions() -> np.ndarray:
    """(40, 52)"""
    rng = np.random.default_rng(2)
    return rng.random((40, 52)) * (rng.random((40, 52)) < 0.3)


ALL = ["truth", "exaggerator", "salience", "sloppy", "literal", "contrary by region"]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("half", ["upper", "lower"])
def test_nothing_is_nearer_than_the_ideal(
    name: str, half: str, artists: dict[str, ScriptedArtist], expressions: np.ndarray
) -> None:
    artist, rng = artists[name], np.random.default_rng(3)
    for truth in expressions[:10]:
        other = np.clip(truth + rng.normal(0, 0.3, 52), 0, 1)
        seen = artist.distances(Question(artist.ideal(truth), other, truth, half))
        assert seen.a == pytest.approx(0, abs=1e-4)
        assert seen.b > 0


@pytest.mark.parametrize("name", ALL)
def test_the_half_that_is_not_judged_does_not_count(
    name: str, artists: dict[str, ScriptedArtist], expressions: np.ndarray
) -> None:
    rng = np.random.default_rng(4)
    a, b, truth = expressions[:3]
    a_else = np.where(HALVES["upper"], a, rng.random(52))
    one = artists[name].distances(Question(a, b, truth, "upper"))
    other = artists[name].distances(Question(a_else, b, truth, "upper"))
    assert one == other


def test_tastes_differ_from_truth_where_they_are_said_to(artists: dict[str, ScriptedArtist]) -> None:
    half = np.full(52, 0.5)
    more = artists["exaggerator"].ideal(half)
    assert more[arkit.INDEX["mouthSmileLeft"]] == pytest.approx(0.65)
    assert more[arkit.INDEX["jawOpen"]] == pytest.approx(0.4)
    assert more[arkit.INDEX["eyeBlinkLeft"]] == 0.5
    contrary = artists["contrary by region"].ideal(half)
    np.testing.assert_allclose(contrary, np.where(HALVES["upper"], 0.65, 0.35))


def test_the_salient_eye_sees_only_the_largest_fault(artists: dict[str, ScriptedArtist]) -> None:
    eye = artists["salience"].eye
    wanted, faults = np.zeros((1, 5, 2)), np.zeros((1, 5, 2))
    faults[0, 0, 1] = 3.0
    both = faults.copy()
    both[0, 4, 0] = 2.0
    assert eye.distances(faults, both, wanted).a == eye.distances(both, faults, wanted).a == 3.0


def test_a_loop_is_judged_by_all_of_its_frames(
    artists: dict[str, ScriptedArtist], expressions: np.ndarray
) -> None:
    truth, off = expressions[:6], np.clip(expressions[:6] + 0.2, 0, 1)
    late = np.where(np.arange(6)[:, None] < 5, truth, off)
    seen = artists["truth"].distances(Question(late, off, truth, "lower"))
    assert 0 < seen.a < seen.b


def test_noise_is_set_to_an_agreement(artists: dict[str, ScriptedArtist], expressions: np.ndarray) -> None:
    rng = np.random.default_rng(5)
    questions = list(random_pairs(expressions, expressions[::-1], 2000, rng))
    seen = [artists["truth"].distances(question) for question in questions]
    artist = replace(artists["truth"], noise=noise_for(np.array([each.a - each.b for each in seen])))
    nearer = [Outcome.A if each.a < each.b else Outcome.B for each in seen]
    answers = [artist.answer(question, rng) for question in questions]
    assert np.mean([a == b for a, b in zip(answers, nearer, strict=True)]) == pytest.approx(
        AGREEMENT, abs=0.03
    )


def test_without_noise_what_cannot_be_seen_is_a_tie(
    artists: dict[str, ScriptedArtist], expressions: np.ndarray
) -> None:
    truth = expressions[0]
    near, far = np.clip(truth + 0.001, 0, 1), np.clip(truth + 0.4, 0, 1)
    artist = artists["truth"]
    assert artist.noiseless(Question(near, truth, truth, "lower")) is Outcome.TIE
    assert artist.noiseless(Question(near, far, truth, "lower")) is Outcome.A
    assert artist.noiseless(Question(far, near, truth, "lower")) is Outcome.B


def test_answers_are_the_same_for_the_same_generator(
    artists: dict[str, ScriptedArtist], expressions: np.ndarray
) -> None:
    questions = list(random_pairs(expressions, expressions[::-1], 30, np.random.default_rng(6)))

    def said(name: str) -> list[Outcome]:
        random = np.random.default_rng(7)
        return [artists[name].answer(question, random) for question in questions]

    for name in ALL:
        assert said(name) == said(name)


def test_the_careless_one_lapses_leans_left_and_overlooks(
    artists: dict[str, ScriptedArtist], expressions: np.ndarray
) -> None:
    rng = np.random.default_rng(8)
    sloppy = replace(artists["sloppy"], noise=1e-6)
    truth, far = expressions[0], 1 - expressions[0]

    def share(wanted: Outcome, ask: Callable[[bool], Question]) -> float:
        return float(np.mean([sloppy.answer(ask(number % 2 == 0), rng) is wanted for number in range(2000)]))

    wrong = share(Outcome.B, lambda left: Question(truth, far, truth, "lower", a_left=left))
    wrong_left = share(Outcome.B, lambda left: Question(truth, far, truth, "lower", a_left=False))
    assert wrong == pytest.approx(0.09, abs=0.02)
    assert wrong_left - wrong == pytest.approx(LEFT_BIAS / 2, abs=0.02)
    assert share(Outcome.SKIP, lambda left: Question(truth, truth, truth, "lower")) == pytest.approx(
        0.82, abs=0.03
    )


def test_the_careless_one_goes_in_circles_and_the_others_do_not(
    artists: dict[str, ScriptedArtist],
) -> None:
    rng = np.random.default_rng(9)
    circles = {"sloppy": 0, "truth": 0}
    for _ in range(300):
        truth = rng.random(52) * 0.5
        a, b, c = np.clip(truth + rng.normal(0, 0.06, (3, 52)), 0, 1)
        for name in circles:
            nearer = [
                (seen := artists[name].distances(Question(one, other, truth, "lower"))).a < seen.b
                for one, other in ((a, b), (b, c), (c, a))
            ]
            circles[name] += all(nearer) or not any(nearer)
    assert circles["truth"] == 0
    assert circles["sloppy"] > 3


def test_fatigue_makes_answers_less_certain(
    artists: dict[str, ScriptedArtist], expressions: np.ndarray
) -> None:
    truth = expressions[0]
    a, b = np.clip(truth + 0.15, 0, 1), np.clip(truth + 0.3, 0, 1)
    seen = artists["sloppy"].distances(Question(a, b, truth, "lower"))
    sloppy = replace(artists["sloppy"], noise=(seen.b - seen.a) / 2)

    def right(answered: int) -> float:
        rng = np.random.default_rng(10)
        question = Question(a, b, truth, "lower", answered=answered)
        return float(np.mean([sloppy.answer(question, rng) is Outcome.A for _ in range(1500)]))

    assert right(0) > right(300) + 0.05
