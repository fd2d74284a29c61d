"""Who may come in, and which files they may name.

The token is asked of every call but the health check (which tells nothing beyond "serving" and is what
supervisors ask without secrets).

Paths: a clip named by path must lie in an allowed folder after every link is resolved. Whoever holds the
token on this machine is the user who started the backend, so the default is that user's home; a clip
elsewhere simply travels as an upload.
"""

import hmac
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import grpc

from protos.convention import AUTHORIZATION_KEY, bearer, is_loopback

from ..errors import ClipMissing, ClipNotAllowed, ClipUnreadable, RequestInvalid, SuperFaceError

OPEN_TO_ALL = ("/grpc.health.v1.Health/",)


class AddressNotSafe(SuperFaceError):
    """Serving there would send the token in clear to another machine."""

    code = "address_not_safe"


def check_address(host: str, tls: bool) -> None:
    """Raises AddressNotSafe unless the host is loopback or TLS is on."""
    if not tls and not is_loopback(host):
        raise AddressNotSafe(
            f"{host!r} can be reached from other machines and TLS is off",
            "Give --tls-certificate and --tls-key, or serve on 127.0.0.1.",
        )


class TokenInterceptor(grpc.ServerInterceptor):  # type: ignore[type-arg]
    """Refuses every call without the right token before its handler is even looked up."""

    def __init__(self, token: str, refuse: Callable[[grpc.ServicerContext], None]) -> None:
        self._expected = bearer(token).encode()
        # a stream handler fits every kind of call and waits for no message before it answers
        self._refusal = grpc.stream_stream_rpc_method_handler(lambda _requests, context: refuse(context))

    def intercept_service(self, continuation: Callable[[Any], Any], call: grpc.HandlerCallDetails) -> Any:
        """Called by grpc for each call."""
        if call.method.startswith(OPEN_TO_ALL) or self._allowed(call.invocation_metadata):
            return continuation(call)
        return self._refusal

    def _allowed(self, metadata: Iterable[tuple[str, str | bytes]]) -> bool:
        given = [value for key, value in metadata if key == AUTHORIZATION_KEY]
        if len(given) != 1:
            return False
        value = given[0]
        return hmac.compare_digest(value if isinstance(value, bytes) else value.encode(), self._expected)


class AllowedFolders:
    """The folders clips may be read from by path; none: every clip must be uploaded."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = tuple(folder.expanduser().resolve() for folder in folders)

    def file(self, given: str) -> Path:
        """The real path of a clip, every link resolved.

        Raises RequestInvalid, ClipNotAllowed, ClipMissing, ClipUnreadable (a folder, pipe or device).
        """
        path = Path(given)
        if not given or "\0" in given or not path.is_absolute():
            raise RequestInvalid(f"{given[:300]!r} is not an absolute path")
        if path.drive.startswith("\\\\") and not self._holds(path):
            # only resolving such a path would already greet a foreign server with the user's name
            raise self._refusal(path)
        try:
            real = path.resolve()
            if not self._holds(real):
                raise self._refusal(path)
            mode = real.stat().st_mode
        except (FileNotFoundError, NotADirectoryError) as err:
            raise ClipMissing(f"there is no file {given[:300]!r}", "Check the path.") from err
        except (OSError, RuntimeError) as err:  # a loop of links is either, by Python's version
            raise ClipNotAllowed(f"{given[:300]!r} cannot be read: {err}", "Upload the clip.") from err
        if not stat.S_ISREG(mode):
            raise ClipUnreadable(f"{given[:300]!r} is not a file", "Name a video or picture file.")
        return real

    def _holds(self, path: Path) -> bool:
        return any(path.is_relative_to(folder) for folder in self._folders)

    def _refusal(self, path: Path) -> ClipNotAllowed:
        folders = ", ".join(map(str, self._folders)) or "no folder"
        return ClipNotAllowed(
            f"{str(path)[:300]!r} lies outside what the backend may read ({folders})",
            "Move the clip there, allow its folder in the backend's settings, or upload it.",
        )
