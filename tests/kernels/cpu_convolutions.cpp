#include "runtime/cpu/choose_layouts.h"
#include "runtime/cpu/cpu_backend.h"
#include "tests/cases/conv2d.h"
#include "tests/cases/deconv2d.h"
#include "tests/kernels/guarded_run.h"

#include <list>

using namespace impasto;
using namespace impasto::test;

namespace {

std::vector<Precision> precisions(const Backend& backend) {
  std::vector<Precision> list{Precision::fp32};
  if (backend.supports(Precision::bf16)) list.push_back(Precision::bf16);
  return list;
}

std::vector<double> magnitudes(std::span<const double> values) {
  std::vector<double> result(values.begin(), values.end());
  for (double& v : result) v = std::abs(v);
  return result;
}
reference::Tensor magnitudes(const reference::Tensor& tensor) {
  return {tensor.shape, magnitudes(tensor.values)};
}

// Float32 sums of `terms` products whose magnitudes add up to `magnitude`, through an activation of slope 1.5 at most
// that is itself good to a few units, stored as dtype.
double limit(double magnitude, double terms, double result, DType dtype) {
  return (16 + 2 * std::sqrt(terms)) * 0x1p-24 * magnitude + 1.01 * unit_roundoff(dtype) * std::abs(result) + 4e-7;
}

RandomInput random_picture(const Shape& shape, std::uint64_t seed) {
  std::vector<std::byte> bytes;
  std::vector<double> values;
  for (const float v : random_floats(static_cast<std::size_t>(shape.count()), seed)) {
    values.push_back(std::round((static_cast<double>(v) + 1) * 127.5));
    bytes.push_back(static_cast<std::byte>(values.back()));
  }
  return {bytes, {shape, values}};
}

// The input through a convert to itself: it lies as our own kernels lay it, which a graph input does not.
TensorId pass(Graph& graph, TensorId x) {
  return graph.append("pass", Convert{}, {x});
}

// ---- Tensors in blocks of 16 channels -------------------------------------------------------------------------------

constexpr Conv2d same_3x3(int k, PadMode mode = PadMode::zero) {
  return {.k = k, .r = 3, .s = 3, .pad_top = 1, .pad_left = 1, .pad_bottom = 1, .pad_right = 1, .pad_mode = mode};
}

// Nodes around the one that is looked at, with weights that live as long as this.
class Around {
 public:
  explicit Around(Graph& graph) : graph_(graph) {}

  // x, exactly, out of a kernel that can write blocks and into one that reads them.
  TensorId identity(TensorId x) {
    const int channels = graph_.tensor(x).shape.c;
    std::vector<float>& weight = weights_.emplace_back(channels * channels);
    for (int c = 0; c < channels; ++c) weight[static_cast<std::size_t>(c * (channels + 1))] = 1;
    return graph_.conv2d("identity", x, {.k = channels}, view_of(weight, {channels, channels, 1, 1}));
  }
  // A Winograd convolution that reads x too, so that it pays to have x in blocks.
  void read_by_winograd(TensorId x) {
    const int channels = graph_.tensor(x).shape.c;
    const std::vector<float>& weight = weights_.emplace_back(32 * channels * 9, 0.5F);
    const TensorId y = graph_.conv2d("reader", x, same_3x3(32), view_of(weight, {32, channels, 3, 3}));
    graph_.output(identity(y));
  }

