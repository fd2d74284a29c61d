"""Messages ↔ what is learnt and decided; beside translate.py, which has the rest."""

import re

from protos.convention import VERSION_BYTES
from protos.generated.superface.v1 import training_pb2

from ..core.duels import Standing, Verdict
from ..core.versions import Numbers, State
from ..errors import RequestInvalid
from ..usecases.decide_versions import Choice, Decided
from ..usecases.list_versions import Listed, RegionCard, VersionCard
from ..usecases.train_from_ratings import (
    RatingCount,
    TrainEvent,
    TrainOrder,
    TrainProgress,
    TrainResult,
    Trial,
)
from .application import Learning

_CHOICES = {
    training_pb2.VERSION_STEP_USE: Choice.USE,
    training_pb2.VERSION_STEP_RETIRE: Choice.RETIRE,
    training_pb2.VERSION_STEP_ROLL_BACK: Choice.ROLL_BACK,
}
_STATES = {
    State.CANDIDATE: training_pb2.VERSION_STATE_CANDIDATE,
    State.CURRENT: training_pb2.VERSION_STATE_CURRENT,
    State.RETIRED: training_pb2.VERSION_STATE_RETIRED,
}
_VERDICTS = {
    Verdict.WAIT: training_pb2.GATE_VERDICT_WAIT,
    Verdict.OFFER: training_pb2.GATE_VERDICT_OFFER,
    Verdict.PROMOTE: training_pb2.GATE_VERDICT_PROMOTE,
}


def order(request: training_pb2.TrainRequest) -> TrainOrder:
    """Which ratings, and for whom."""
    return TrainOrder(request.rater, request.performer, request.rig, request.profile)


def event(told: TrainEvent, learning: Learning) -> training_pb2.TrainEvent:
    """learning: asked how a finished version stands."""
    match told:
        case RatingCount():
            return training_pb2.TrainEvent(count=_count(told))
        case TrainProgress():
            progress = training_pb2.TrainProgress(fraction=told.fraction, stage=told.stage)
            return training_pb2.TrainEvent(progress=progress)
        case Trial():
            return training_pb2.TrainEvent(trial=_trial(told))
        case TrainResult():
            return training_pb2.TrainEvent(result=_result(told, learning))


def waiting() -> training_pb2.TrainEvent:
    """Progress of a training whose turn has not come."""
    progress = training_pb2.TrainProgress(stage="waiting for another training to finish")
    return training_pb2.TrainEvent(progress=progress)


def decided(request: training_pb2.DecideRequest) -> Decided:
    """Raises RequestInvalid."""
    choice = _CHOICES.get(request.step)
    if choice is None:
        raise RequestInvalid(f"{request.step} is nothing that can be decided", "Use, retire or roll back.")
    return Decided(choice, request.version, tuple(request.regions), request.by)


def brought(request: training_pb2.ImportVersionRequest) -> tuple[bytes, str]:
    """A file's content, and by whom. Raises RequestInvalid."""
    if not 0 < len(request.content) <= VERSION_BYTES:
        raise RequestInvalid(
            f"the file has {len(request.content)} bytes, expected 1 to {VERSION_BYTES}",
            "Choose a file that was exported here or elsewhere.",
        )
    if not request.by.strip():
        raise RequestInvalid("nobody is named who brings it in", "Say who you are.")
    return request.content, request.by


def version_file(content: bytes, whose: VersionCard) -> training_pb2.VersionFile:
    """Raises RequestInvalid for one that is too large for the wire."""
    if len(content) > VERSION_BYTES:
        raise RequestInvalid(
            f"the version has {len(content)} bytes, at most {VERSION_BYTES} go over the wire",
            "Say on the backend's machine: superface versions export.",
        )
    name = re.sub(r"[^a-z0-9]+", "-", whose.name.casefold()).strip("-") or "version"
    return training_pb2.VersionFile(content=content, name=f"{name}.superface")


def version_list(listed: Listed) -> training_pb2.VersionList:
    """All cards."""
    return training_pb2.VersionList(versions=[card(each) for each in listed.cards], remarks=listed.remarks)


def card(of: VersionCard) -> training_pb2.VersionCard:
    """One of them."""
    version = of.version
    return training_pb2.VersionCard(
        id=version.id,
        name=of.name,
        base=version.base,
        parent=version.parent,
        profile=version.profile,
        learnt_at=of.learnt_at,
        raters=version.raters,
        pairs=int(version.metrics.get("pairs", 0)),
        corrections=int(version.metrics.get("corrections", 0)),
        regions=[_region(region, version.regions[region.region]) for region in of.regions],
    )


def _region(of: RegionCard, figures: Numbers) -> training_pb2.VersionRegion:
    message = training_pb2.VersionRegion(
        region=of.region, state=_STATES[of.state], against=of.against, says=of.says, remarks=of.remarks
    )
    if "agreement" in figures:
        message.agreement.gain = figures["agreement"]
        message.agreement.pairs = int(figures.get("held_out_pairs", 0))
        if {"agreement_low", "agreement_high"} <= set(figures):
            message.agreement.low, message.agreement.high = (
                figures["agreement_low"],
                figures["agreement_high"],
            )
    if of.standing is not None:
        _put_standing(message, of.standing)
    return message


def _put_standing(message: training_pb2.VersionRegion, standing: Standing) -> None:
    score = standing.score
    message.wins, message.losses, message.ties = score.wins, score.losses, score.ties
    message.evidence, message.verdict = standing.evidence, _VERDICTS[standing.verdict]
    if standing.pairs_to_offer is not None:
        message.pairs_to_offer = standing.pairs_to_offer
    if standing.pairs_to_promote is not None:
        message.pairs_to_promote = standing.pairs_to_promote


def _count(told: RatingCount) -> training_pb2.RatingCount:
    left_out = [
        training_pb2.LeftOut(reason=reason, ratings=ratings) for reason, ratings in told.left_out.items()
    ]
    return training_pb2.RatingCount(
        learnt=told.learnt, held_out=told.held_out, corrections=told.corrections, left_out=left_out
    )


def _trial(told: Trial) -> training_pb2.Trial:
    return training_pb2.Trial(
        region=told.region, tried=told.tried, loss=told.loss, gain=told.gain, agreement=told.agreement
    )


def _result(told: TrainResult, learning: Learning) -> training_pb2.TrainResult:
    message = training_pb2.TrainResult(remarks=told.remarks)
    if told.version is not None:
        version_id = told.version.id
        cards = learning.versions().cards
        message.version.CopyFrom(next(card(each) for each in cards if each.version.id == version_id))
    return message
