// fuse(): which nodes become one, which stay, and that ids of inputs and outputs keep their meaning.
#include "runtime/fuse.h"

#include "runtime/arena.h"
#include "tests/support.h"

#include <string>
#include <vector>

using namespace impasto;

namespace {

// Fuses every convolution, or none of those whose name is `not_this`; with what normalises their input if `normalises`.
class FusingBackend : public Backend {
 public:
  explicit FusingBackend(std::string not_this = {}, bool normalises = false)
      : not_this_(std::move(not_this)), normalises_(normalises) {}
  [[nodiscard]] bool fuses(const Graph& /*graph*/, const Node& node) const override {
    const auto* conv = std::get_if<Conv2d>(&node.op);
    return node.name != not_this_ && (normalises_ || conv == nullptr || !conv->joined.first);
  }
  [[nodiscard]] int moments_part(const Graph& /*graph*/, const Node& /*node*/) const override { return 64; }

  [[nodiscard]] std::string_view name() const noexcept override { return "fusing"; }
  [[nodiscard]] std::string device_name() const override { return "test"; }
  [[nodiscard]] bool supports(Precision /*precision*/) const noexcept override { return true; }
  [[nodiscard]] std::unique_ptr<Memory> allocate(std::size_t /*bytes*/) override { return nullptr; }
  [[nodiscard]] Prepared prepare(const Graph& /*graph*/) override { return {}; }
  void fill(std::byte* /*device*/, std::byte /*value*/, std::size_t /*bytes*/) override {}
  [[nodiscard]] bool host_accessible() const noexcept override { return true; }

 private:
  std::string not_this_;
  bool normalises_;
};

// input -> a -> norm (relu) -> [x 2] -> b -> norm + input or nothing -> output. Weights are all ones.
struct Net {
  std::vector<float> ones = std::vector<float>(std::size_t{8} * 8 * 9, 1);
  Graph graph;
  TensorId in = kAbsent, mid = kAbsent, out = kAbsent;

