from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RetargetRequest(_message.Message):
    __slots__ = ("clip", "start_seconds", "end_seconds", "crop", "mirrored_footage", "face", "model_id", "neutral", "cleanup", "profile", "version")
    CLIP_FIELD_NUMBER: _ClassVar[int]
    START_SECONDS_FIELD_NUMBER: _ClassVar[int]
    END_SECONDS_FIELD_NUMBER: _ClassVar[int]
    CROP_FIELD_NUMBER: _ClassVar[int]
    MIRRORED_FOOTAGE_FIELD_NUMBER: _ClassVar[int]
    FACE_FIELD_NUMBER: _ClassVar[int]
    MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    NEUTRAL_FIELD_NUMBER: _ClassVar[int]
    CLEANUP_FIELD_NUMBER: _ClassVar[int]
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    clip: Clip
    start_seconds: float
    end_seconds: float
    crop: Crop
    mirrored_footage: bool
    face: FacePosition
    model_id: str
    neutral: Neutral
    cleanup: Cleanup
    profile: str
    version: str
    def __init__(self, clip: _Optional[_Union[Clip, _Mapping]] = ..., start_seconds: _Optional[float] = ..., end_seconds: _Optional[float] = ..., crop: _Optional[_Union[Crop, _Mapping]] = ..., mirrored_footage: bool = ..., face: _Optional[_Union[FacePosition, _Mapping]] = ..., model_id: _Optional[str] = ..., neutral: _Optional[_Union[Neutral, _Mapping]] = ..., cleanup: _Optional[_Union[Cleanup, _Mapping]] = ..., profile: _Optional[str] = ..., version: _Optional[str] = ...) -> None: ...

class Clip(_message.Message):
    __slots__ = ("path", "upload", "frames")
    PATH_FIELD_NUMBER: _ClassVar[int]
    UPLOAD_FIELD_NUMBER: _ClassVar[int]
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    path: str
    upload: str
    frames: FrameSequence
    def __init__(self, path: _Optional[str] = ..., upload: _Optional[str] = ..., frames: _Optional[_Union[FrameSequence, _Mapping]] = ...) -> None: ...

class FrameSequence(_message.Message):
    __slots__ = ("uploads", "rate")
    UPLOADS_FIELD_NUMBER: _ClassVar[int]
    RATE_FIELD_NUMBER: _ClassVar[int]
    uploads: _containers.RepeatedScalarFieldContainer[str]
    rate: float
    def __init__(self, uploads: _Optional[_Iterable[str]] = ..., rate: _Optional[float] = ...) -> None: ...

class Crop(_message.Message):
    __slots__ = ("left", "top", "right", "bottom")
    LEFT_FIELD_NUMBER: _ClassVar[int]
    TOP_FIELD_NUMBER: _ClassVar[int]
    RIGHT_FIELD_NUMBER: _ClassVar[int]
    BOTTOM_FIELD_NUMBER: _ClassVar[int]
    left: float
    top: float
    right: float
    bottom: float
    def __init__(self, left: _Optional[float] = ..., top: _Optional[float] = ..., right: _Optional[float] = ..., bottom: _Optional[float] = ...) -> None: ...

class FacePosition(_message.Message):
    __slots__ = ("x", "y")
    X_FIELD_NUMBER: _ClassVar[int]
    Y_FIELD_NUMBER: _ClassVar[int]
    x: float
    y: float
    def __init__(self, x: _Optional[float] = ..., y: _Optional[float] = ...) -> None: ...

class Neutral(_message.Message):
    __slots__ = ("seconds", "performer")
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    PERFORMER_FIELD_NUMBER: _ClassVar[int]
    seconds: _containers.RepeatedScalarFieldContainer[float]
    performer: str
    def __init__(self, seconds: _Optional[_Iterable[float]] = ..., performer: _Optional[str] = ...) -> None: ...

