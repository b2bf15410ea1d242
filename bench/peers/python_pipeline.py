#!/usr/bin/env python3
"""The job of stylize as one would write it in Python: ffmpeg decodes and encodes, ONNX Runtime runs the matte net and the style
net, OpenCV composes. What whole_job.py measures stylize against.

    python_pipeline.py models FOLDER WxH            writes the two ONNX files
    python_pipeline.py run FOLDER CLIP OUT THREADS SPIN

Reading, the nets, and composing with writing have a thread each, with short queues between them; numpy, OpenCV and ONNX Runtime
work without Python's lock. Frames go through pipes as raw RGB. Inputs and outputs of the nets are bound to memory once. The sound
is copied; the encoder has stylize's preset and quality. SPIN is ONNX Runtime's session.intra_op.allow_spinning: 1, its default, or 0, so
that threads that wait leave the cores to the other net, the encoder and OpenCV.
"""
import pathlib
import queue
import subprocess
import sys
import threading

PRESET, CRF = "veryfast", "18"


def write_models(folder: pathlib.Path, size: str) -> None:
    from nets import make_net
    from onnx_ops import write_onnx
    width, height = map(int, size.split("x"))
    write_onnx(make_net("multistyle", folder, (width, height)), folder / "style.onnx", split_norms=False)
    write_onnx(make_net("selfie", folder), folder / "matte.onnx", split_norms=False)


class OnnxNet:
    def __init__(self, path: pathlib.Path, threads: int, spin: str):
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.add_session_config_entry("session.intra_op.allow_spinning", spin)
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.binding = self.session.io_binding()

    def __call__(self, planes):
        """[1,3,H,W] -> [C,h,w]"""
        self.binding.bind_cpu_input("picture", planes)
        self.binding.bind_output(self.session.get_outputs()[0].name)
        self.session.run_with_iobinding(self.binding)
        return self.binding.get_outputs()[0].numpy()[0]


def probe(clip: str) -> tuple[int, int, str]:
    found = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height,r_frame_rate",
                            "-of", "csv=p=0", clip], check=True, capture_output=True, text=True).stdout.split()[0].split(",")
    return int(found[0]), int(found[1]), found[2]


def run(folder: pathlib.Path, clip: str, out: str, threads: int, spin: str) -> None:
    width, height, rate = probe(clip)
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24"]
    decoder = subprocess.Popen(["ffmpeg", "-v", "error", "-i", clip, "-an", *raw, "-"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    encoder = subprocess.Popen(["ffmpeg", "-v", "error", "-y", *raw, "-s", f"{width}x{height}", "-r", rate, "-i", "-", "-i", clip,
                                "-map", "0:v", "-map", "1:a?", "-c:a", "copy", "-c:v", "libx264", "-preset", PRESET, "-crf", CRF,
                                "-pix_fmt", "yuv420p", out], stdin=subprocess.PIPE)
    import cv2
    import numpy as np
    cv2.setNumThreads(1)  # of each of the three threads
    style, matte = (OnnxNet(folder / name, threads, spin) for name in ("style.onnx", "matte.onnx"))
    frames, painted = queue.Queue(4), queue.Queue(4)

    def read() -> None:
        while True:
            frame = np.empty((height, width, 3), np.uint8)
            if decoder.stdout.readinto(frame.data.cast("B")) < frame.nbytes:
                break
            frames.put(frame)
        frames.put(None)

    def compose() -> None:
        while (item := painted.get()) is not None:
            frame, mask, picture = item
            alpha = cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR)
            over = cv2.merge([cv2.convertScaleAbs(plane, alpha=255) for plane in picture[:, :height, :width]])
            encoder.stdin.write(cv2.blendLinear(over, frame, alpha, 1 - alpha))
        encoder.stdin.close()

    workers = [threading.Thread(target=work) for work in (read, compose)]
    for worker in workers:
        worker.start()
    while (frame := frames.get()) is not None:
        mask = matte(cv2.dnn.blobFromImage(frame, 1 / 255, (256, 256)))[0]
        picture = style(cv2.dnn.blobFromImage(frame, 1 / 255))
        painted.put((frame, mask, picture))
    painted.put(None)
    for worker in workers:
        worker.join()
    if decoder.wait() or encoder.wait():
        sys.exit("python_pipeline.py: ffmpeg failed")


if __name__ == "__main__":
    if sys.argv[1] == "models":
        write_models(pathlib.Path(sys.argv[2]), sys.argv[3])
    else:
        run(pathlib.Path(sys.argv[2]), sys.argv[3], sys.argv[4], int(sys.argv[5]), sys.argv[6])