 private:
  Graph& graph_;
  std::list<std::vector<float>> weights_;
};

int blocks(const Graph& graph, TensorId x) {
  return cpu::choose_layouts(graph)[static_cast<std::size_t>(x)].blocks;
}

// Whether there are Winograd convolutions for this processor.
bool has_blocks() {
  Graph graph;
  Around around(graph);
  const TensorId x = around.identity(graph.input("x", {1, 4, 4, 32}, DType::f32));
  around.read_by_winograd(x);
  return blocks(graph, x) > 1;
}

// F(4x4,3x3): the rows of its three transforms add up to 10, 1 and 19 in magnitude, and each is used along both axes,
// so that in the worst case an error grows by 190 squared. Errors of random signs grow by far less.
constexpr double kWinogradGrowth = 16;

struct BlockedCase {
  Conv2dCase problem;
  bool blocked = true;
};
constexpr PadMode kReflect = PadMode::reflect;
const std::vector<BlockedCase> kBlockedCases{
    {{"3x3 on one pixel", {1, 1, 1, 32}, same_3x3(32)}},
    {{"3x3, two pictures, no tile divides them", {2, 13, 18, 48}, same_3x3(64)}},
    {{"3x3, no bias, residual", {1, 9, 14, 48}, same_3x3(32), false, true}},
    {{"3x3 valid, relu", {1, 9, 11, 64}, {.k = 32, .r = 3, .s = 3, .activation = Activation::relu}}},
    {{"3x3 reflect, residual", {1, 10, 7, 32}, same_3x3(48, kReflect), true, true}},
    {{"3x3, pads differ", {1, 8, 9, 32}, {.k = 32, .r = 3, .s = 3, .pad_top = 1, .pad_right = 1}}},
    {{"3x3, pads of 2",
      {1, 8, 9, 32},
      {.k = 32, .r = 3, .s = 3, .pad_top = 2, .pad_left = 2, .pad_bottom = 2, .pad_right = 2}}},
    {{"3x3, pads wider than the filter",
      {1, 5, 6, 32},
      {.k = 32, .r = 3, .s = 3, .pad_top = 7, .pad_left = 5, .pad_bottom = 6, .pad_right = 8}}},
    {{"3x3, many channels", {1, 7, 6, 256}, same_3x3(272)}},
    {{"3x3, stride 2", {2, 11, 12, 32}, {.k = 64, .r = 3, .s = 3, .stride = 2, .pad_top = 1, .pad_right = 1}}},
    {{"3x3, hard_swish",
      {1, 6, 7, 32},
      {.k = 32, .r = 3, .s = 3, .pad_top = 1, .pad_bottom = 1, .activation = Activation::hard_swish}}},
    {{"1x1", {1, 9, 5, 48}, {.k = 32, .activation = Activation::relu}}},
    {{"1x1, stride 2, residual", {1, 9, 6, 32}, {.k = 64, .stride = 2}, true, true}},
    {{"5x2, stride 2", {1, 12, 9, 16}, {.k = 32, .r = 5, .s = 2, .stride = 2, .pad_top = 2, .pad_right = 1}}},
    {{"7x7 valid", {1, 9, 12, 64}, {.k = 96, .r = 7, .s = 7, .activation = Activation::relu}}},
    {{"9x9 reflect",
      {1, 9, 10, 32},
      {.k = 32, .r = 9, .s = 9, .pad_top = 4, .pad_left = 4, .pad_bottom = 4, .pad_right = 4, .pad_mode = kReflect}}},
    {{"3x3 on RGB, wide border",
      {2, 8, 6, 3},
      {.k = 64, .r = 3, .s = 3, .pad_top = 100, .pad_left = 100, .pad_bottom = 100, .pad_right = 100}}},
    {{"3x3 on six channels, stride 2", {1, 8, 7, 6}, {.k = 32, .r = 3, .s = 3, .stride = 2, .pad_left = 1}}},
    {{"3x3 on one channel", {1, 8, 7, 1}, same_3x3(48)}},
    {{"24 channels that 16 does not divide", {1, 8, 7, 24}, same_3x3(32)}, false},
    {{"40 outputs that 16 does not divide", {1, 8, 7, 32}, same_3x3(40)}, false},
    {{"groups", {1, 8, 7, 64}, {.k = 64, .r = 3, .s = 3, .groups = 2}}, false},
    {{"9x9 on RGB", {1, 12, 9, 3}, {.k = 32, .r = 9, .s = 9}}, false},
};

enum class Neighbours { graph, own_kernel, blocks };

// Whether the output was in blocks.
bool check(const Conv2dCase& problem, Precision precision, Backend& backend, Neighbours neighbours) {
  const bool through_own_kernel = neighbours == Neighbours::own_kernel;
  const bool in_blocks = neighbours == Neighbours::blocks;
  INFO(problem.name << ", " << to_string(precision) << (through_own_kernel ? ", after a kernel of ours" : ""));
  const Conv2d& op = problem.op;
  Graph graph;
  graph.scope("", precision);
  const DType act = graph.act();

  const std::size_t filter = static_cast<std::size_t>(problem.x.c / op.groups * op.r * op.s);
  const std::vector<float> weight = random_floats(filter * static_cast<std::size_t>(op.k), 1);
  const std::vector<float> bias = random_floats(problem.bias ? static_cast<std::size_t>(op.k) : 0, 2);
  std::vector<float> scaled = weight;
  for (float& w : scaled) w *= op.weight_scale;
  const std::vector<double> weight_values = rounded(scaled, act);
  const std::vector<double> bias_values(bias.begin(), bias.end());
  const bool u8 = problem.u8 && !through_own_kernel;
  const RandomInput x = u8 ? random_picture(problem.x, 3) : random_input(problem.x, act, 3, 1 / op.weight_scale);

  std::map<TensorId, std::vector<std::byte>> feeds;
  const TensorId input = graph.input("x", problem.x, u8 ? DType::u8 : act);
  feeds[input] = x.bytes;
  const TensorId source = through_own_kernel ? pass(graph, input) : input;
  TensorId addend = kAbsent;
  RandomInput residual;
  if (problem.residual) {
    const reference::Tensor plain = reference::conv2d(x.tensor, op, weight_values, bias_values);
    residual = random_input(plain.shape, act, 4);
    addend = graph.input("residual", plain.shape, act);
    feeds[addend] = residual.bytes;
  }
  const reference::Tensor* added = problem.residual ? &residual.tensor : nullptr;
  Around around(graph);
  if (in_blocks && addend != kAbsent) addend = around.identity(addend);
  const std::size_t node = graph.nodes().size();
  TensorId out = graph.conv2d("conv", source, op, view_of(weight, {op.k, problem.x.c / op.groups, op.r, op.s}),
                              problem.bias ? view_of(bias, {op.k}) : WeightView{}, addend);
  const TensorId conv_out = out;
  if (in_blocks) {
    around.read_by_winograd(out);
    out = around.identity(out);
  }
  graph.output(out);

  const reference::Tensor want = reference::conv2d(x.tensor, op, weight_values, bias_values, added);
  Conv2d linear = op;
  linear.activation = Activation::none;
  const reference::Tensor added_magnitudes = magnitudes(residual.tensor);
  const reference::Tensor sums = reference::conv2d(magnitudes(x.tensor), linear, magnitudes(weight_values),
                                                   magnitudes(bias_values), added ? &added_magnitudes : nullptr);
  REQUIRE(graph.tensor(out).shape == want.shape);
  const std::vector<double> got = from_bytes(run_guarded(graph, backend, feeds, out), act);
  const auto terms = static_cast<double>(filter);
  const double most = *std::ranges::max_element(sums.values);
  const bool winograd = blocks(graph, conv_out) > 1 && cpu::fits_winograd(graph.nodes()[node], problem.x.c);
  require_close(got, want.values, [&](std::size_t i) {
    return winograd ? kWinogradGrowth * limit(most, terms, want.values[i], act)
                    : limit(sums.values[i], terms, want.values[i], act);
  });
  return blocks(graph, conv_out) > 1;
}

void check(const Deconv2dCase& problem, Precision precision, Backend& backend, bool through_own_kernel) {
  INFO(problem.name << ", " << to_string(precision) << (through_own_kernel ? ", after a kernel of ours" : ""));
  const Deconv2d& op = problem.op;
  Graph graph;
  graph.scope("", precision);
  const DType act = graph.act();

  const std::vector<float> weight = random_floats(static_cast<std::size_t>(problem.x.c * op.k * op.r * op.s), 1);
  const std::vector<float> bias = random_floats(problem.bias ? static_cast<std::size_t>(op.k) : 0, 2);
  const std::vector<double> weight_values = rounded(weight, act);
  const std::vector<double> bias_values(bias.begin(), bias.end());
  const RandomInput x = random_input(problem.x, act, 3);

  const TensorId input = graph.input("x", problem.x, act);
  const TensorId source = through_own_kernel ? pass(graph, input) : input;
  const TensorId out = graph.deconv2d("deconv", source, op, view_of(weight, {problem.x.c, op.k, op.r, op.s}),
                                      problem.bias ? view_of(bias, {op.k}) : WeightView{});
  graph.output(out);

  const reference::Tensor want = reference::deconv2d(x.tensor, op, weight_values, bias_values);
  Deconv2d linear = op;
  linear.activation = Activation::none;
  const reference::Tensor sums =
      reference::deconv2d(magnitudes(x.tensor), linear, magnitudes(weight_values), magnitudes(bias_values));
  const std::vector<double> got = from_bytes(run_guarded(graph, backend, {{input, x.bytes}}, out), act);
  require_close(got, want.values,
                [&](std::size_t i) { return limit(sums.values[i], problem.x.c * op.r * op.s, want.values[i], act); });
}

}  // namespace

