"""What the wire costs a live frame: everything between camera and coefficients but the networks.

A real backend in another process reads a portrait of 640×480 sent as JPEG, one frame at a time; from each
round trip the time it spent in tracker and predictor, which it states itself, is taken off. What is left:
building, sending, decoding the JPEG, smoothing, sending back, reading.
"""

import io
import time
from collections.abc import Iterator
from queue import SimpleQueue
from statistics import median

from PIL import Image
from skimage import data as sample_images

from blender_addon.backend_client.grpc_client import GrpcClient
from blender_addon.backend_client.port import LiveFrame

from .measurement import Options, Result, of_rounds, pinned
from .served import served

SIZE = (640, 480)
GOAL_MS = 2.0
WARM_UP = 10  # frames of the first round that are not counted: networks load, the face is found


def grpc_overhead_ms(options: Options) -> Result:
    """Milliseconds a frame, median of each round."""
    rounds, frames = (3, 60) if options.quick else (7, 200)
    with pinned() as cores, served() as (client, _):
        medians = [median(_overheads(client, frames)) for _ in range(rounds)]
    value, spread = of_rounds(medians)
    return Result(
        "grpc_overhead_ms", value, "ms", spread, f"< {GOAL_MS:g}", value < GOAL_MS,
        {"rounds": medians, "frames_a_round": frames, "jpeg_bytes": len(_jpeg()), "cores": cores},
    )  # fmt: skip


def _overheads(client: GrpcClient, count: int) -> Iterator[float]:
    """Milliseconds of each round trip less those in the networks; the next frame waits for the answer."""
    waiting: SimpleQueue[LiveFrame | None] = SimpleQueue()
    answers = client.predict(iter(waiting.get, None), smoothing=0.5)
    jpeg = _jpeg()
    for number in range(WARM_UP + count):
        start = time.perf_counter()
        waiting.put(LiveFrame(number, number / 30, jpeg))
        answer = next(answers)
        trip = (time.perf_counter() - start) * 1000
        if number >= WARM_UP:
            yield trip - answer.inference_ms
    waiting.put(None)


def _jpeg() -> bytes:
    """A public-domain portrait, 4:2:0 and quality 85 as cameras send it."""
    portrait = Image.fromarray(sample_images.astronaut()).resize((SIZE[0], SIZE[0])).crop((0, 0, *SIZE))
    file = io.BytesIO()
    portrait.save(file, "JPEG", quality=85)
    return file.getvalue()
