"""Facts as plain values and as lines of JSON: the outbox's files, the database's rows, exports and imports.

One fact a line, everything in it; numbers are written so that reading them gives the very same ones. Fields
that are not needed may be left out; unknown ones are refused, since they would be lost.
"""

import base64
import json
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np

from ..curves import Floats
from ..ratings import Candidate, Correction, Fact, Outcome, Rating, Retraction
from ..rig_sights import MEASURED_REGIONS, RigSight, from_triangle, to_triangle
from .stored_values import Reader, Stored, content, count, json_of, listed, made, mapping, number, text

VERSION = 1
LONGEST_LINE = 4_000_000  # characters; four takes of 256 frames and a correction are under 2 million
RATING, RETRACTION, RIG_SIGHT = "rating", "retraction", "rig_sight"

Part = TypeVar("Part")


def fact_to_line(fact: Fact) -> str:
    """One line, its end left out; the same fact always gives the same line."""
    return json.dumps(fact_to_json(fact), sort_keys=True, separators=(",", ":"), allow_nan=False)


def fact_from_line(line: str) -> Fact:
    """The inverse of fact_to_line. Raises ValueError, which says what is wrong with the line."""
    if len(line) > LONGEST_LINE:
        raise ValueError(f"over {LONGEST_LINE} characters long")
    return fact_from_json(json_of(line))


def fact_to_json(fact: Fact) -> dict[str, Any]:
    """Plain values, for storing. A rating's pair_id is among them, for whoever reads the file."""
    if isinstance(fact, Retraction):
        return {"kind": RETRACTION, "version": VERSION, **vars(fact)}
    told = {field.name: getattr(fact, field.name) for field in fields(fact)}
    if isinstance(fact, RigSight):
        halves = {name: _gram_to_text(told[name]) for name in MEASURED_REGIONS}
        return {"kind": RIG_SIGHT, "version": VERSION, "id": fact.id, **told, **halves}
    told["candidates"] = [_candidate_to_json(candidate) for candidate in fact.candidates]
    told["correction"] = _correction_to_json(fact.correction) if fact.correction else None
    return {"kind": RATING, "version": VERSION, "pair_id": fact.pair_id, **told}


def fact_from_json(stored: object) -> Fact:
    """The inverse of fact_to_json. Raises ValueError."""
    left = dict(mapping(stored, "a fact"))
    version, kind = left.pop("version", None), left.pop("kind", None)
    if version != VERSION:
        raise ValueError(f"version is {version!r}, expected {VERSION}; a newer SuperFace may have written it")
    if kind == RETRACTION:
        return _made(Retraction, left)
    if kind == RIG_SIGHT:
        sight_id, sight = left.pop("id", None), _made(RigSight, left)
        return _checked(sight, "id", sight_id, sight.id)
    if kind != RATING:
        raise ValueError(f"kind is {kind!r}, expected {RATING}, {RETRACTION} or {RIG_SIGHT}")
    pair_id, rating = left.pop("pair_id", None), _made(Rating, left)
    return _checked(rating, "pair_id", pair_id, rating.pair_id)


def _checked(fact: Fact, name: str, told: object, found: str) -> Fact:
    """The fact. Raises ValueError where what is told beside it is not what it gives itself."""
    if told not in (None, found):
        raise ValueError(f"{name} is {str(told)[:100]!r}, what it is made of gives {found}")
    return fact


def _candidate_to_json(candidate: Candidate) -> dict[str, Any]:
    told = {field.name: getattr(candidate, field.name) for field in fields(candidate)}
    return told | {
        "coefficients": candidate.coefficients.tolist(),
        "post_processing": {name: float(value) for name, value in candidate.post_processing.items()},
    }


def _correction_to_json(correction: Correction) -> dict[str, Any]:
    return {
        "candidate": correction.candidate,
        "coefficients": correction.coefficients.tolist(),
        "mapped": correction.mapped.tolist(),
    }


def _gram_to_text(gram: Floats) -> str:
    return base64.b64encode(to_triangle(gram).astype("<f4").tobytes()).decode("ascii")


def _gram(value: object, name: str) -> Floats:
    """(52, 52) float32 of the base64 of half of it, float32 with the lowest byte first."""
    try:
        values = np.frombuffer(content(value, name), "<f4")
    except ValueError as err:
        raise ValueError(f"{name} cannot be read: {err}") from err
    return from_triangle(values.astype(np.float32), name)


def _made(kind: type[Part], stored: Stored) -> Part:
    return made(kind, stored, _READERS[kind])


def _numbers(value: object, name: str) -> tuple[float, ...]:
    return tuple(number(each, name) for each in listed(value, name))


def _counts(value: object, name: str) -> tuple[int, ...]:
    return tuple(count(each, name) for each in listed(value, name))


def _frames(value: object, name: str) -> Floats:
    """(frames, channels) float32."""
    rows = [_numbers(row, name) for row in listed(value, name)]
    if len({len(row) for row in rows}) != 1:
        raise ValueError(f"{name} has frames of different lengths, or none")
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, and is refused as that
        return np.array(rows, np.float32)


def _outcome(value: object, name: str) -> Outcome:
    try:
        return Outcome(text(value, name))
    except ValueError as err:
        raise ValueError(f"{name} is {str(value)[:100]!r}, expected one of {', '.join(Outcome)}") from err


def _settings(value: object, name: str) -> dict[str, float]:
    return {key: number(each, f"{name} {key[:100]}") for key, each in mapping(value, name).items()}


def _or_none(read: Reader) -> Reader:
    return lambda value, name: None if value is None else read(value, name)


def _candidates(value: object, name: str) -> tuple[Candidate, ...]:
    return tuple(_made(Candidate, mapping(each, "a candidate")) for each in listed(value, name))


def _correction(value: object, name: str) -> Correction:
    return _made(Correction, mapping(value, name))


_READERS: dict[type, dict[str, Reader]] = {
    Candidate: {
        "coefficients": _frames, "model_id": text, "drawn": text, "seed": _or_none(count),
        "temperature": _or_none(number), "direction": text, "post_processing": _settings,
    },
    Correction: {"candidate": count, "coefficients": _frames, "mapped": _frames},
    Rating: {
        "id": text, "clip": text, "seconds": _numbers, "region": text, "candidates": _candidates,
        "rig": text, "shown_order": _counts, "outcome": _outcome, "rater": text, "session": text,
        "shown_at": number, "answered_at": number, "client_version": text, "camera": text,
        "shading": text, "strength": _or_none(count), "replays": count, "flips": count,
        "repeat_of": text, "gold": _or_none(_outcome), "correction": _or_none(_correction),
        "performer": text,
    },
    RigSight: {
        "rig": text, "upper": _gram, "lower": _gram, "triangles": count, "client_version": text,
    },
    Retraction: {
        "id": text, "rating": text, "rater": text, "session": text, "retracted_at": number,
        "client_version": text,
    },
}  # fmt: skip
