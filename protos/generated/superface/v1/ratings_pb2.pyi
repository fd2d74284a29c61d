from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OUTCOME_UNSPECIFIED: _ClassVar[Outcome]
    OUTCOME_A: _ClassVar[Outcome]
    OUTCOME_B: _ClassVar[Outcome]
    OUTCOME_C: _ClassVar[Outcome]
    OUTCOME_D: _ClassVar[Outcome]
    OUTCOME_TIE: _ClassVar[Outcome]
    OUTCOME_BOTH_BAD: _ClassVar[Outcome]
    OUTCOME_SKIP: _ClassVar[Outcome]
OUTCOME_UNSPECIFIED: Outcome
OUTCOME_A: Outcome
OUTCOME_B: Outcome
OUTCOME_C: Outcome
OUTCOME_D: Outcome
OUTCOME_TIE: Outcome
OUTCOME_BOTH_BAD: Outcome
OUTCOME_SKIP: Outcome

class RecordRequest(_message.Message):
    __slots__ = ("facts",)
    FACTS_FIELD_NUMBER: _ClassVar[int]
    facts: _containers.RepeatedCompositeFieldContainer[Fact]
    def __init__(self, facts: _Optional[_Iterable[_Union[Fact, _Mapping]]] = ...) -> None: ...

class RecordAnswer(_message.Message):
    __slots__ = ("kept", "refused")
    KEPT_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    kept: _containers.RepeatedScalarFieldContainer[str]
    refused: _containers.RepeatedCompositeFieldContainer[Refused]
    def __init__(self, kept: _Optional[_Iterable[str]] = ..., refused: _Optional[_Iterable[_Union[Refused, _Mapping]]] = ...) -> None: ...