  explicit Net(int enlarge) {
    const auto view = [&](std::vector<std::int64_t> shape) {
      std::size_t count = 1;
      for (const std::int64_t n : shape) count *= static_cast<std::size_t>(n);
      return WeightView{"ones", DType::f32, std::move(shape), std::as_bytes(std::span(ones).first(count))};
    };
    const Conv2d conv{.k = 8, .r = 3, .s = 3, .pad_top = 1, .pad_left = 1, .pad_bottom = 1, .pad_right = 1};
    graph.scope("net/", Precision::fp16);
    in = graph.input("in", {1, 6, 20, 8}, graph.act());
    TensorId x = graph.conv2d("a", in, conv, view({8, 8, 3, 3}));
    x = mid = graph.instance_norm("a.norm", x, {.activation = Activation::relu}, view({8}), view({8}));
    if (enlarge > 1) x = graph.append("up", Resize{Resize::Mode::nearest, 6 * enlarge, 20 * enlarge}, {x});
    x = graph.conv2d("b", x, conv, view({8, 8, 3, 3}));
    out = graph.instance_norm("b.norm", x, {}, view({8}), view({8}), enlarge > 1 ? kAbsent : in);
    graph.output(out);
  }
};

std::vector<std::string> names(const Graph& graph) {
  std::vector<std::string> names;
  for (const Node& node : graph.nodes()) names.push_back(node.name + " " + std::string(op_name(node.op)));
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("fuse: a convolution measures its output for the norm behind it") {
  const Net net(1);
  const Graph fused = fuse(net.graph, FusingBackend());
  CHECK(names(fused) == Names{"net/a conv2d", "net/a.norm.merge merge_moments", "net/a.norm normalise", "net/b conv2d",
                              "net/b.norm.merge merge_moments", "net/b.norm normalise"});
  const Node& a = fused.nodes()[0];
  const Node& b = fused.nodes()[3];
  CHECK(std::get<Conv2d>(a.op).joined.moments_part == 64);
  CHECK(std::get<Conv2d>(b.op).joined.moments_part == 64);
  CHECK(b.inputs == std::vector<TensorId>{net.mid, kAbsent});
  // 120 pixels are two parts of 64; terms are three a channel.
  CHECK(fused.tensor(a.outputs[1]).shape == Shape{1, 2, 8, 2});
  CHECK(fused.tensor(fused.nodes()[1].outputs[0]).shape == Shape{1, 1, 8, 3});
  CHECK(fused.nodes()[5].inputs == std::vector<TensorId>{b.outputs[0], fused.nodes()[4].outputs[0], net.in});
  CHECK(fused.nodes()[5].outputs == std::vector<TensorId>{net.out});
  CHECK(fused.is_input(net.in));
  CHECK(fused.is_output(net.out));
}

TEST_CASE("fuse: nearest enlargement by two goes into the convolution, by three it stays") {
  const Graph fused = fuse(Net(2).graph, FusingBackend());
  CHECK(names(fused) == Names{"net/a conv2d", "net/a.norm.merge merge_moments", "net/a.norm normalise", "net/b conv2d",
                              "net/b.norm.merge merge_moments", "net/b.norm normalise"});
  CHECK(std::get<Conv2d>(fused.nodes()[3].op).upsample == 2);
  CHECK(fused.tensor(fused.nodes()[3].outputs[0]).shape == Shape{1, 12, 40, 8});
  CHECK(names(fuse(Net(3).graph, FusingBackend()))[3] == "net/up resize");

  // What is gone takes no memory.
  std::vector<std::size_t> bytes;
  for (TensorId id = 0; id < fused.tensor_count(); ++id) bytes.push_back(fused.tensor(id).bytes());
  const Net plain(2);
  std::vector<std::size_t> all;
  for (TensorId id = 0; id < plain.graph.tensor_count(); ++id) all.push_back(plain.graph.tensor(id).bytes());
  CHECK(plan_arena(fused, {.tensor_bytes = bytes}).bytes <=
        plan_arena(plain.graph, {.tensor_bytes = all}).bytes + 4096);
}

TEST_CASE("fuse: the second half of a norm goes into the convolution behind it") {
  const Graph fused = fuse(Net(2).graph, FusingBackend({}, true));
  CHECK(names(fused) == Names{"net/a conv2d", "net/a.norm.merge merge_moments", "net/b conv2d",
                              "net/b.norm.merge merge_moments", "net/b.norm normalise"});
  const Node& a = fused.nodes()[0];
  const Node& b = fused.nodes()[2];
  const Conv2d& op = std::get<Conv2d>(b.op);
  REQUIRE(op.joined.first);
  CHECK(op.joined.first->activation == Activation::relu);
  CHECK(op.upsample == 2);
  CHECK(b.inputs == std::vector<TensorId>{a.outputs[0], kAbsent, fused.nodes()[1].outputs[0]});

  // Not where others read the norm's result.
  Net net(1);
  net.graph.output(net.mid);
  CHECK(names(fuse(net.graph, FusingBackend({}, true)))[2] == "net/a.norm normalise");
}

TEST_CASE("fuse: a transposed convolution measures and normalises, too") {
  Net net(1);
  const WeightView weight{"ones", DType::f32, {8, 8, 1, 1}, std::as_bytes(std::span(net.ones).first(64))};
  const WeightView eight{"ones", DType::f32, {8}, std::as_bytes(std::span(net.ones).first(8))};
  TensorId x = net.graph.instance_norm("c.norm", net.graph.conv2d("c", net.in, {.k = 8}, weight), {}, eight, eight);
  x = net.graph.deconv2d("d", x, {.k = 8, .out_h = 6, .out_w = 20}, weight);
  net.graph.output(net.graph.instance_norm("d.norm", x, {}, eight, eight));
  const Graph fused = fuse(net.graph, FusingBackend({}, true));
  const Node& d = *(fused.nodes().end() - 3);
  REQUIRE(d.name == "net/d");
  const Joined& joined = std::get<Deconv2d>(d.op).joined;
  CHECK(joined.first);
  CHECK(joined.moments_part == 64);
  CHECK(d.inputs.size() == 2);
  CHECK(fused.tensor(d.outputs.at(1)).shape == Shape{1, 2, 8, 2});
}

TEST_CASE("fuse: a node that reads or writes a state stays where it is") {
  const auto fused = [](bool state) {
    Net net(1);
    const TensorInfo in = net.graph.tensor(net.in);
    const WeightView weight{"ones", DType::f32, {8, 8, 1, 1}, std::as_bytes(std::span(net.ones).first(64))};
    const TensorId x = state ? net.graph.state("before", in.shape, in.dtype) : net.in;
    const TensorId up = net.graph.append("up", Resize{Resize::Mode::nearest, 12, 40}, {x});
    net.graph.output(net.graph.conv2d("c", up, {.k = 8}, weight));
    return fuse(net.graph, FusingBackend());
  };
  CHECK(names(fused(false)).back() == "net/c conv2d");
  CHECK(names(fused(false)).size() + 1 == names(fused(true)).size());
  CHECK(*(names(fused(true)).end() - 2) == "net/up resize");
}

TEST_CASE("fuse: a convolution of a state measures its output where it stands") {
  Net net(1);
  const TensorInfo in = net.graph.tensor(net.in);
  const WeightView weight{"ones", DType::f32, {8, 8, 1, 1}, std::as_bytes(std::span(net.ones).first(64))};
  const WeightView eight{"ones", DType::f32, {8}, std::as_bytes(std::span(net.ones).first(8))};
  const TensorId x = net.graph.conv2d("c", net.graph.state("before", in.shape, in.dtype), {.k = 8}, weight);
  net.graph.output(net.graph.instance_norm("c.norm", x, {}, eight, eight));
  const Names after = names(fuse(net.graph, FusingBackend()));
  CHECK(Names(after.end() - 3, after.end()) ==
        Names{"net/c conv2d", "net/c.norm.merge merge_moments", "net/c.norm normalise"});
}

TEST_CASE("fuse: a norm that remembers does so in two nodes too") {
  Net net(1);
  const TensorId moment = net.graph.input("moment", kMomentShape, DType::f32, true);
  const WeightView weight{"ones", DType::f32, {8, 8, 1, 1}, std::as_bytes(std::span(net.ones).first(64))};
  const WeightView eight{"ones", DType::f32, {8}, std::as_bytes(std::span(net.ones).first(8))};
  net.graph.remember_norms(moment, 0.5F);
  const TensorId x = net.graph.conv2d("c", net.in, {.k = 8}, weight);
  net.graph.output(net.graph.instance_norm("c.norm", x, {}, eight, eight));
  const Node norm = net.graph.nodes().back();
  REQUIRE(norm.inputs.size() == 5);
  CHECK(net.graph.is_state(norm.inputs[3]));
  CHECK(norm.outputs.at(1) == norm.inputs[3]);
  const Graph graph = fuse(net.graph, FusingBackend());
  const Node& merge = *(graph.nodes().end() - 2);
  REQUIRE(names(graph).back() == "net/c.norm normalise");
  CHECK(std::get<MergeMoments>(merge.op).memory == 0.5F);
  CHECK(std::vector<TensorId>(merge.inputs.end() - 2, merge.inputs.end()) ==
        std::vector<TensorId>{norm.inputs[3], moment});
  CHECK(merge.outputs.at(1) == norm.inputs[3]);
  CHECK(graph.nodes().back().outputs == std::vector<TensorId>{norm.outputs[0]});
}

TEST_CASE("fuse: what others read, or the backend refuses, stays") {
  const auto between = [](const Graph& graph) { return names(fuse(graph, FusingBackend()))[1]; };
  Net net(1);
  CHECK(between(net.graph) == "net/a.norm.merge merge_moments");
  net.graph.output(net.graph.nodes()[0].outputs[0]);
  CHECK(between(net.graph) == "net/a.norm instance_norm");
  CHECK(names(fuse(Net(1).graph, FusingBackend("net/b"))) == Names{"net/a conv2d", "net/a.norm.merge merge_moments",
                                                                   "net/a.norm normalise", "net/b conv2d",
                                                                   "net/b.norm instance_norm"});
}
