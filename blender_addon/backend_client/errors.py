"""Everything that can go wrong between the add-on and a backend. The message is shown as it is.

BackendError
├── LibrariesUnusable      grpc or protobuf cannot be loaded, mostly another extension's copy
├── AddressRefused         the token would travel in clear, or the address makes no sense
├── BackendAbsent          nobody answers at the address
├── TokenRefused           a wrong token, or none
├── ContractMismatch       one side is older than the other
├── RequestRefused         the backend said no: code and advice come from it
│   ├── ClipRefused            the footage: missing, not allowed, unreadable, too long
│   ├── NoFaceFound            no face in the whole range
│   ├── BackendBusy            too much work at once; later may do
│   └── NothingToLearn         too few answers, or they say nothing
├── BackendFailed          a fault of the backend's own, its log says more
├── ConnectionLost         it answered and then was gone
└── Cancelled              the artist's wish
"""


class BackendError(Exception):
    """message: what happened. advice: what to do about it, one sentence or nothing."""

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(f"{message} {advice}".strip())
        self.message = message
        self.advice = advice


class LibrariesUnusable(BackendError):
    """Library grpc or protobuf cannot be loaded."""


class AddressRefused(BackendError):
    """The address makes no sense, or the token would travel in clear."""


class BackendAbsent(BackendError):
    """Nobody answers at the address."""


class TokenRefused(BackendError):
    """A wrong token, or none."""


class ContractMismatch(BackendError):
    """One side is older than the other."""


class RequestRefused(BackendError):
    """The backend said no. code: one of backend/errors.py."""

    def __init__(self, message: str, advice: str = "", code: str = "") -> None:
        super().__init__(message, advice)
        self.code = code


class ClipRefused(RequestRefused):
    """The footage."""


class NoFaceFound(RequestRefused):
    """No face in the whole range."""


class BackendBusy(RequestRefused):
    """Too much work at once."""


class NothingToLearn(RequestRefused):
    """Too few answers, or they say nothing."""


class BackendFailed(BackendError):
    """A fault of the backend's own."""


class ConnectionLost(BackendError):
    """It answered and then was gone."""


class Cancelled(BackendError):
    """The artist's wish."""
