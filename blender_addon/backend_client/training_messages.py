"""Training and versions ↔ messages; beside messages.py, which has the rest."""

from collections.abc import Sequence
from dataclasses import asdict

from ..contract import duels, versions
from ..contract_wire import training_pb2
from .errors import BackendFailed
from .versions import (
    Agreement,
    LeftOut,
    RatingCount,
    TrainEvent,
    TrainProgress,
    TrainRequest,
    TrainResult,
    Trial,
    VersionCard,
    VersionFile,
    VersionList,
    VersionRegion,
    VersionStep,
)


def train_request(request: TrainRequest) -> training_pb2.TrainRequest:
    """Which ratings are to be learnt from."""
    return training_pb2.TrainRequest(**asdict(request))


def decide_request(
    step: VersionStep, version: str, regions: Sequence[str], by: str
) -> training_pb2.DecideRequest:
    """What a person decides."""
    return training_pb2.DecideRequest(
        step=f"VERSION_STEP_{step.name}", version=version, regions=regions, by=by
    )


def train_event(message: training_pb2.TrainEvent) -> TrainEvent:
    """One of the things that a training tells. Raises BackendFailed for any other."""
    match message.WhichOneof("event"):
        case "count":
            return _count(message.count)
        case "progress":
            return TrainProgress(message.progress.fraction, message.progress.stage)
        case "trial":
            return _trial(message.trial)
        case "result":
            return _result(message.result)
    raise BackendFailed(
        "The backend told something about a training that is not known.", "Update both sides."
    )


def version_list(message: training_pb2.VersionList) -> VersionList:
    """All versions as they stand."""
    return VersionList(tuple(map(version_card, message.versions)), tuple(message.remarks))


def version_card(message: training_pb2.VersionCard) -> VersionCard:
    """One version."""
    return VersionCard(
        id=message.id,
        name=message.name,
        base=message.base,
        regions=tuple(map(_region, message.regions)),
        parent=message.parent,
        profile=message.profile,
        learnt_at=message.learnt_at,
        raters=dict(message.raters),
        pairs=message.pairs,
        corrections=message.corrections,
    )


def version_file(message: training_pb2.VersionFile) -> VersionFile:
    """A version as it is handed on."""
    return VersionFile(message.content, message.name)


def _count(message: training_pb2.RatingCount) -> RatingCount:
    left_out = tuple(LeftOut(each.reason, each.ratings) for each in message.left_out)
    return RatingCount(message.learnt, message.held_out, message.corrections, left_out)


def _trial(message: training_pb2.Trial) -> Trial:
    return Trial(
        region=message.region,
        tried=message.tried,
        loss=message.loss,
        gain=message.gain if message.HasField("gain") else None,
        agreement=message.agreement if message.HasField("agreement") else None,
    )


def _result(message: training_pb2.TrainResult) -> TrainResult:
    version = version_card(message.version) if message.HasField("version") else None
    return TrainResult(version, tuple(message.remarks))


def _region(message: training_pb2.VersionRegion) -> VersionRegion:
    return VersionRegion(
        region=message.region,
        state=_STATES.get(message.state),
        agreement=_agreement(message.agreement) if message.HasField("agreement") else None,
        against=message.against,
        wins=message.wins,
        losses=message.losses,
        ties=message.ties,
        evidence=message.evidence,
        pairs_to_offer=message.pairs_to_offer if message.HasField("pairs_to_offer") else None,
        pairs_to_promote=message.pairs_to_promote if message.HasField("pairs_to_promote") else None,
        verdict=_VERDICTS.get(message.verdict, duels.Verdict.WAIT),
        says=message.says,
        remarks=tuple(message.remarks),
    )


def _agreement(message: training_pb2.Agreement) -> Agreement:
    known = message.HasField("low") and message.HasField("high")
    return Agreement(message.gain, (message.low, message.high) if known else None, message.pairs)


_STATES = {
    training_pb2.VERSION_STATE_CANDIDATE: versions.State.CANDIDATE,
    training_pb2.VERSION_STATE_CURRENT: versions.State.CURRENT,
    training_pb2.VERSION_STATE_RETIRED: versions.State.RETIRED,
}
_VERDICTS = {
    training_pb2.GATE_VERDICT_OFFER: duels.Verdict.OFFER,
    training_pb2.GATE_VERDICT_PROMOTE: duels.Verdict.PROMOTE,
}
