"""MediaPipe's own FaceLandmarker, run by an interpreter that has it: the other side of tracking.py.

Started as a script with the path of face_landmarker.task. Reads one JSON object a line,
{"frames": N × H × W × 3 .npy, "times": milliseconds, "scores": where to save N × 52 .npy},
and answers each with the seconds that detection took, frame by frame.
"""

import json
import sys
import time

import mediapipe as mp
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision


def main(task: str) -> None:
    for line in sys.stdin:
        order = json.loads(line)
        scores, seconds = run(task, np.load(order["frames"], mmap_mode="r"), order["times"])
        np.save(order["scores"], scores)
        print(json.dumps(seconds), flush=True)


def run(task: str, frames: np.ndarray, times: list[int]) -> tuple[np.ndarray, list[float]]:
    options = vision.FaceLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=task),
        running_mode=vision.RunningMode.VIDEO,
        num_faces=1,
        output_face_blendshapes=True,
    )
    scores = np.full((len(frames), 52), np.nan)
    seconds = []
    with vision.FaceLandmarker.create_from_options(options) as landmarker:
        for row, (frame, milliseconds) in enumerate(zip(frames, times, strict=True)):
            picture = np.ascontiguousarray(frame)
            start = time.perf_counter()
            found = landmarker.detect_for_video(mp.Image(mp.ImageFormat.SRGB, picture), milliseconds)
            seconds.append(time.perf_counter() - start)
            if found.face_blendshapes:
                scores[row] = [category.score for category in found.face_blendshapes[0]]
    return scores, seconds


if __name__ == "__main__":
    main(sys.argv[1])