class Cleanup(_message.Message):
    __slots__ = ("smoothing", "couple_mouth_close", "resolve_antagonists", "keep_in_range", "hold_seconds", "decay_seconds")
    SMOOTHING_FIELD_NUMBER: _ClassVar[int]
    COUPLE_MOUTH_CLOSE_FIELD_NUMBER: _ClassVar[int]
    RESOLVE_ANTAGONISTS_FIELD_NUMBER: _ClassVar[int]
    KEEP_IN_RANGE_FIELD_NUMBER: _ClassVar[int]
    HOLD_SECONDS_FIELD_NUMBER: _ClassVar[int]
    DECAY_SECONDS_FIELD_NUMBER: _ClassVar[int]
    smoothing: float
    couple_mouth_close: bool
    resolve_antagonists: bool
    keep_in_range: bool
    hold_seconds: float
    decay_seconds: float
    def __init__(self, smoothing: _Optional[float] = ..., couple_mouth_close: bool = ..., resolve_antagonists: bool = ..., keep_in_range: bool = ..., hold_seconds: _Optional[float] = ..., decay_seconds: _Optional[float] = ...) -> None: ...

class RetargetUpdate(_message.Message):
    __slots__ = ("clip", "progress", "curves", "summary")
    CLIP_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    CURVES_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    clip: ClipFacts
    progress: Progress
    curves: CurveChunk
    summary: Summary
    def __init__(self, clip: _Optional[_Union[ClipFacts, _Mapping]] = ..., progress: _Optional[_Union[Progress, _Mapping]] = ..., curves: _Optional[_Union[CurveChunk, _Mapping]] = ..., summary: _Optional[_Union[Summary, _Mapping]] = ...) -> None: ...

class ClipFacts(_message.Message):
    __slots__ = ("width", "height", "rate", "variable_rate", "frames", "seconds", "rotation", "has_audio", "model_id", "base", "versions")
    class VersionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    RATE_FIELD_NUMBER: _ClassVar[int]
    VARIABLE_RATE_FIELD_NUMBER: _ClassVar[int]
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    ROTATION_FIELD_NUMBER: _ClassVar[int]
    HAS_AUDIO_FIELD_NUMBER: _ClassVar[int]
    MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    BASE_FIELD_NUMBER: _ClassVar[int]
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    width: int
    height: int
    rate: float
    variable_rate: bool
    frames: int
    seconds: float
    rotation: int
    has_audio: bool
    model_id: str
    base: str
    versions: _containers.ScalarMap[str, str]
    def __init__(self, width: _Optional[int] = ..., height: _Optional[int] = ..., rate: _Optional[float] = ..., variable_rate: bool = ..., frames: _Optional[int] = ..., seconds: _Optional[float] = ..., rotation: _Optional[int] = ..., has_audio: bool = ..., model_id: _Optional[str] = ..., base: _Optional[str] = ..., versions: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Progress(_message.Message):
    __slots__ = ("frames_done", "frames_total", "frames_a_second", "seconds_left", "stage")
    FRAMES_DONE_FIELD_NUMBER: _ClassVar[int]
    FRAMES_TOTAL_FIELD_NUMBER: _ClassVar[int]
    FRAMES_A_SECOND_FIELD_NUMBER: _ClassVar[int]
    SECONDS_LEFT_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    frames_done: int
    frames_total: int
    frames_a_second: float
    seconds_left: float
    stage: str
    def __init__(self, frames_done: _Optional[int] = ..., frames_total: _Optional[int] = ..., frames_a_second: _Optional[float] = ..., seconds_left: _Optional[float] = ..., stage: _Optional[str] = ...) -> None: ...

class CurveChunk(_message.Message):
    __slots__ = ("first_frame", "times", "values", "confidence", "observed", "head_location", "spread")
    FIRST_FRAME_FIELD_NUMBER: _ClassVar[int]
    TIMES_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    OBSERVED_FIELD_NUMBER: _ClassVar[int]
    HEAD_LOCATION_FIELD_NUMBER: _ClassVar[int]
    SPREAD_FIELD_NUMBER: _ClassVar[int]
    first_frame: int
    times: _containers.RepeatedScalarFieldContainer[float]
    values: _containers.RepeatedScalarFieldContainer[float]
    confidence: _containers.RepeatedScalarFieldContainer[float]
    observed: bytes
    head_location: _containers.RepeatedScalarFieldContainer[float]
    spread: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, first_frame: _Optional[int] = ..., times: _Optional[_Iterable[float]] = ..., values: _Optional[_Iterable[float]] = ..., confidence: _Optional[_Iterable[float]] = ..., observed: _Optional[bytes] = ..., head_location: _Optional[_Iterable[float]] = ..., spread: _Optional[_Iterable[float]] = ...) -> None: ...

