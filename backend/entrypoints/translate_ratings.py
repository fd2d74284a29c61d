"""Messages → facts, and what became of them → the answer; beside translate.py, which has the rest."""

from collections.abc import Sequence

import numpy as np

from protos.convention import FACTS_A_CALL
from protos.generated.superface.v1 import ratings_pb2

from ..core.curves import COEFFICIENT_COUNT, Floats
from ..core.fact_words import LONGEST_TEXT
from ..core.ratings import Candidate, Correction, Fact, Outcome, Rating, Retraction
from ..core.rig_sights import RigSight, from_triangle
from ..errors import RequestInvalid
from ..usecases.record_ratings import Told


def told(request: ratings_pb2.RecordRequest) -> list[Told]:
    """Each fact, or why it is none. Raises RequestInvalid for too many of them."""
    if len(request.facts) > FACTS_A_CALL:
        raise RequestInvalid(f"{len(request.facts)} ratings in one call, at most {FACTS_A_CALL}")
    return [_told(message) for message in request.facts]


def answer(request: ratings_pb2.RecordRequest, reasons: Sequence[str]) -> ratings_pb2.RecordAnswer:
    """What became of each fact; reasons: why it is refused, empty for one that is kept."""
    message = ratings_pb2.RecordAnswer()
    for number, (sent, reason) in enumerate(zip(request.facts, reasons, strict=True)):
        fact_id = getattr(sent, sent.WhichOneof("fact") or "rating").id
        if reason:
            message.refused.add(number=number, id=fact_id, reason=reason)
        else:
            message.kept.append(fact_id)
    return message


def fact(message: ratings_pb2.Fact) -> Fact:
    """Raises ValueError, which says what is wrong with it."""
    match message.WhichOneof("fact"):
        case "rating":
            return _rating(message.rating)
        case "retraction":
            return _retraction(message.retraction)
        case "rig_sight":
            return _rig_sight(message.rig_sight)
        case _:
            raise ValueError("no rating, retraction or rig's sight; a newer add-on may have sent it")


def _told(message: ratings_pb2.Fact) -> Told:
    try:
        return fact(message)
    except ValueError as err:
        return err


def _rating(message: ratings_pb2.Rating) -> Rating:
    frames = len(message.seconds)
    return Rating(
        id=message.id,
        clip=message.clip,
        seconds=tuple(message.seconds),
        region=message.region,
        candidates=tuple(_candidate(each, frames) for each in message.candidates),
        rig=message.rig,
        camera=message.camera,
        shading=message.shading,
        shown_order=tuple(message.shown_order),
        outcome=_outcome(message.outcome),
        strength=message.strength or None,
        rater=message.rater,
        session=message.session,
        shown_at=message.shown_at,
        answered_at=message.answered_at,
        replays=message.replays,
        flips=message.flips,
        client_version=message.client_version,
        repeat_of=message.repeat_of,
        gold=_outcome(message.gold) if message.gold else None,
        correction=_correction(message.correction, frames) if message.HasField("correction") else None,
        performer=message.performer,
    )


def _candidate(message: ratings_pb2.Candidate, frames: int) -> Candidate:
    return Candidate(
        coefficients=_rows(message.coefficients, frames),
        model_id=message.model_id,
        drawn=message.drawn,
        seed=message.seed if message.HasField("seed") else None,
        temperature=message.temperature if message.HasField("temperature") else None,
        direction=message.direction,
        post_processing=dict(message.post_processing),
    )


def _correction(message: ratings_pb2.Correction, frames: int) -> Correction:
    return Correction(
        candidate=message.candidate,
        coefficients=_rows(message.coefficients, frames),
        mapped=_rows(message.mapped, frames),
    )


def _retraction(message: ratings_pb2.Retraction) -> Retraction:
    return Retraction(
        id=message.id,
        rating=message.rating,
        rater=message.rater,
        session=message.session,
        retracted_at=message.retracted_at,
        client_version=message.client_version,
    )


def _rig_sight(message: ratings_pb2.RigSight) -> RigSight:
    sight = RigSight(
        rig=message.rig,
        upper=from_triangle(np.array(message.upper, np.float32), "upper"),
        lower=from_triangle(np.array(message.lower, np.float32), "lower"),
        triangles=message.triangles,
        client_version=message.client_version,
    )
    if message.id != sight.id:
        raise ValueError(f"id is {message.id[:LONGEST_TEXT]!r}, what it is made of gives {sight.id}")
    return sight


def _outcome(number: int) -> Outcome:
    names = {value: name.removeprefix("OUTCOME_") for name, value in ratings_pb2.Outcome.items()}
    found = Outcome.__members__.get(names.get(number, ""))
    if found is None:
        raise ValueError(f"no outcome has the number {number}; a newer add-on may have sent it")
    return found


def _rows(values: Sequence[float], frames: int) -> Floats:
    """(frames, 52) float32. Raises ValueError."""
    if len(values) != frames * COEFFICIENT_COUNT:
        raise ValueError(f"{len(values)} coefficients for {frames} frames of {COEFFICIENT_COUNT}")
    return np.array(values, np.float32).reshape(frames, COEFFICIENT_COUNT)
