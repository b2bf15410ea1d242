"""ONNX Runtime, as its pages "Thread management", "Graph optimizations" and "I/O binding" advise: one pool with as many
threads as cores, every optimisation (the default), and input and output bound once instead of allocated each time."""
import numpy as np
import onnxruntime

from engines import OnnxFile


class Engine(OnnxFile):
    def __init__(self, net, folder, precision, threads, setting):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        self.session = onnxruntime.InferenceSession(str(self.path(net, folder)), options, providers=["CPUExecutionProvider"])
        output = self.session.get_outputs()[0]
        self.binding = self.session.io_binding()
        self.bound = onnxruntime.OrtValue.ortvalue_from_shape_and_type(output.shape, np.float32)
        self.binding.bind_ortvalue_output(output.name, self.bound)

    def prepare(self, planes):
        self.binding.bind_ortvalue_input("picture", onnxruntime.OrtValue.ortvalue_from_numpy(planes))
        return planes

    def run(self, x):
        self.session.run_with_iobinding(self.binding)
        return self.bound.numpy()
