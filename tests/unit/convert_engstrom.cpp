// transform_net's tensors, whatever they are called: by our names, by TensorFlow's numbers, by their order.
#include "runtime/error.h"
#include "tests/support.h"
#include "tests/table_writer.h"
#include "weights_tools/convert.h"

#include <map>
#include <numeric>

using namespace impasto;
using namespace impasto::test;
using Catch::Contains;

namespace {

// Two convolutions and a transposed one; all extents of a kernel differ.
Net small_net() {
  Net net = find_net("transform_net");
  net.weight_table = +[] {
    return std::vector<WeightSpec>{{"a.weight", {4, 3, 2, 5}},  {"a.scale", {4}},  {"a.shift", {4}},
                                   {"b.weight", {6, 4, 3, 2}},  {"b.scale", {6}},  {"b.shift", {6}},
                                   {"up.weight", {6, 7, 2, 3}}, {"up.scale", {7}}, {"up.shift", {7}}};
  };
  return net;
}

// A file whose tensor "NAME" holds a number of its own, everywhere.
class File {
 public:
  explicit File(Format format) {
    source_.format = format;
    source_.label = "file";
  }
  File& add(const std::string& name, const std::vector<std::int64_t>& shape, float value = 0) {
    const auto count = std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
    values_.push_back(std::vector<float>(static_cast<std::size_t>(count), value != 0 ? value : ++next_));
    source_.add(name, "F32", shape, std::as_bytes(std::span(values_.back())));
    return *this;
  }
  // Names for a kernel, a scale and a shift of each layer of the small net, added with the numbers 10, 11, 12, 20, ...
  File& add_layers(const std::vector<std::vector<std::string>>& names) {
    const std::vector<std::vector<std::int64_t>> kernels{{4, 3, 2, 5}, {6, 4, 3, 2}, {6, 7, 2, 3}};
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::int64_t channels = i == 2 ? 7 : kernels[i][0];
      next_ = 10.0F * static_cast<float>(i + 1) - 1;
      add(names[i][0], kernels[i]);
      for (const std::size_t part : {1U, 2U}) add(names[i][part], {channels});
    }
    return *this;
  }
  File& graph(const std::string& nodes) {
    graph_ = nodes;
    source_.graph = std::as_bytes(std::span(graph_));
    return *this;
  }

  // The number of each tensor of the small net in the order of its table, or why not.
  std::string result() const {
    try {
      std::string numbers;
      for (const NamedTensor& t : convert(source_, small_net(), DType::f32)) {
        const std::vector<float> values = to_floats({t.name, t.dtype, t.shape, t.data});
        CHECK(std::ranges::all_of(values, [&](float v) { return v == values.front(); }));
        numbers += fmt::format("{} ", values.front());
      }
      return numbers;
    } catch (const Error& error) {
      return error.what();
    }
  }

 private:
  Source source_;
  std::vector<std::vector<float>> values_ = [] {
    std::vector<std::vector<float>> none;
    none.reserve(64);  // tensors are views of them
    return none;
  }();
  std::string graph_;
  float next_ = 0;
};

const std::string kAll = "10 11 12 20 21 22 30 31 32 ";

std::string node(const std::string& op, const std::vector<std::string>& inputs, const std::string& output) {
  std::string message;
  for (const std::string& input : inputs) message += field(1, input);
  return field(1, message + field(2, output) + field(4, op));
}

// Convolution, norm in one operator, activation: of layers named by letters.
std::string layer(const std::string& op, const std::string& input, const std::string& name) {
  return node(op, {input, name + ".w"}, name + ".conv") +
         node("InstanceNormalization", {name + ".conv", name + ".g", name + ".b"}, name + ".norm") +
         node("Relu", {name + ".norm"}, name + ".out");
}
std::vector<std::string> letters(const std::string& name) {
  return {name + ".w", name + ".g", name + ".b"};
}

}  // namespace

