// Convolutions that fuse() has joined with the norms around them, in strips of rows: against the double reference, the
// same bytes for any number of threads.
#include "runtime/cpu/cpu_backend.h"
#include "runtime/fuse.h"
#include "runtime/ops.h"
#include "tests/kernels/guarded_run.h"

#include <string>

using namespace impasto;
using namespace impasto::test;

namespace {

constexpr PadMode kReflect = PadMode::reflect;

Conv2d padded(int k, int r, int s, int pad, PadMode mode, int stride = 1) {
  return {.k = k,
          .r = r,
          .s = s,
          .stride = stride,
          .pad_top = pad,
          .pad_left = pad,
          .pad_bottom = pad,
          .pad_right = pad,
          .pad_mode = mode};
}

// x -> [convolution -> norm, relu] -> convolution -> norm. The first makes `between` channels.
struct Case {
  std::string name;
  Shape x;
  int between;
  std::optional<Conv2d> conv;  // else deconv
  Deconv2d deconv{};
  int enlarge = 1;
  bool residual = false;  // of the last norm
  std::vector<std::string> ops{"conv2d", "merge_moments", "conv2d", "merge_moments", "normalise"};
};

Deconv2d twice(int k, int r, int h, int w) {
  return {.k = k, .r = r, .s = r, .stride = 2, .out_h = 2 * h, .out_w = 2 * w};
}

const std::vector<std::string> kDeconvOps{"conv2d", "merge_moments", "deconv2d", "merge_moments", "normalise"};

const std::vector<Case> kCases{
    {"3x3, stride 2, reflect", {1, 21, 37, 5}, 8, padded(24, 3, 3, 1, kReflect, 2)},
    {"3x3, stride 2, zeros, one pixel", {1, 1, 1, 3}, 8, padded(8, 3, 3, 1, PadMode::zero, 2)},
    {"3x3, few channels", {1, 67, 29, 4}, 6, padded(10, 3, 3, 1, kReflect)},
    {"3x3, stride 3, pads differ",
     {1, 34, 19, 3},
     7,
     Conv2d{.k = 9, .r = 3, .s = 3, .stride = 3, .pad_top = 2, .pad_right = 1}},
    {"9x9 to three channels, reflect", {1, 43, 30, 8}, 32, padded(3, 9, 9, 4, kReflect)},
    {"9x9, three channels to 32, reflect", {1, 41, 33, 5}, 3, padded(32, 9, 9, 4, kReflect)},
    {"9x9, four channels to three, zeros", {1, 40, 35, 5}, 4, padded(3, 9, 9, 4, PadMode::zero)},
    {"9x9, four channels to three, few rows", {1, 5, 6, 5}, 4, padded(3, 9, 9, 4, kReflect)},
    {"6x5, two channels, valid", {1, 22, 17, 2}, 2, Conv2d{.k = 5, .r = 6, .s = 5}},
    {"12x7 to one channel, wide border", {1, 13, 9, 2}, 3, padded(1, 12, 7, 14, PadMode::zero)},
    {"9x9 with relu", {1, 20, 21, 2}, 3, Conv2d{.k = 2, .r = 9, .s = 9, .activation = Activation::relu}},
    {"1x1", {1, 19, 23, 3}, 16, padded(5, 1, 1, 0, PadMode::zero)},
    {"residual", {1, 19, 23, 8}, 8, padded(8, 3, 3, 1, kReflect), {}, 1, true},
    {"enlarged, reflect", {1, 18, 25, 5}, 32, padded(8, 3, 3, 1, kReflect), {}, 2},
    {"enlarged, zeros", {1, 33, 7, 5}, 8, padded(4, 3, 3, 1, PadMode::zero), {}, 2},
    {"enlarged, one pixel", {1, 1, 1, 5}, 8, padded(4, 3, 3, 1, PadMode::zero), {}, 2},
    {"enlarged, 5x5 stays",
     {1, 9, 7, 5},
     8,
     padded(4, 5, 5, 2, PadMode::zero),
     {},
     2,
     false,
     {"conv2d", "merge_moments", "normalise", "resize", "conv2d", "merge_moments", "normalise"}},
    {"transposed 3x3, phases apart", {1, 19, 22, 5}, 24, {}, twice(16, 3, 19, 22), 1, false, kDeconvOps},
    {"transposed 3x3, few outputs", {1, 17, 13, 5}, 8, {}, twice(5, 3, 17, 13), 1, false, kDeconvOps},
    {"transposed 4x4, cropped",
     {1, 9, 11, 5},
     8,
     {},
     {.k = 16, .r = 4, .s = 4, .stride = 2, .crop_top = 1, .crop_left = 1, .out_h = 17, .out_w = 20},
     1,
     false,
     kDeconvOps},
    {"transposed 5x7, stride 3, cropped, phases apart",
     {1, 12, 10, 5},
     8,
     {},
     {.k = 17, .r = 5, .s = 7, .stride = 3, .crop_top = 2, .crop_left = 4, .out_h = 31, .out_w = 25},
     1,
     false,
     kDeconvOps},
    {"transposed 2x2, stride 3",
     {1, 8, 9, 5},
     8,
     {},
     {.k = 16, .r = 2, .s = 2, .stride = 3, .out_h = 23, .out_w = 26},
     1,
     false,
     kDeconvOps},
};

std::vector<std::string> ops_of(const Graph& graph) {
  std::vector<std::string> ops;
  for (const Node& node : graph.nodes()) ops.emplace_back(op_name(node.op));
  return ops;
}

struct Numbers {
  std::vector<float> floats;
  std::vector<double> values;  // as the device has them

