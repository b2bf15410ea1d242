"""LiteRT, as its page "XNNPACK delegate" has it: the interpreter's default delegate, as many threads as cores."""
from ai_edge_litert.interpreter import Interpreter


class Engine:
    @staticmethod
    def path(net, folder):
        return folder / f"{net.name}.tflite"

    @staticmethod
    def convert(net, folder) -> None:
        from tflite_ops import write_tflite
        write_tflite(net, Engine.path(net, folder))

    def __init__(self, net, folder, precision, threads, setting):
        self.interpreter = Interpreter(str(self.path(net, folder)), num_threads=threads)
        self.interpreter.allocate_tensors()
        self.output_view = self.interpreter.tensor(self.interpreter.get_output_details()[0]["index"])

    def prepare(self, planes):
        index = self.interpreter.get_input_details()[0]["index"]
        self.interpreter.tensor(index)()[:] = planes.transpose(0, 2, 3, 1)

    def run(self, x):
        self.interpreter.invoke()

    def output(self, raw):
        return self.output_view()[0].transpose(2, 0, 1).copy()
