"""An artist who rates one take after another, in a process that may be killed at any moment.

    python -m tests.journeys.rating_artist FOLDER PORT RATINGS PAUSE

Begun anew, goes on where the last one was, and ends once all have been given and nothing waits any more.
FOLDER holds the outbox, the backend's home and how far the last one got. PAUSE: seconds between two ratings.
"""

import sys
import time
from pathlib import Path

from blender_addon import delivery
from blender_addon.backend_client.grpc_client import GrpcClient
from blender_addon.backend_client.outbox import Outbox
from blender_addon.backend_client.port import Address
from blender_addon.background import Background
from tests.core.rated import rating


def main() -> None:
    """Command line."""
    folder, port, ratings, pause = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    delivery.FIRST_PAUSE, delivery.LONGEST_PAUSE = 0.05, 0.2  # a test need not be patient
    client = GrpcClient(Address("127.0.0.1", port, (folder / "home" / "token").read_text()))
    background = Background()
    post = delivery.Delivery(background, Outbox(folder / "outbox"))
    given = folder / "given"
    print("rating", flush=True)
    for number in range(len(given.read_bytes()) if given.exists() else 0, ratings):
        post.keep(rating(number))
        with given.open("ab") as file:  # one byte a rating; killed before this, the same one is given again
            file.write(b".")
        _tick(post, background, client, pause)
    while post.outbox.waiting():
        _tick(post, background, client, 0.01)
    background.close()


def _tick(post: delivery.Delivery, background: Background, client: GrpcClient, pause: float) -> None:
    post.look(client)
    background.drain()
    time.sleep(pause)


if __name__ == "__main__":
    main()
