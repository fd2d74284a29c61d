"""From an error with a code to a gRPC status: the one place where the two meet.

The code and the advice travel as trailing metadata, so that a client need not read messages.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn
from urllib.parse import quote

import grpc
from grpc import StatusCode

from protos.convention import ADVICE_KEY, ERROR_KEY

from ..errors import SuperFaceError

STATUS: dict[str, StatusCode] = {
    "clip": StatusCode.INVALID_ARGUMENT,
    "clip_missing": StatusCode.NOT_FOUND,
    "clip_not_allowed": StatusCode.PERMISSION_DENIED,
    "clip_unreadable": StatusCode.INVALID_ARGUMENT,
    "clip_too_long": StatusCode.INVALID_ARGUMENT,
    "no_face": StatusCode.FAILED_PRECONDITION,
    "request_invalid": StatusCode.INVALID_ARGUMENT,
    "model": StatusCode.FAILED_PRECONDITION,
    "model_unknown": StatusCode.NOT_FOUND,
    "model_missing": StatusCode.FAILED_PRECONDITION,
    "model_damaged": StatusCode.FAILED_PRECONDITION,
    "ratings": StatusCode.FAILED_PRECONDITION,
    "ratings_unreadable": StatusCode.FAILED_PRECONDITION,
    "ratings_unreachable": StatusCode.UNAVAILABLE,
    "training": StatusCode.INTERNAL,
    "nothing_to_learn": StatusCode.FAILED_PRECONDITION,
    "upload": StatusCode.ABORTED,
    "busy": StatusCode.RESOURCE_EXHAUSTED,
    "disk_full": StatusCode.RESOURCE_EXHAUSTED,
    "token_wrong": StatusCode.UNAUTHENTICATED,
}
LONGEST_TEXT = 1000  # characters; all trailing metadata must stay below 8 kB

log = logging.getLogger(__name__)


class TokenWrong(SuperFaceError):
    """A call without the token, or with another."""

    code = "token_wrong"


def refuse(context: grpc.ServicerContext, error: SuperFaceError) -> NoReturn:
    """End the call with the error's status, code, message and advice."""
    log.info("refused", extra={"code": error.code, "reason": error.message})
    context.set_trailing_metadata(
        ((ERROR_KEY, error.code), (ADVICE_KEY, quote(error.advice[:LONGEST_TEXT])[: 3 * LONGEST_TEXT]))
    )
    context.abort(STATUS.get(error.code, StatusCode.INTERNAL), error.message[:LONGEST_TEXT])
    raise AssertionError("abort returned")  # it never does; grpc's types do not say so


def refuse_token(context: grpc.ServicerContext) -> NoReturn:
    """What everybody without the right token gets."""
    refuse(
        context,
        TokenWrong("the token is missing or wrong", "Copy the token from the file the backend printed."),
    )


@contextmanager
def refusing(context: grpc.ServicerContext) -> Iterator[None]:
    """Inside, a SuperFaceError ends the call by `refuse`; anything else is a fault and ends it as UNKNOWN."""
    try:
        yield
    except SuperFaceError as error:
        refuse(context, error)
