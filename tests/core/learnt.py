"""Versions to try things with: single ones to be changed, and hypothesis strategies for any there can be."""

import hashlib
from dataclasses import replace

from hypothesis import strategies as st

from backend.core.versions import NOTHING_LEARNT, REGIONS, Decision, Step, Version
from protos import arkit
from tests.core.rated import numbers, words

BASE = "superface-base@39752e5d"


def learnt(number: int = 1) -> bytes:
    """The same correction, as bytes, for the same number."""
    return bytes(range(256)) * 4 + number.to_bytes(4, "big")


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def version(number: int = 1, **changes: object) -> Version:
    """One that learnt both regions; its content is learnt(number)."""
    usual = Version(
        base=BASE,
        content=sha256(learnt(number)),
        data=sha256(b"frozen ratings"),
        regions={"upper": {"win_rate": 0.66}, "lower": {"win_rate": 0.61}},
        raters={"Ann": 120, "Bob": 30},
        settings={"seed": number, "penalty": 0.5, "level": "groups", "replay": True},
        metrics={"visible_change": -0.15},
        channels={"jawOpen": {"moved": 0.02}},
    )
    return replace(usual, **changes)


def decision(
    step: Step = Step.CANDIDATE, number: int = 1, region: str = "upper", **changes: object
) -> Decision:
    """By Ann, about version(number)."""
    usual = Decision(
        step=step, version=version(number).id, region=region, base=BASE, by="Ann", why="it looks better",
        at=1000.0,
    )  # fmt: skip
    return replace(usual, **changes)


hashes = st.binary(max_size=4).map(sha256)
told = st.dictionaries(words, numbers, max_size=2)
versions = st.builds(
    Version,
    base=words,
    content=hashes,
    data=hashes,
    regions=st.dictionaries(st.sampled_from(REGIONS), told, min_size=1),
    raters=st.dictionaries(words, st.integers(0, 2**40), max_size=2),
    settings=st.dictionaries(words, numbers | words | st.booleans(), max_size=3),
    metrics=told,
    channels=st.dictionaries(st.sampled_from(arkit.COEFFICIENTS), told, max_size=2),
    parent=st.just(NOTHING_LEARNT) | words,
    profile=st.just("") | words,
)
decisions = st.builds(
    Decision,
    step=st.sampled_from(Step),
    version=words,
    region=st.sampled_from(REGIONS),
    base=words,
    profile=st.just("") | words,
    by=words,
    why=words,
    at=st.floats(0, 1e12),
)