TEST_CASE("cpu: convolutions against the double reference") {
  const auto backend = make_cpu_backend();
  for (const Precision precision : precisions(*backend)) {
    for (const Conv2dCase& problem : kConv2dCases) {
      check(problem, precision, *backend, Neighbours::graph);
      check(problem, precision, *backend, Neighbours::own_kernel);
    }
  }
}

TEST_CASE("cpu: convolutions in blocks of 16 channels, by Winograd and directly") {
  const auto backend = make_cpu_backend();
  for (const BlockedCase& each : kBlockedCases) {
    const bool blocked = check(each.problem, Precision::fp32, *backend, Neighbours::blocks);
    REQUIRE(blocked == (each.blocked && has_blocks()));
  }
}

// Norms with a residual, pooling, sums and enlargement, all in blocks, with borders of two kinds, and a transposed
// convolution that reads blocks.
TEST_CASE("cpu: a net in blocks of 16 channels") {
  const auto backend = make_cpu_backend();
  constexpr int kChannels = 48;
  const Shape shape{2, 11, 13, 32};
  const RandomInput x = random_input(shape, DType::f32, 1);
  const auto numbers = [](int count, std::uint64_t seed, float scale = 1) {
    std::vector<float> values = random_floats(static_cast<std::size_t>(count), seed);
    for (float& v : values) v *= scale;
    return values;
  };
  const std::vector<float> first = numbers(kChannels * 32 * 9, 2, 0.1F), second = numbers(kChannels * 48 * 9, 3, 0.1F),
                           third = numbers(32 * kChannels * 9, 4, 0.1F), up = numbers(32 * 5 * 16, 5, 0.1F),
                           gamma = numbers(kChannels, 6), beta = numbers(kChannels, 7);
  const auto doubles = [](const std::vector<float>& v) { return std::vector<double>(v.begin(), v.end()); };
  const Deconv2d twice{.k = 5, .r = 4, .s = 4, .stride = 2, .crop_top = 1, .crop_left = 1, .out_h = 24, .out_w = 28};
  const InstanceNorm norm{.activation = Activation::relu};
  const MaxPool pool{.ceil_mode = true};

  Graph graph;
  const TensorId input = graph.input("x", shape, DType::f32);
  const auto conv = [&](TensorId in, const Conv2d& op, const std::vector<float>& weight) {
    return graph.conv2d("conv", in, op, view_of(weight, {op.k, graph.tensor(in).shape.c, 3, 3}));
  };
  const auto normed = [&](TensorId in, TensorId residual) {
    return graph.instance_norm("norm", in, norm, view_of(gamma, {kChannels}), view_of(beta, {kChannels}), residual);
  };
  const TensorId a = normed(conv(input, same_3x3(kChannels), first), kAbsent);
  const TensorId b = normed(conv(a, same_3x3(kChannels, kReflect), second), a);
  const TensorId sum = graph.add("sum", b, a);
  const TensorId pooled = graph.append("pool", pool, {sum});
  const TensorId large = graph.append("nearest", Resize{.h = 12, .w = 14}, {pooled});
  const TensorId c = conv(large, same_3x3(32, kReflect), third);
  const TensorId out = graph.deconv2d("up", c, twice, view_of(up, {32, 5, 4, 4}));
  graph.output(out);
  for (const TensorId id : {a, b, sum, pooled, large, c}) REQUIRE((blocks(graph, id) > 1) == has_blocks());

  const auto want_conv = [&](const reference::Tensor& in, const Conv2d& op, const std::vector<float>& weight) {
    return reference::conv2d(in, op, doubles(weight), {});
  };
  const std::vector<double> gammas = doubles(gamma), betas = doubles(beta);
  const auto want_norm = [&](const reference::Tensor& in, const reference::Tensor* residual) {
    return reference::instance_norm(in, norm, gammas, betas, residual);
  };
  const reference::Tensor want_a = want_norm(want_conv(x.tensor, same_3x3(kChannels), first), nullptr);
  const reference::Tensor want_b = want_norm(want_conv(want_a, same_3x3(kChannels, kReflect), second), &want_a);
  const reference::Tensor want_pool = reference::max_pool(reference::add(want_b, want_a, Activation::none), pool);
  const reference::Tensor want_c = want_conv(reference::nearest(want_pool, 12, 14), same_3x3(32, kReflect), third);
  const reference::Tensor want = reference::deconv2d(want_c, twice, doubles(up), {});
  double norm_of_result = 0;
  for (const double v : want.values) norm_of_result += v * v / static_cast<double>(want.values.size());
  const std::vector<double> got = from_bytes(run_guarded(graph, *backend, {{input, x.bytes}}, out), DType::f32);
  // Four convolutions, each with the error of sums of some 400 products.
  const double limit = 4 * kWinogradGrowth * std::sqrt(400.0) * 0x1p-24 * std::sqrt(norm_of_result);
  require_close(got, want.values, [&](std::size_t) { return limit; });
}