TEST_CASE("convert: a state_dict of transform_net is taken by our names, behind any prefix, else by its order") {
  const auto with = [](const std::vector<std::vector<std::string>>& names) {
    return File(Format::pytorch).add_layers(names).result();
  };
  CHECK(with({{"a.weight", "a.scale", "a.shift"},
              {"b.weight", "b.scale", "b.shift"},
              {"up.weight", "up.scale", "up.shift"}}) == kAll);
  CHECK(with({{"m.a.weight", "m.a.scale", "m.a.shift"},
              {"m.b.weight", "m.b.scale", "m.b.shift"},
              {"m.up.weight", "m.up.scale", "m.up.shift"}}) == kAll);
  CHECK(with({{"0.conv.weight", "0.norm.weight", "0.norm.bias"},
              {"1.conv.weight", "1.norm.weight", "1.norm.bias"},
              {"2.conv.weight", "2.norm.weight", "2.norm.bias"}}) == kAll);
  CHECK(with({{"c1.w", "n1.gamma", "n1.beta"}, {"c2.w", "n2.gamma", "n2.beta"}, {"c3.w", "n3.gamma", "n3.beta"}}) ==
        kAll);

  // All norms first, biases of convolutions, a vector with extents of one, and what is no part of the net.
  File mixed(Format::pytorch);
  mixed.add("n0.weight", {4}, 11)
      .add("n0.bias", {4}, 12)
      .add("n1.scale", {1, 6, 1, 1}, 21)
      .add("n1.shift", {6, 1, 1}, 22);
  mixed.add("c0.weight", {4, 3, 2, 5}, 10)
      .add("c0.bias", {4}, 5)
      .add("c1.weight", {6, 4, 3, 2}, 20)
      .add("c1.bias", {6}, 5);
  mixed.add("c2.weight", {6, 7, 2, 3}, 30).add("n2.weight", {7}, 31).add("n2.bias", {7}, 32);
  mixed.add("optimizer.state.0.exp_avg", {4, 3, 2, 5});
  CHECK(mixed.result() == kAll);

  const std::vector<std::vector<std::string>> names{
      {"0.weight", "1.weight", "1.bias"}, {"2.weight", "3.weight", "3.bias"}, {"4.weight", "5.weight", "5.bias"}};
  const auto but = [&](const std::string& name, const std::vector<std::int64_t>& shape) {
    return File(Format::pytorch).add_layers(names).add(name, shape).result();
  };
  CHECK(but("more.running_mean", {4}) ==
        "file: more.running_mean is kept by a norm, but the norms of transform_net have only a scale and a shift");
  CHECK(but("more.mean", {1, 3, 1, 1}) ==
        "file: more.mean of shape 1x3x1x1 is neither a kernel nor the scale or shift of a norm");
  CHECK(but("more.weight", {4, 3}) ==
        "file: more.weight of shape 4x3 is neither a kernel nor the scale or shift of a norm");
  CHECK(but("more.weight", {4, 3, 3, 3}) == "file: more.weight is of convolution 4, but transform_net has 3");
  CHECK(but("more.weight", {4}) == "file: more.weight is of convolution 4, but transform_net has 3");
  CHECK(File(Format::pytorch).add_layers({names[0], names[1]}).result() ==
        "file: the kernel of convolution 3 (up.weight) is missing (expected shape 6x7x2x3)");
  CHECK(File(Format::pytorch).add_layers({names[0]}).add("2.weight", {3, 2, 2, 2}).result() ==
        "file: 2.weight (b.weight) has shape 3x2x2x2, expected 6x4x3x2");
}

