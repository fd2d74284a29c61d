"""A retarget as it arrives: every chunk lies on disk before anyone is told of it.

Runs in the worker thread, so that no write and no wait holds Blender up.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from .backend_client.port import (
    BackendClient,
    ClipFacts,
    ClipFile,
    CurveChunk,
    Progress,
    RetargetRequest,
    Summary,
    UploadProgress,
)
from .background import Cancel, Work
from .takes import TakeFacts, TakeFolder


@dataclass(frozen=True)
class TakeBegun:
    """The first sign of life: there is a take now, still empty."""

    take: TakeFacts
    clip: ClipFacts


@dataclass(frozen=True)
class TakeGrew:
    """So many frames lie safely."""

    frames: int


@dataclass(frozen=True)
class TakeDone:
    """All frames have arrived."""

    take: TakeFacts
    summary: Summary


RecordingEvent = TakeBegun | TakeGrew | TakeDone | Progress | UploadProgress


def recorded(client: BackendClient, request: RetargetRequest, takes: TakeFolder) -> Work:
    """Work for background.py: retarget, and keep what comes. Raises BackendError and OSError; whatever was
    received until then is a take that can be mapped.
    """

    def work(cancel: Cancel) -> Iterator[RecordingEvent]:
        take: TakeFacts | None = None
        for event in client.retarget(request, cancel):
            match event:
                case ClipFacts():
                    take = _begin(takes, request, event)
                    yield TakeBegun(take, event)
                case CurveChunk() if take is not None and len(event.curves):
                    takes.append(take.id, event.curves)
                    yield TakeGrew(event.first_frame + len(event.curves))
                case Summary() if take is not None:
                    rest = None if event.rest is None else event.rest.seconds
                    done = takes.finish(take, remarks=event.remarks, rest=rest, sha256=event.clip_sha256)
                    yield TakeDone(done, event)
                case Progress() | UploadProgress():
                    yield event

    return work


def clip_name(request: RetargetRequest) -> tuple[str, str]:
    """(name for people, path) of what a request is about."""
    path = request.clip.path if isinstance(request.clip, ClipFile) else request.clip.paths[0]
    return path.stem, str(path)


def _begin(takes: TakeFolder, request: RetargetRequest, clip: ClipFacts) -> TakeFacts:
    name, path = clip_name(request)
    return takes.begin(
        name, path, clip.rate, start=request.start_seconds, model=clip.model_id, expected=clip.frames
    )
