"""Facts → messages, and the answer; beside messages.py, which has the rest."""

from collections.abc import Sequence

from ..contract import ratings, rig_sights
from ..contract_wire import ratings_pb2
from .port import Recorded


def record_request(facts: Sequence[ratings.Fact]) -> ratings_pb2.RecordRequest:
    """What is to be kept."""
    return ratings_pb2.RecordRequest(facts=[fact_message(fact) for fact in facts])


def recorded(message: ratings_pb2.RecordAnswer) -> Recorded:
    """What became of it."""
    return Recorded(frozenset(message.kept), {refused.id: refused.reason for refused in message.refused})


def fact_message(fact: ratings.Fact) -> ratings_pb2.Fact:
    """One fact as it travels."""
    if isinstance(fact, ratings.Retraction):
        return ratings_pb2.Fact(retraction=ratings_pb2.Retraction(**vars(fact)))
    if isinstance(fact, rig_sights.RigSight):
        return ratings_pb2.Fact(rig_sight=_rig_sight(fact))
    return ratings_pb2.Fact(rating=_rating(fact))


def _rating(rating: ratings.Rating) -> ratings_pb2.Rating:
    return ratings_pb2.Rating(
        id=rating.id,
        clip=rating.clip,
        seconds=rating.seconds,
        region=rating.region,
        candidates=[_candidate(candidate) for candidate in rating.candidates],
        rig=rating.rig,
        camera=rating.camera,
        shading=rating.shading,
        shown_order=rating.shown_order,
        outcome=f"OUTCOME_{rating.outcome.name}",
        strength=rating.strength or 0,
        rater=rating.rater,
        session=rating.session,
        shown_at=rating.shown_at,
        answered_at=rating.answered_at,
        replays=rating.replays,
        flips=rating.flips,
        client_version=rating.client_version,
        repeat_of=rating.repeat_of,
        gold=f"OUTCOME_{rating.gold.name}" if rating.gold else None,
        correction=_correction(rating.correction) if rating.correction else None,
        performer=rating.performer,
    )


def _candidate(candidate: ratings.Candidate) -> ratings_pb2.Candidate:
    return ratings_pb2.Candidate(
        coefficients=candidate.coefficients.ravel().tolist(),
        model_id=candidate.model_id,
        drawn=candidate.drawn,
        seed=candidate.seed,
        temperature=candidate.temperature,
        direction=candidate.direction,
        post_processing=candidate.post_processing,
    )


def _correction(correction: ratings.Correction) -> ratings_pb2.Correction:
    return ratings_pb2.Correction(
        candidate=correction.candidate,
        coefficients=correction.coefficients.ravel().tolist(),
        mapped=correction.mapped.ravel().tolist(),
    )


def _rig_sight(sight: rig_sights.RigSight) -> ratings_pb2.RigSight:
    return ratings_pb2.RigSight(
        id=sight.id,
        rig=sight.rig,
        upper=rig_sights.to_triangle(sight.upper).tolist(),
        lower=rig_sights.to_triangle(sight.lower).tolist(),
        triangles=sight.triangles,
        client_version=sight.client_version,
    )
