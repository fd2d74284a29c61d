"""Sends the outbox's ratings whenever a backend is there, by itself and without holding anything up.

Main thread only. The sending is a job of background.py; after an attempt that failed no worker waits for the
next one, only the clock is looked at.
"""

import time
from collections.abc import Callable

from .backend_client.outbox import LeftBehind, Outbox, Sent
from .backend_client.port import BackendClient
from .background import Background
from .contract import ratings
from .states import Notice, notice_of

SEND = "send ratings"
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 60.0  # seconds after a failed attempt; each is twice the last


class Delivery:
    """notice: what the artist should know, such as that ratings wait; None when all is well."""

    def __init__(
        self, background: Background, outbox: Outbox, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.outbox = outbox
        self.notice: Notice | None = None
        self._background = background
        self._clock = clock
        self._something_waits = True  # what an earlier session left, as far as anybody knows
        self._client: BackendClient | None = None
        self._pause = self._not_before = 0.0

    def keep(self, fact: ratings.Fact) -> None:
        """On disk when this returns; it is sent soon. Raises OSError."""
        self.outbox.keep(fact)
        self._something_waits = True

    def look(self, client: BackendClient | None) -> None:
        """Send, where something waits, a backend is there and it is time; asked on every tick."""
        if client is not self._client:
            self._client, self._pause, self._not_before = client, 0.0, 0.0
        if client is None or not self._something_waits or self._background.running(SEND):
            return
        if self._clock() >= self._not_before:
            self._something_waits = False  # until another is kept, or this fails
            if self._pause:
                self.notice = None  # it said why the last attempt failed
            self._background.start(SEND, self.outbox.sending(client), self._heard, self._ended)

    def _heard(self, event: Sent | LeftBehind) -> None:
        if isinstance(event, LeftBehind):
            text = f"A rating was not sent: {event.reason}."
            self.notice = Notice(text, f"It lies in {event.path}.", "WARNING")

    def _ended(self, error: BaseException | None) -> None:
        if error is None:
            self._pause = 0.0
            return
        self._something_waits = True
        self._pause = min(max(FIRST_PAUSE, 2 * self._pause), LONGEST_PAUSE)
        self._not_before = self._clock() + self._pause
        said = notice_of(error)
        self.notice = Notice(f"Unsent ratings: {self.outbox.waiting()}. {said.text}", said.advice, "WARNING")