class Refused(_message.Message):
    __slots__ = ("number", "id", "reason")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    number: int
    id: str
    reason: str
    def __init__(self, number: _Optional[int] = ..., id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class Fact(_message.Message):
    __slots__ = ("rating", "retraction", "rig_sight")
    RATING_FIELD_NUMBER: _ClassVar[int]
    RETRACTION_FIELD_NUMBER: _ClassVar[int]
    RIG_SIGHT_FIELD_NUMBER: _ClassVar[int]
    rating: Rating
    retraction: Retraction
    rig_sight: RigSight
    def __init__(self, rating: _Optional[_Union[Rating, _Mapping]] = ..., retraction: _Optional[_Union[Retraction, _Mapping]] = ..., rig_sight: _Optional[_Union[RigSight, _Mapping]] = ...) -> None: ...

class Rating(_message.Message):
    __slots__ = ("id", "clip", "seconds", "region", "candidates", "rig", "camera", "shading", "shown_order", "outcome", "strength", "rater", "session", "shown_at", "answered_at", "replays", "flips", "client_version", "repeat_of", "gold", "correction", "performer")
    ID_FIELD_NUMBER: _ClassVar[int]
    CLIP_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    RIG_FIELD_NUMBER: _ClassVar[int]
    CAMERA_FIELD_NUMBER: _ClassVar[int]
    SHADING_FIELD_NUMBER: _ClassVar[int]
    SHOWN_ORDER_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    STRENGTH_FIELD_NUMBER: _ClassVar[int]
    RATER_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    SHOWN_AT_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_AT_FIELD_NUMBER: _ClassVar[int]
    REPLAYS_FIELD_NUMBER: _ClassVar[int]
    FLIPS_FIELD_NUMBER: _ClassVar[int]
    CLIENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    REPEAT_OF_FIELD_NUMBER: _ClassVar[int]
    GOLD_FIELD_NUMBER: _ClassVar[int]
    CORRECTION_FIELD_NUMBER: _ClassVar[int]
    PERFORMER_FIELD_NUMBER: _ClassVar[int]
    id: str
    clip: str
    seconds: _containers.RepeatedScalarFieldContainer[float]
    region: str
    candidates: _containers.RepeatedCompositeFieldContainer[Candidate]
    rig: str
    camera: str
    shading: str
    shown_order: _containers.RepeatedScalarFieldContainer[int]
    outcome: Outcome
    strength: int
    rater: str
    session: str
    shown_at: float
    answered_at: float
    replays: int
    flips: int
    client_version: str
    repeat_of: str
    gold: Outcome
    correction: Correction
    performer: str
    def __init__(self, id: _Optional[str] = ..., clip: _Optional[str] = ..., seconds: _Optional[_Iterable[float]] = ..., region: _Optional[str] = ..., candidates: _Optional[_Iterable[_Union[Candidate, _Mapping]]] = ..., rig: _Optional[str] = ..., camera: _Optional[str] = ..., shading: _Optional[str] = ..., shown_order: _Optional[_Iterable[int]] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., strength: _Optional[int] = ..., rater: _Optional[str] = ..., session: _Optional[str] = ..., shown_at: _Optional[float] = ..., answered_at: _Optional[float] = ..., replays: _Optional[int] = ..., flips: _Optional[int] = ..., client_version: _Optional[str] = ..., repeat_of: _Optional[str] = ..., gold: _Optional[_Union[Outcome, str]] = ..., correction: _Optional[_Union[Correction, _Mapping]] = ..., performer: _Optional[str] = ...) -> None: ...

class Candidate(_message.Message):
    __slots__ = ("coefficients", "model_id", "drawn", "seed", "temperature", "direction", "post_processing")
    class PostProcessingEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    COEFFICIENTS_FIELD_NUMBER: _ClassVar[int]
    MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    DRAWN_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    TEMPERATURE_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    POST_PROCESSING_FIELD_NUMBER: _ClassVar[int]
    coefficients: _containers.RepeatedScalarFieldContainer[float]
    model_id: str
    drawn: str
    seed: int
    temperature: float
    direction: str
    post_processing: _containers.ScalarMap[str, float]
    def __init__(self, coefficients: _Optional[_Iterable[float]] = ..., model_id: _Optional[str] = ..., drawn: _Optional[str] = ..., seed: _Optional[int] = ..., temperature: _Optional[float] = ..., direction: _Optional[str] = ..., post_processing: _Optional[_Mapping[str, float]] = ...) -> None: ...

class Correction(_message.Message):
    __slots__ = ("candidate", "coefficients", "mapped")
    CANDIDATE_FIELD_NUMBER: _ClassVar[int]
    COEFFICIENTS_FIELD_NUMBER: _ClassVar[int]
    MAPPED_FIELD_NUMBER: _ClassVar[int]
    candidate: int
    coefficients: _containers.RepeatedScalarFieldContainer[float]
    mapped: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, candidate: _Optional[int] = ..., coefficients: _Optional[_Iterable[float]] = ..., mapped: _Optional[_Iterable[float]] = ...) -> None: ...

class Retraction(_message.Message):
    __slots__ = ("id", "rating", "rater", "session", "retracted_at", "client_version")
    ID_FIELD_NUMBER: _ClassVar[int]
    RATING_FIELD_NUMBER: _ClassVar[int]
    RATER_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    RETRACTED_AT_FIELD_NUMBER: _ClassVar[int]
    CLIENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    id: str
    rating: str
    rater: str
    session: str
    retracted_at: float
    client_version: str
    def __init__(self, id: _Optional[str] = ..., rating: _Optional[str] = ..., rater: _Optional[str] = ..., session: _Optional[str] = ..., retracted_at: _Optional[float] = ..., client_version: _Optional[str] = ...) -> None: ...

class RigSight(_message.Message):
    __slots__ = ("id", "rig", "upper", "lower", "triangles", "client_version")
    ID_FIELD_NUMBER: _ClassVar[int]
    RIG_FIELD_NUMBER: _ClassVar[int]
    UPPER_FIELD_NUMBER: _ClassVar[int]
    LOWER_FIELD_NUMBER: _ClassVar[int]
    TRIANGLES_FIELD_NUMBER: _ClassVar[int]
    CLIENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    id: str
    rig: str
    upper: _containers.RepeatedScalarFieldContainer[float]
    lower: _containers.RepeatedScalarFieldContainer[float]
    triangles: int
    client_version: str
    def __init__(self, id: _Optional[str] = ..., rig: _Optional[str] = ..., upper: _Optional[_Iterable[float]] = ..., lower: _Optional[_Iterable[float]] = ..., triangles: _Optional[int] = ..., client_version: _Optional[str] = ...) -> None: ...
