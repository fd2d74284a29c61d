from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetInfoRequest(_message.Message):
    __slots__ = ("client_version", "contract_fingerprint")
    CLIENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    client_version: str
    contract_fingerprint: str
    def __init__(self, client_version: _Optional[str] = ..., contract_fingerprint: _Optional[str] = ...) -> None: ...

class BackendInfo(_message.Message):
    __slots__ = ("version", "contract_fingerprint", "channels", "active_model", "models", "device", "missing", "max_upload_bytes", "max_clip_seconds", "max_jobs", "running_jobs")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_MODEL_FIELD_NUMBER: _ClassVar[int]
    MODELS_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    MAX_UPLOAD_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_CLIP_SECONDS_FIELD_NUMBER: _ClassVar[int]
    MAX_JOBS_FIELD_NUMBER: _ClassVar[int]
    RUNNING_JOBS_FIELD_NUMBER: _ClassVar[int]
    version: str
    contract_fingerprint: str
    channels: _containers.RepeatedScalarFieldContainer[str]
    active_model: str
    models: _containers.RepeatedCompositeFieldContainer[Model]
    device: str
    missing: _containers.RepeatedCompositeFieldContainer[Missing]
    max_upload_bytes: int
    max_clip_seconds: float
    max_jobs: int
    running_jobs: int
    def __init__(self, version: _Optional[str] = ..., contract_fingerprint: _Optional[str] = ..., channels: _Optional[_Iterable[str]] = ..., active_model: _Optional[str] = ..., models: _Optional[_Iterable[_Union[Model, _Mapping]]] = ..., device: _Optional[str] = ..., missing: _Optional[_Iterable[_Union[Missing, _Mapping]]] = ..., max_upload_bytes: _Optional[int] = ..., max_clip_seconds: _Optional[float] = ..., max_jobs: _Optional[int] = ..., running_jobs: _Optional[int] = ...) -> None: ...

class Model(_message.Message):
    __slots__ = ("id", "title", "licence", "unobserved", "unreliable")
    ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    UNOBSERVED_FIELD_NUMBER: _ClassVar[int]
    UNRELIABLE_FIELD_NUMBER: _ClassVar[int]
    id: str
    title: str
    licence: str
    unobserved: _containers.RepeatedScalarFieldContainer[str]
    unreliable: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, id: _Optional[str] = ..., title: _Optional[str] = ..., licence: _Optional[str] = ..., unobserved: _Optional[_Iterable[str]] = ..., unreliable: _Optional[_Iterable[str]] = ...) -> None: ...

class Missing(_message.Message):
    __slots__ = ("what", "advice")
    WHAT_FIELD_NUMBER: _ClassVar[int]
    ADVICE_FIELD_NUMBER: _ClassVar[int]
    what: str
    advice: str
    def __init__(self, what: _Optional[str] = ..., advice: _Optional[str] = ...) -> None: ...
