"""gRPC's errors as the add-on's: the one place where the two meet."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import unquote

import grpc
from grpc import StatusCode

from ..contract import convention
from .errors import (
    BackendAbsent,
    BackendBusy,
    BackendError,
    BackendFailed,
    Cancelled,
    ClipRefused,
    ConnectionLost,
    ContractMismatch,
    NoFaceFound,
    NothingToLearn,
    RequestRefused,
    TokenRefused,
)

REFUSALS: dict[str, type[RequestRefused]] = {
    "clip": ClipRefused,
    "clip_missing": ClipRefused,
    "clip_not_allowed": ClipRefused,
    "clip_unreadable": ClipRefused,
    "clip_too_long": ClipRefused,
    "no_face": NoFaceFound,
    "busy": BackendBusy,
    "nothing_to_learn": NothingToLearn,
}


@contextmanager
def translated(
    unwanted: Callable[[], bool], answered: Callable[[], bool], named: Callable[[str], str] = str
) -> Iterator[None]:
    """Inside, what gRPC raises becomes a BackendError.

    unwanted: whether the call was given up by us; answered: whether the backend had said anything yet;
    named: a text of the backend's with files named as they are here.
    """
    try:
        yield
    except grpc.RpcError as err:
        if unwanted():
            raise Cancelled("The work was cancelled.") from err
        raise backend_error(err, answered(), named) from err
    except ValueError as err:  # what grpc raises for a call on a closed channel
        if unwanted():
            raise Cancelled("The connection was closed.") from err
        raise


def refusal_code(err: grpc.RpcError) -> str:
    """A code of backend/errors.py; empty when it was not the backend that said no."""
    return _said(err).get(convention.ERROR_KEY, "")


def _said(err: grpc.RpcError) -> dict[str, str]:
    return {item.key: str(item.value) for item in err.trailing_metadata() or ()}


def backend_error(err: grpc.RpcError, answered: bool, named: Callable[[str], str]) -> BackendError:
    """The add-on's error for a failed call."""
    code, message = refusal_code(err), _sentence(named(err.details() or ""))
    advice = unquote(_said(err).get(convention.ADVICE_KEY, ""))
    if err.code() is StatusCode.UNAUTHENTICATED:
        return TokenRefused("The backend does not accept the token.", advice)
    if code:
        return REFUSALS.get(code, RequestRefused)(message, advice, code)
    return _wordless(err.code(), message, answered)


def _wordless(status: StatusCode, message: str, answered: bool) -> BackendError:
    """For a call that gRPC itself has ended."""
    if status in (StatusCode.UNAVAILABLE, StatusCode.CANCELLED) and answered:
        return ConnectionLost("The connection to the backend broke off.", "See whether it still runs.")
    if status in (StatusCode.UNAVAILABLE, StatusCode.DEADLINE_EXCEEDED, StatusCode.CANCELLED):
        return BackendAbsent(f"No backend answers: {message}", "Start it, or check address and port.")
    if status is StatusCode.UNIMPLEMENTED:
        return ContractMismatch("The backend does not know this call.", "Update the backend.")
    if status is StatusCode.RESOURCE_EXHAUSTED:
        return BackendBusy(message, "Wait a little and try again.", "busy")
    return BackendFailed(f"The backend failed: {message}", "Its log says more.")


def _sentence(text: str) -> str:
    """As the panel shows it: a full stop last and a capital first, unless a file's name is."""
    start = text[:1].upper() if text.partition(" ")[0].isalpha() else text[:1]
    return start + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
