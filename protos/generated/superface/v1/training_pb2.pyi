from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class VersionState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VERSION_STATE_UNSPECIFIED: _ClassVar[VersionState]
    VERSION_STATE_CANDIDATE: _ClassVar[VersionState]
    VERSION_STATE_CURRENT: _ClassVar[VersionState]
    VERSION_STATE_RETIRED: _ClassVar[VersionState]

class GateVerdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    GATE_VERDICT_UNSPECIFIED: _ClassVar[GateVerdict]
    GATE_VERDICT_WAIT: _ClassVar[GateVerdict]
    GATE_VERDICT_OFFER: _ClassVar[GateVerdict]
    GATE_VERDICT_PROMOTE: _ClassVar[GateVerdict]

class VersionStep(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VERSION_STEP_UNSPECIFIED: _ClassVar[VersionStep]
    VERSION_STEP_USE: _ClassVar[VersionStep]
    VERSION_STEP_RETIRE: _ClassVar[VersionStep]
    VERSION_STEP_ROLL_BACK: _ClassVar[VersionStep]
VERSION_STATE_UNSPECIFIED: VersionState
VERSION_STATE_CANDIDATE: VersionState
VERSION_STATE_CURRENT: VersionState
VERSION_STATE_RETIRED: VersionState
GATE_VERDICT_UNSPECIFIED: GateVerdict
GATE_VERDICT_WAIT: GateVerdict
GATE_VERDICT_OFFER: GateVerdict
GATE_VERDICT_PROMOTE: GateVerdict
VERSION_STEP_UNSPECIFIED: VersionStep
VERSION_STEP_USE: VersionStep
VERSION_STEP_RETIRE: VersionStep
VERSION_STEP_ROLL_BACK: VersionStep

class TrainRequest(_message.Message):
    __slots__ = ("rater", "performer", "rig", "profile", "model_id")
    RATER_FIELD_NUMBER: _ClassVar[int]
    PERFORMER_FIELD_NUMBER: _ClassVar[int]
    RIG_FIELD_NUMBER: _ClassVar[int]
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    rater: str
    performer: str
    rig: str
    profile: str
    model_id: str
    def __init__(self, rater: _Optional[str] = ..., performer: _Optional[str] = ..., rig: _Optional[str] = ..., profile: _Optional[str] = ..., model_id: _Optional[str] = ...) -> None: ...

class TrainEvent(_message.Message):
    __slots__ = ("count", "progress", "trial", "result")
    COUNT_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    TRIAL_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    count: RatingCount
    progress: TrainProgress
    trial: Trial
    result: TrainResult
    def __init__(self, count: _Optional[_Union[RatingCount, _Mapping]] = ..., progress: _Optional[_Union[TrainProgress, _Mapping]] = ..., trial: _Optional[_Union[Trial, _Mapping]] = ..., result: _Optional[_Union[TrainResult, _Mapping]] = ...) -> None: ...

class RatingCount(_message.Message):
    __slots__ = ("learnt", "held_out", "corrections", "left_out")
    LEARNT_FIELD_NUMBER: _ClassVar[int]
    HELD_OUT_FIELD_NUMBER: _ClassVar[int]
    CORRECTIONS_FIELD_NUMBER: _ClassVar[int]
    LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    learnt: int
    held_out: int
    corrections: int
    left_out: _containers.RepeatedCompositeFieldContainer[LeftOut]
    def __init__(self, learnt: _Optional[int] = ..., held_out: _Optional[int] = ..., corrections: _Optional[int] = ..., left_out: _Optional[_Iterable[_Union[LeftOut, _Mapping]]] = ...) -> None: ...

class LeftOut(_message.Message):
    __slots__ = ("reason", "ratings")
    REASON_FIELD_NUMBER: _ClassVar[int]
    RATINGS_FIELD_NUMBER: _ClassVar[int]
    reason: str
    ratings: int
    def __init__(self, reason: _Optional[str] = ..., ratings: _Optional[int] = ...) -> None: ...

class TrainProgress(_message.Message):
    __slots__ = ("fraction", "stage")
    FRACTION_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    fraction: float
    stage: str
    def __init__(self, fraction: _Optional[float] = ..., stage: _Optional[str] = ...) -> None: ...

class Trial(_message.Message):
    __slots__ = ("region", "tried", "loss", "gain", "agreement")
    REGION_FIELD_NUMBER: _ClassVar[int]
    TRIED_FIELD_NUMBER: _ClassVar[int]
    LOSS_FIELD_NUMBER: _ClassVar[int]
    GAIN_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    region: str
    tried: str
    loss: float
    gain: float
    agreement: float
    def __init__(self, region: _Optional[str] = ..., tried: _Optional[str] = ..., loss: _Optional[float] = ..., gain: _Optional[float] = ..., agreement: _Optional[float] = ...) -> None: ...

class TrainResult(_message.Message):
    __slots__ = ("version", "remarks")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    REMARKS_FIELD_NUMBER: _ClassVar[int]
    version: VersionCard
    remarks: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, version: _Optional[_Union[VersionCard, _Mapping]] = ..., remarks: _Optional[_Iterable[str]] = ...) -> None: ...