class Summary(_message.Message):
    __slots__ = ("frames", "frames_without_face", "lost", "remarks", "clip_sha256", "rest")
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    FRAMES_WITHOUT_FACE_FIELD_NUMBER: _ClassVar[int]
    LOST_FIELD_NUMBER: _ClassVar[int]
    REMARKS_FIELD_NUMBER: _ClassVar[int]
    CLIP_SHA256_FIELD_NUMBER: _ClassVar[int]
    REST_FIELD_NUMBER: _ClassVar[int]
    frames: int
    frames_without_face: int
    lost: _containers.RepeatedCompositeFieldContainer[LostSpan]
    remarks: _containers.RepeatedScalarFieldContainer[str]
    clip_sha256: str
    rest: RestMoment
    def __init__(self, frames: _Optional[int] = ..., frames_without_face: _Optional[int] = ..., lost: _Optional[_Iterable[_Union[LostSpan, _Mapping]]] = ..., remarks: _Optional[_Iterable[str]] = ..., clip_sha256: _Optional[str] = ..., rest: _Optional[_Union[RestMoment, _Mapping]] = ...) -> None: ...

class RestMoment(_message.Message):
    __slots__ = ("seconds", "uncertainty")
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    UNCERTAINTY_FIELD_NUMBER: _ClassVar[int]
    seconds: float
    uncertainty: float
    def __init__(self, seconds: _Optional[float] = ..., uncertainty: _Optional[float] = ...) -> None: ...

class LostSpan(_message.Message):
    __slots__ = ("start_seconds", "end_seconds")
    START_SECONDS_FIELD_NUMBER: _ClassVar[int]
    END_SECONDS_FIELD_NUMBER: _ClassVar[int]
    start_seconds: float
    end_seconds: float
    def __init__(self, start_seconds: _Optional[float] = ..., end_seconds: _Optional[float] = ...) -> None: ...

class FindUploadRequest(_message.Message):
    __slots__ = ("sha256", "size")
    SHA256_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    sha256: str
    size: int
    def __init__(self, sha256: _Optional[str] = ..., size: _Optional[int] = ...) -> None: ...