TEST_CASE("cpu: transposed convolutions against the double reference") {
  const auto backend = make_cpu_backend();
  for (const Precision precision : precisions(*backend)) {
    for (const Deconv2dCase& problem : kDeconv2dCases) {
      check(problem, precision, *backend, false);
      check(problem, precision, *backend, true);
    }
  }
}

// Strips that do not divide the rows, and more rows than a strip holds.
TEST_CASE("cpu: convolutions in several strips") {
  const auto backend = make_cpu_backend(1);
  for (const Precision precision : precisions(*backend)) {
    for (const int height : {40, 41, 43, 83}) {
      const Conv2d wide{.k = 3,
                        .r = 9,
                        .s = 9,
                        .pad_top = 4,
                        .pad_left = 4,
                        .pad_bottom = 4,
                        .pad_right = 4,
                        .pad_mode = PadMode::reflect,
                        .activation = Activation::relu};
      check(Conv2dCase{"9x9 to RGB, long rows", {1, height, 701, 2}, wide}, precision, *backend,
            Neighbours::own_kernel);
      const Deconv2d twice{.k = 16, .r = 3, .s = 3, .stride = 2, .out_h = 2 * height, .out_w = 1802};
      check(Deconv2dCase{"3x3, stride 2, long rows", {1, height, 901, 4}, twice}, precision, *backend, true);
    }
  }
}

