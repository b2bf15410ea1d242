"""OpenVINO, as its pages "High-level performance hints", "CPU device" and "Python API advanced" advise: the latency hint, the
inference precision said (on processors with bf16 instructions the default is bf16), input and output shared with numpy."""
import openvino
import openvino.properties as properties
import openvino.properties.hint as hint

from engines import OnnxFile


class Engine(OnnxFile):
    SPLIT_NORMS = True

    def __init__(self, net, folder, precision, threads, setting):
        core = openvino.Core()
        model = core.compile_model(core.read_model(self.path(net, folder)), "CPU", {
            hint.performance_mode: hint.PerformanceMode.LATENCY,
            hint.inference_precision: {"fp32": openvino.Type.f32, "bf16": openvino.Type.bf16}[precision],
            properties.inference_num_threads: threads})
        self.request = model.create_infer_request()

    def run(self, x):
        return self.request.infer([x], share_inputs=True, share_outputs=True)[0]