TEST_CASE("convert: an ONNX graph of transform_net is taken by what it does") {
  const auto with = [](const std::string& nodes) {
    return File(Format::onnx).add_layers({letters("x"), letters("y"), letters("z")}).graph(nodes).result();
  };
  const std::string first = layer("Conv", "picture", "x");
  const std::string second = layer("Conv", "x.out", "y");
  const std::string third = layer("ConvTranspose", "y.out", "z");
  CHECK(with(first + second + third) == kAll);

  // The norm written out, in the ways that exporters and their users have; b, c, ... are results.
  const std::string conv = node("ConvTranspose", {"y.out", "z.w"}, "z.conv");
  const std::string mean = node("ReduceMean", {"z.conv"}, "mean") + node("Sub", {"z.conv", "mean"}, "d");
  CHECK(with(first + second + conv + mean + node("Mul", {"d", "d"}, "dd") + node("Add", {"v", "eps"}, "ve") +
             node("Mul", {"z.g", "d"}, "e") + node("Div", {"e", "s"}, "f") + node("Add", {"f", "z.b"}, "g")) == kAll);
  CHECK(with(first + second + conv + mean + node("Unsqueeze", {"z.g", "at"}, "g1") +
             node("Unsqueeze", {"g1", "at"}, "g2") + node("Mul", {"d", "g2"}, "e") +
             node("Reshape", {"z.b", "to"}, "b1") + node("Add", {"b1", "e"}, "f")) == kAll);
  CHECK(with(first + second + conv + mean + node("Mul", {"z.g", "r"}, "e") + node("Mul", {"z.conv", "e"}, "f") +
             node("Mul", {"mean", "e"}, "h") + node("Sub", {"z.b", "h"}, "i") + node("Add", {"f", "i"}, "j")) == kAll);

  // A bias before the norm, of the convolution itself or added to it; a norm of ones and zeros.
  const auto with_more = [&](const std::string& nodes) {
    File file(Format::onnx);
    file.add_layers({letters("x"), letters("y"), letters("z")});
    return file.add("bias", {7}).add("ones", {7}, 1).add("minus", {7}).graph(first + second + nodes).result();
  };
  const std::string norm = node("InstanceNormalization", {"z.biased", "z.g", "z.b"}, "out");
  CHECK(with_more(node("ConvTranspose", {"y.out", "z.w", "bias"}, "z.biased") + norm) == kAll);
  CHECK(with_more(conv + node("Add", {"z.conv", "bias"}, "z.biased") + norm) == kAll);
  CHECK(with_more(conv + node("InstanceNormalization", {"z.conv", "ones", "none"}, "n") +
                  node("Mul", {"n", "z.g"}, "e") + node("Add", {"e", "z.b"}, "f")) == kAll);

  CHECK(with_more(conv + node("Mul", {"z.conv", "bias"}, "z.biased") + norm) ==
        "file: bias of shape 7 has no place in the norm behind z.w");
  CHECK(with_more(conv + node("Add", {"z.conv", "bias"}, "z.biased") + norm + node("Mul", {"out", "minus"}, "p")) ==
        "file: minus of shape 7 has no place in the norm behind z.w");
  CHECK(with_more(conv + node("Sub", {"n", "minus"}, "p")) ==
        "file: minus of shape 7 has no place in the norm behind z.w");
  CHECK(with(first + second + conv) == "file: the scale of convolution 3 (up.scale) is missing (expected shape 7)");
  CHECK(with(first + second) == "file: the kernel of convolution 3 (up.weight) is missing (expected shape 6x7x2x3)");
  CHECK(with(second + first + third) == "file: y.w (a.weight) has shape 6x4x3x2, expected 4x3x2x5");
  CHECK(with(first + second + third + third) == "file: z.w is of convolution 4, but transform_net has 3");
  CHECK(with(first + "\x0A") == "file: is a damaged ONNX file");
}

TEST_CASE("convert: TensorFlow's variables of transform_net, numbered or by our names, with slots beside them") {
  const std::vector<std::int64_t> a{2, 5, 3, 4};
  const std::vector<std::int64_t> b{3, 2, 4, 6};
  const std::vector<std::int64_t> up{2, 3, 7, 6};
  for (const std::string prefix : {"", "style/"}) {
    for (const std::string suffix : {"", "/.ATTRIBUTES/VARIABLE_VALUE"}) {
      INFO(prefix << suffix);
      File numbered(Format::tensorflow);
      const auto add = [&](const std::string& name, const std::vector<std::int64_t>& shape, float value) {
        numbered.add(prefix + name + suffix, shape, value);
        numbered.add(prefix + name + "/Adam" + suffix, shape, 99);
      };
      add("Variable", a, 10), add("Variable_1", {4}, 12), add("Variable_2", {4}, 11);
      add("Variable_3", b, 20), add("Variable_4", {6}, 22), add("Variable_5", {6}, 21);
      add("Variable_6", up, 30), add("Variable_7", {7}, 32), add("Variable_8", {7}, 31);
      CHECK(numbered.add("beta1_power", {}).result() == kAll);
    }
  }
  for (const std::string dot : {".", "/"}) {
    File ours(Format::tensorflow);
    ours.add("a" + dot + "weight", a, 10).add("a" + dot + "scale", {4}, 11).add("a" + dot + "shift", {1, 1, 1, 4}, 12);
    ours.add("b" + dot + "weight", b, 20).add("b" + dot + "scale", {6}, 21).add("b" + dot + "shift", {6}, 22);
    ours.add("up" + dot + "weight", up, 30).add("up" + dot + "scale", {7}, 31).add("up" + dot + "shift", {7}, 32);
    CHECK(ours.result() == kAll);
  }
  CHECK(File(Format::tensorflow).add("Variable", {2, 5, 3, 5}).result() ==
        "file: Variable (a.weight) has shape 2x5x3x5, expected 2x5x3x4");
  CHECK_THAT(
      File(Format::tflite).result(),
      Contains(
          "transform_net is converted from TensorFlow, PyTorch, ONNX, deeplearn.js or safetensors, not from TFLite"));
}