TEST_CASE("cpu: two convolutions that want different borders, and one that wants none, share an input") {
  const auto backend = make_cpu_backend();
  const Shape shape{2, 9, 8, 5};
  const RandomInput x = random_input(shape, DType::f32, 1);
  const std::vector<float> weight = random_floats(5 * 5 * 5 * 5, 2);
  const auto reflected = [](int size) {
    const int pad = size / 2;
    return Conv2d{.k = 5,
                  .r = size,
                  .s = size,
                  .pad_top = pad,
                  .pad_left = pad,
                  .pad_bottom = pad,
                  .pad_right = pad,
                  .pad_mode = PadMode::reflect};
  };
  for (const std::vector<int>& sizes : {std::vector{3, 3}, std::vector{3, 5}, std::vector{3, 1}}) {
    Graph graph;
    graph.scope("", Precision::fp32);
    const TensorId input = graph.input("x", shape, DType::f32);
    const TensorId shared = pass(graph, input);
    const auto filter = [&](int size) { return std::span(weight).first(static_cast<std::size_t>(25 * size * size)); };
    const auto conv = [&](int size) {
      const WeightView view{"w", DType::f32, {5, 5, size, size}, std::as_bytes(filter(size))};
      return graph.conv2d("conv", shared, reflected(size), view);
    };
    const auto trimmed = [&](int size) { return std::vector<double>(filter(size).begin(), filter(size).end()); };
    const TensorId sum = graph.add("sum", conv(sizes[0]), conv(sizes[1]));
    const TensorId out = graph.add("with input", sum, shared);
    graph.output(out);
    const reference::Tensor a = reference::conv2d(x.tensor, reflected(sizes[0]), trimmed(sizes[0]), {});
    const reference::Tensor b = reference::conv2d(x.tensor, reflected(sizes[1]), trimmed(sizes[1]), {});
    const reference::Tensor want = reference::add(reference::add(a, b, Activation::none), x.tensor, Activation::none);
    const std::vector<double> got = from_bytes(run_guarded(graph, *backend, {{input, x.bytes}}, out), DType::f32);
    require_close(got, want.values, [](std::size_t) { return 1e-4; });
  }
}