  Numbers(std::int64_t count, std::uint64_t seed, double scale, DType dtype)
      : floats(random_floats(static_cast<std::size_t>(count), seed)) {
    for (float& v : floats) v *= static_cast<float>(scale);
    values = rounded(floats, dtype);
  }
};

void check(const Case& problem, Precision precision) {
  INFO(problem.name << ", " << to_string(precision));
  Graph graph;
  graph.scope("", precision);
  const DType act = graph.act();
  const Conv2d first = padded(problem.between, 3, 3, 1, PadMode::zero);
  const int k = problem.conv ? problem.conv->k : problem.deconv.k;
  const int r = problem.conv ? problem.conv->r : problem.deconv.r;
  const int s = problem.conv ? problem.conv->s : problem.deconv.s;
  const InstanceNorm relu{.activation = Activation::relu, .out_scale = 1.5F, .out_offset = 0.25F};
  const RandomInput x = random_input(problem.x, act, 1);
  const Numbers weight1(std::int64_t{problem.between} * problem.x.c * 9, 2, 0.5, act);
  const Numbers weight2(std::int64_t{k} * problem.between * r * s, 3, 1 / std::sqrt(problem.between * r * s), act);
  const Numbers bias(k, 4, 1, DType::f32);
  const Numbers gamma(problem.between + k, 5, 1, DType::f32);

  const auto view = [](const Numbers& numbers, std::vector<std::int64_t> shape, std::int64_t first_value = 0) {
    std::int64_t count = 1;
    for (const std::int64_t n : shape) count *= n;
    const auto values =
        std::span(numbers.floats).subspan(static_cast<std::size_t>(first_value), static_cast<std::size_t>(count));
    return WeightView{"w", DType::f32, std::move(shape), std::as_bytes(values)};
  };
  const TensorId input = graph.input("x", problem.x, act);
  TensorId y = graph.conv2d("a", input, first, view(weight1, {problem.between, problem.x.c, 3, 3}));
  y = graph.instance_norm("a.norm", y, relu, view(gamma, {problem.between}), view(gamma, {problem.between}));
  const Shape between = graph.tensor(y).shape;
  const int h = between.h * problem.enlarge, w = between.w * problem.enlarge;
  if (problem.enlarge > 1) y = graph.append("up", Resize{.h = h, .w = w}, {y});
  // With a bias for what can have one; F(3,3) rows cannot.
  const bool biased = problem.between > 4;
  const WeightView bias_view = biased ? view(bias, {k}) : WeightView{};
  y = problem.conv ? graph.conv2d("b", y, *problem.conv, view(weight2, {k, problem.between, r, s}), bias_view)
                   : graph.deconv2d("b", y, problem.deconv, view(weight2, {problem.between, k, r, s}), bias_view);
  y = graph.instance_norm("b.norm", y, {.to_float = true}, view(gamma, {k}, problem.between),
                          view(gamma, {k}, problem.between), problem.residual ? input : kAbsent);
  graph.output(y);

  const auto doubles = [](std::span<const double> all, int from, int count) {
    const auto part = all.subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(count));
    return std::vector<double>(part.begin(), part.end());
  };
  const std::vector<double> gamma1 = doubles(gamma.values, 0, problem.between);
  const std::vector<double> gamma2 = doubles(gamma.values, problem.between, k);
  reference::Tensor want =
      reference::instance_norm(reference::conv2d(x.tensor, first, weight1.values, {}), relu, gamma1, gamma1, nullptr);
  if (problem.enlarge > 1) want = reference::nearest(want, h, w);
  const std::vector<double> biases = biased ? bias.values : std::vector<double>{};
  want = problem.conv ? reference::conv2d(want, *problem.conv, weight2.values, biases)
                      : reference::deconv2d(want, problem.deconv, weight2.values, biases);
  want = reference::instance_norm(want, {}, gamma2, gamma2, problem.residual ? &x.tensor : nullptr);

  std::vector<std::byte> one;
  for (const int threads : {1, 2, 5}) {
    const auto backend = make_cpu_backend(threads);
    const Graph fused = fuse(graph, *backend);
    CHECK(ops_of(fused) == problem.ops);
    const std::vector<std::byte> bytes = run_guarded(fused, *backend, {{input, x.bytes}}, y);
    if (threads > 1) {
      REQUIRE(bytes == one);
      continue;
    }
    one = bytes;
    // Values of about 1 that are rounded at five places on the way; over few pixels the norm divides by a small
    // deviation.
    const double unit = 2 * unit_roundoff(act);
    const bool few = between.h * between.w < 64;
    require_close(from_bytes(bytes, DType::f32), want.values,
                  [&](std::size_t i) { return (few ? 400 : 24) * unit * (1 + std::abs(want.values[i])) + 2e-5; });
  }
}

}  // namespace

TEST_CASE("cpu: convolutions between norms, in strips, against the double reference") {
  const auto backend = make_cpu_backend();
  for (const Precision precision : {Precision::fp32, Precision::bf16}) {
    if (!backend->supports(precision)) continue;
    for (const Case& problem : kCases) check(problem, precision);
  }
}
