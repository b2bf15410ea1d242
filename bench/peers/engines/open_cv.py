"""OpenCV's DNN module, with either of its two graph engines; its Winograd convolutions are on, as they are by default."""
import cv2

from engines import OnnxFile

GRAPH_ENGINES = {"classic": cv2.dnn.ENGINE_CLASSIC, "new": cv2.dnn.ENGINE_NEW}


class Engine(OnnxFile):
    def __init__(self, net, folder, precision, threads, setting):
        cv2.setNumThreads(threads)
        self.net = cv2.dnn.readNetFromONNX(str(self.path(net, folder)), engine=GRAPH_ENGINES[setting])

    def run(self, x):
        self.net.setInput(x)
        return self.net.forward()