class VersionsRequest(_message.Message):
    __slots__ = ("profile",)
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    profile: str
    def __init__(self, profile: _Optional[str] = ...) -> None: ...

class VersionList(_message.Message):
    __slots__ = ("versions", "remarks")
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    REMARKS_FIELD_NUMBER: _ClassVar[int]
    versions: _containers.RepeatedCompositeFieldContainer[VersionCard]
    remarks: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, versions: _Optional[_Iterable[_Union[VersionCard, _Mapping]]] = ..., remarks: _Optional[_Iterable[str]] = ...) -> None: ...

class VersionCard(_message.Message):
    __slots__ = ("id", "name", "base", "parent", "profile", "learnt_at", "raters", "pairs", "corrections", "regions")
    class RatersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    BASE_FIELD_NUMBER: _ClassVar[int]
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    LEARNT_AT_FIELD_NUMBER: _ClassVar[int]
    RATERS_FIELD_NUMBER: _ClassVar[int]
    PAIRS_FIELD_NUMBER: _ClassVar[int]
    CORRECTIONS_FIELD_NUMBER: _ClassVar[int]
    REGIONS_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    base: str
    parent: str
    profile: str
    learnt_at: float
    raters: _containers.ScalarMap[str, int]
    pairs: int
    corrections: int
    regions: _containers.RepeatedCompositeFieldContainer[VersionRegion]
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., base: _Optional[str] = ..., parent: _Optional[str] = ..., profile: _Optional[str] = ..., learnt_at: _Optional[float] = ..., raters: _Optional[_Mapping[str, int]] = ..., pairs: _Optional[int] = ..., corrections: _Optional[int] = ..., regions: _Optional[_Iterable[_Union[VersionRegion, _Mapping]]] = ...) -> None: ...

class VersionRegion(_message.Message):
    __slots__ = ("region", "state", "agreement", "against", "wins", "losses", "ties", "evidence", "pairs_to_offer", "pairs_to_promote", "verdict", "says", "remarks")
    REGION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    AGAINST_FIELD_NUMBER: _ClassVar[int]
    WINS_FIELD_NUMBER: _ClassVar[int]
    LOSSES_FIELD_NUMBER: _ClassVar[int]
    TIES_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    PAIRS_TO_OFFER_FIELD_NUMBER: _ClassVar[int]
    PAIRS_TO_PROMOTE_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    SAYS_FIELD_NUMBER: _ClassVar[int]
    REMARKS_FIELD_NUMBER: _ClassVar[int]
    region: str
    state: VersionState
    agreement: Agreement
    against: str
    wins: int
    losses: int
    ties: int
    evidence: float
    pairs_to_offer: int
    pairs_to_promote: int
    verdict: GateVerdict
    says: str
    remarks: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, region: _Optional[str] = ..., state: _Optional[_Union[VersionState, str]] = ..., agreement: _Optional[_Union[Agreement, _Mapping]] = ..., against: _Optional[str] = ..., wins: _Optional[int] = ..., losses: _Optional[int] = ..., ties: _Optional[int] = ..., evidence: _Optional[float] = ..., pairs_to_offer: _Optional[int] = ..., pairs_to_promote: _Optional[int] = ..., verdict: _Optional[_Union[GateVerdict, str]] = ..., says: _Optional[str] = ..., remarks: _Optional[_Iterable[str]] = ...) -> None: ...

class Agreement(_message.Message):
    __slots__ = ("gain", "low", "high", "pairs")
    GAIN_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    PAIRS_FIELD_NUMBER: _ClassVar[int]
    gain: float
    low: float
    high: float
    pairs: int
    def __init__(self, gain: _Optional[float] = ..., low: _Optional[float] = ..., high: _Optional[float] = ..., pairs: _Optional[int] = ...) -> None: ...

class DecideRequest(_message.Message):
    __slots__ = ("step", "version", "regions", "by")
    STEP_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    REGIONS_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    step: VersionStep
    version: str
    regions: _containers.RepeatedScalarFieldContainer[str]
    by: str
    def __init__(self, step: _Optional[_Union[VersionStep, str]] = ..., version: _Optional[str] = ..., regions: _Optional[_Iterable[str]] = ..., by: _Optional[str] = ...) -> None: ...

class ExportVersionRequest(_message.Message):
    __slots__ = ("version",)
    VERSION_FIELD_NUMBER: _ClassVar[int]
    version: str
    def __init__(self, version: _Optional[str] = ...) -> None: ...

class VersionFile(_message.Message):
    __slots__ = ("content", "name")
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    content: bytes
    name: str
    def __init__(self, content: _Optional[bytes] = ..., name: _Optional[str] = ...) -> None: ...

class ImportVersionRequest(_message.Message):
    __slots__ = ("content", "by")
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    content: bytes
    by: str
    def __init__(self, content: _Optional[bytes] = ..., by: _Optional[str] = ...) -> None: ...