class UploadChunk(_message.Message):
    __slots__ = ("sha256", "size", "offset", "data", "chunk_sha256", "name")
    SHA256_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    CHUNK_SHA256_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    sha256: str
    size: int
    offset: int
    data: bytes
    chunk_sha256: str
    name: str
    def __init__(self, sha256: _Optional[str] = ..., size: _Optional[int] = ..., offset: _Optional[int] = ..., data: _Optional[bytes] = ..., chunk_sha256: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class UploadState(_message.Message):
    __slots__ = ("received", "complete")
    RECEIVED_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_FIELD_NUMBER: _ClassVar[int]
    received: int
    complete: bool
    def __init__(self, received: _Optional[int] = ..., complete: bool = ...) -> None: ...

class LiveFrame(_message.Message):
    __slots__ = ("frame_id", "seconds", "jpeg", "raw", "mirrored_footage", "model_id", "smoothing")
    FRAME_ID_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    JPEG_FIELD_NUMBER: _ClassVar[int]
    RAW_FIELD_NUMBER: _ClassVar[int]
    MIRRORED_FOOTAGE_FIELD_NUMBER: _ClassVar[int]
    MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    SMOOTHING_FIELD_NUMBER: _ClassVar[int]
    frame_id: int
    seconds: float
    jpeg: bytes
    raw: RawPicture
    mirrored_footage: bool
    model_id: str
    smoothing: float
    def __init__(self, frame_id: _Optional[int] = ..., seconds: _Optional[float] = ..., jpeg: _Optional[bytes] = ..., raw: _Optional[_Union[RawPicture, _Mapping]] = ..., mirrored_footage: bool = ..., model_id: _Optional[str] = ..., smoothing: _Optional[float] = ...) -> None: ...

class RawPicture(_message.Message):
    __slots__ = ("width", "height", "rgb")
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    RGB_FIELD_NUMBER: _ClassVar[int]
    width: int
    height: int
    rgb: bytes
    def __init__(self, width: _Optional[int] = ..., height: _Optional[int] = ..., rgb: _Optional[bytes] = ...) -> None: ...

class LiveExpression(_message.Message):
    __slots__ = ("frame_id", "face_found", "values", "confidence", "observed", "head_location", "inference_ms", "spread")
    FRAME_ID_FIELD_NUMBER: _ClassVar[int]
    FACE_FOUND_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    OBSERVED_FIELD_NUMBER: _ClassVar[int]
    HEAD_LOCATION_FIELD_NUMBER: _ClassVar[int]
    INFERENCE_MS_FIELD_NUMBER: _ClassVar[int]
    SPREAD_FIELD_NUMBER: _ClassVar[int]
    frame_id: int
    face_found: bool
    values: _containers.RepeatedScalarFieldContainer[float]
    confidence: _containers.RepeatedScalarFieldContainer[float]
    observed: bytes
    head_location: _containers.RepeatedScalarFieldContainer[float]
    inference_ms: float
    spread: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, frame_id: _Optional[int] = ..., face_found: bool = ..., values: _Optional[_Iterable[float]] = ..., confidence: _Optional[_Iterable[float]] = ..., observed: _Optional[bytes] = ..., head_location: _Optional[_Iterable[float]] = ..., inference_ms: _Optional[float] = ..., spread: _Optional[_Iterable[float]] = ...) -> None: ...

class StillsRequest(_message.Message):
    __slots__ = ("clip", "start_seconds", "seconds", "crop", "mirrored_footage", "face", "longest_side", "around_face")
    CLIP_FIELD_NUMBER: _ClassVar[int]
    START_SECONDS_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    CROP_FIELD_NUMBER: _ClassVar[int]
    MIRRORED_FOOTAGE_FIELD_NUMBER: _ClassVar[int]
    FACE_FIELD_NUMBER: _ClassVar[int]
    LONGEST_SIDE_FIELD_NUMBER: _ClassVar[int]
    AROUND_FACE_FIELD_NUMBER: _ClassVar[int]
    clip: Clip
    start_seconds: float
    seconds: _containers.RepeatedScalarFieldContainer[float]
    crop: Crop
    mirrored_footage: bool
    face: FacePosition
    longest_side: int
    around_face: bool
    def __init__(self, clip: _Optional[_Union[Clip, _Mapping]] = ..., start_seconds: _Optional[float] = ..., seconds: _Optional[_Iterable[float]] = ..., crop: _Optional[_Union[Crop, _Mapping]] = ..., mirrored_footage: bool = ..., face: _Optional[_Union[FacePosition, _Mapping]] = ..., longest_side: _Optional[int] = ..., around_face: bool = ...) -> None: ...

class Still(_message.Message):
    __slots__ = ("seconds", "jpeg", "face_found")
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    JPEG_FIELD_NUMBER: _ClassVar[int]
    FACE_FOUND_FIELD_NUMBER: _ClassVar[int]
    seconds: float
    jpeg: bytes
    face_found: bool
    def __init__(self, seconds: _Optional[float] = ..., jpeg: _Optional[bytes] = ..., face_found: bool = ...) -> None: ...
