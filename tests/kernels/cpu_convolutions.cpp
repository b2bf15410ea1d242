#include "runtime/cpu/cpu_backend.h"
#include "tests/cases/conv2d.h"
#include "tests/cases/deconv2d.h"
#include "tests/kernels/guarded_run.h"

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
double limit(double magnitude, int terms, double result, DType dtype) {
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

void check(const Conv2dCase& problem, Precision precision, Backend& backend, bool through_own_kernel) {
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
  const TensorId out = graph.conv2d("conv", source, op, view_of(weight, {op.k, problem.x.c / op.groups, op.r, op.s}),
                                    problem.bias ? view_of(bias, {op.k}) : WeightView{}, addend);
  graph.output(out);

  const reference::Tensor want = reference::conv2d(x.tensor, op, weight_values, bias_values, added);
  Conv2d linear = op;
  linear.activation = Activation::none;
  const reference::Tensor added_magnitudes = magnitudes(residual.tensor);
  const reference::Tensor sums = reference::conv2d(magnitudes(x.tensor), linear, magnitudes(weight_values),
                                                   magnitudes(bias_values), added ? &added_magnitudes : nullptr);
  REQUIRE(graph.tensor(out).shape == want.shape);
  const std::vector<double> got = from_bytes(run_guarded(graph, backend, feeds, out), act);
  require_close(got, want.values,
                [&](std::size_t i) { return limit(sums.values[i], static_cast<int>(filter), want.values[i], act); });
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
      check(problem, precision, *backend, false);
      check(problem, precision, *backend, true);
    }
  }
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
      check(Conv2dCase{"9x9 to RGB, long rows", {1, height, 701, 2}, wide}, precision, *backend, true);
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
