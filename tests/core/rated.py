"""Ratings to try things with: single ones to be changed, and hypothesis strategies for any there can be."""

import uuid
from dataclasses import replace

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from backend.core.curves import COEFFICIENT_COUNT, Floats
from backend.core.fact_words import HIGHEST_COUNT, LONGEST_TEXT
from backend.core.ratings import (
    HIGHEST_SEED,
    LETTERS,
    REGIONS,
    Candidate,
    Correction,
    Fact,
    Outcome,
    Rating,
    Retraction,
)
from backend.core.rig_sights import RigSight


def an_id(number: int) -> str:
    """The same UUID for the same number."""
    return str(uuid.UUID(int=number))


def take(seed: int, frames: int = 1) -> Candidate:
    """The same take for the same seed."""
    values = np.random.default_rng(seed).random((frames, COEFFICIENT_COUNT), np.float32)
    return Candidate(
        values, "model-1", "sample", seed=seed, temperature=0.5, post_processing={"smoothing": 0.25}
    )


def rating(number: int = 1, **changes: object) -> Rating:
    """The answer A to two takes of one frame, of which the first stood left; ids and takes by number."""
    usual = Rating(
        id=an_id(number),
        clip="ab" * 32,
        seconds=(1.5,),
        region="upper",
        candidates=(take(2 * number), take(2 * number + 1)),
        rig="rig-1",
        camera="front",
        shading="solid",
        shown_order=(0, 1),
        outcome=Outcome.A,
        rater="Ann",
        session="monday",
        shown_at=1000.0,
        answered_at=1002.5,
        client_version="0.1.0",
    )
    return replace(usual, **changes)


def retraction(of: Rating, **changes: object) -> Retraction:
    """By whoever gave the answer."""
    usual = Retraction(
        id=an_id(2**64 + int(of.id[-12:], 16)),
        rating=of.id,
        rater=of.rater,
        session=of.session,
        retracted_at=1003.0,
        client_version="0.1.0",
    )
    return replace(usual, **changes)


def gram(seed: int, vertices: int = 60) -> Floats:
    """(52, 52) the same Gram matrix for the same seed, about as large as a real one."""
    moved = np.random.default_rng(seed).normal(0, 0.004, (vertices, COEFFICIENT_COUNT))
    whole = (moved.T @ moved).astype(np.float32)
    return np.asarray((whole + whole.T) / 2)


def rig_sight(number: int = 1, **changes: object) -> RigSight:
    """The same rig for the same number; ratings above were given on number 1."""
    usual = RigSight(
        rig=f"rig-{number}",
        upper=gram(2 * number),
        lower=gram(2 * number + 1),
        triangles=25_000,
        client_version="0.1.0",
    )
    return replace(usual, **changes)


ids = st.uuids().map(str)
words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)
long_words = words | st.just("x" * LONGEST_TEXT)
seconds = st.floats(0, 1e12)
numbers = st.floats(allow_nan=False, allow_infinity=False)
counts = st.integers(0, HIGHEST_COUNT)


def rows(frames: int, highest: float | None = 1.0) -> st.SearchStrategy[Floats]:
    lowest = None if highest is None else 0.0
    values = st.floats(lowest, highest, width=32, allow_nan=False, allow_infinity=False)
    return arrays(np.float32, (frames, COEFFICIENT_COUNT), elements=values)


def candidates(frames: int) -> st.SearchStrategy[Candidate]:
    return st.builds(
        Candidate,
        coefficients=rows(frames),
        model_id=words,
        drawn=words,
        seed=st.none() | st.integers(0, HIGHEST_SEED),
        temperature=st.none() | st.floats(0, 1e3, exclude_min=True),
        direction=st.just("") | words,
        post_processing=st.dictionaries(words, numbers, max_size=3),
    )


@st.composite
def ratings(draw: st.DrawFn) -> Rating:
    frames, count = draw(st.integers(1, 3)), draw(st.integers(2, 4))
    outcomes = [*LETTERS[:count], Outcome.TIE, Outcome.BOTH_BAD, Outcome.SKIP]
    corrections = st.builds(
        Correction, st.integers(0, count - 1), coefficients=rows(frames), mapped=rows(frames, highest=None)
    )
    return Rating(
        id=draw(ids),
        clip=draw(long_words),
        seconds=tuple(sorted(draw(st.sets(seconds, min_size=frames, max_size=frames)))),
        region=draw(st.sampled_from(REGIONS)),
        candidates=tuple(draw(candidates(frames)) for _ in range(count)),
        rig=draw(words),
        camera=draw(st.just("") | words),
        shading=draw(st.just("") | words),
        shown_order=tuple(draw(st.permutations(range(count)))),
        outcome=draw(st.sampled_from(outcomes)),
        rater=draw(words),
        session=draw(words),
        shown_at=draw(seconds),
        answered_at=draw(seconds),
        client_version=draw(words),
        strength=draw(st.sampled_from([None, 1, 2, 3])),
        replays=draw(counts),
        flips=draw(counts),
        repeat_of=draw(st.just("") | ids),
        gold=draw(st.none() | st.sampled_from(outcomes[:-1])),
        correction=draw(st.none() | corrections),
        performer=draw(st.just("") | words),
    )


retractions = st.builds(
    Retraction, id=ids, rating=ids, rater=words, session=words, retracted_at=seconds, client_version=words
)
grams = st.builds(gram, st.integers(0, 2**32), st.integers(0, 60))
rig_sights = st.builds(
    RigSight,
    rig=words,
    upper=grams,
    lower=grams,
    triangles=st.integers(1, HIGHEST_COUNT),
    client_version=words,
)
facts: st.SearchStrategy[Fact] = ratings() | retractions | rig_sights
