#include "runtime/cpu/cpu_backend.h"
#include "runtime/error.h"
#include "tests/cases/instance_norm.h"
#include "tests/cases/maps.h"
#include "tests/kernels/guarded_run.h"
#include "tests/kernels/store_run.h"

#include <functional>

using namespace impasto;
using namespace impasto::test;

namespace {

constexpr Activation kActivations[] = {Activation::none,       Activation::relu,    Activation::relu6,
                                       Activation::hard_swish, Activation::sigmoid, Activation::tanh};

// Calls f(backend, precision, activation dtype) for what this machine can do.
void for_precisions(const std::function<void(Backend&, Precision, DType)>& f) {
  const auto backend = make_cpu_backend();
  for (const Precision precision : {Precision::fp32, Precision::bf16}) {
    if (backend->supports(precision)) f(*backend, precision, activation_dtype(precision));
  }
}

// Float32 arithmetic on values up to `magnitude`, stored as dtype.
double limit(double magnitude, double result, DType dtype) {
  return 8 * 0x1p-24 * magnitude + 1.01 * unit_roundoff(dtype) * std::abs(result) + 4e-7;
}

void check(const InstanceNormCase& problem, Backend& backend, Precision precision, DType act) {
  INFO(problem.name << ", " << to_string(precision));
  Graph graph;
  graph.scope("", precision);
  const auto channels = static_cast<std::size_t>(problem.x.c);
  const std::size_t rows = static_cast<std::size_t>(std::max(1, problem.styles));
  const std::vector<float> gamma = random_floats(rows * channels, 1);
  const std::vector<float> beta = random_floats(rows * channels, 2);
  std::vector<float> style = random_floats(rows, 3);
  if (problem.styles == 0) style = {1};
  const std::vector<float> gamma_bias = problem.biases ? random_floats(channels, 6) : std::vector<float>(channels);
  const std::vector<float> beta_bias = problem.biases ? random_floats(channels, 7) : std::vector<float>(channels);
  std::vector<double> mixed_gamma(gamma_bias.begin(), gamma_bias.end());
  std::vector<double> mixed_beta(beta_bias.begin(), beta_bias.end());
  for (std::size_t i = 0; i < gamma.size(); ++i) {
    mixed_gamma[i % channels] += static_cast<double>(style[i / channels]) * static_cast<double>(gamma[i]);
    mixed_beta[i % channels] += static_cast<double>(style[i / channels]) * static_cast<double>(beta[i]);
  }

  const RandomInput x = random_input(problem.x, act, 4, problem.spread, problem.offset);
  const RandomInput residual = random_input(problem.x, act, 5);
  std::map<TensorId, std::vector<std::byte>> feeds;
  const TensorId input = graph.input("x", problem.x, act);
  feeds[input] = x.bytes;
  TensorId addend = kAbsent;
  if (problem.residual) feeds[addend = graph.input("residual", problem.x, act)] = residual.bytes;
  TensorId weights = kAbsent;
  std::vector<std::int64_t> shape{problem.x.c};
  if (problem.styles > 0) {
    weights = graph.input("style", {1, 1, 1, problem.styles}, DType::f32);
    feeds[weights] = to_bytes(style, DType::f32);
    shape = {problem.styles, problem.x.c};
  }
  const TensorId out =
      graph.instance_norm("norm", input, problem.op, view_of(gamma, shape), view_of(beta, shape), addend, weights,
                          problem.biases ? view_of(gamma_bias, {problem.x.c}) : WeightView{},
                          problem.biases ? view_of(beta_bias, {problem.x.c}) : WeightView{});
  graph.output(out);

  const reference::Tensor want = reference::instance_norm(x.tensor, problem.op, mixed_gamma, mixed_beta,
                                                          problem.residual ? &residual.tensor : nullptr);
  const reference::Statistics statistics = reference::statistics(x.tensor);
  const DType out_type = graph.tensor(out).dtype;
  const std::vector<double> got = from_bytes(run_guarded(graph, backend, feeds, out), out_type);
  require_close(got, want.values, [&](std::size_t i) {
    const std::size_t c = i % channels;
    const std::size_t n = i / (want.values.size() / static_cast<std::size_t>(problem.x.n));
    const std::size_t k = n * channels + c;
    // The mean is kept in float32, its last bit counts as an error of x.
    const double root = std::sqrt(statistics.variance[k] + static_cast<double>(problem.op.eps));
    const double gain = std::abs(mixed_gamma[c]) / root;
    const double inner = gain * (std::abs(x.tensor.values[i] - statistics.mean[k]) + std::abs(statistics.mean[k]));
    const double magnitude =
        (inner + std::max(26, problem.styles) + std::abs(mixed_beta[c])) * static_cast<double>(problem.op.out_scale) +
        std::abs(static_cast<double>(problem.op.out_offset));
    return limit(magnitude, want.values[i], out_type);
  });
}

}  // namespace

TEST_CASE("cpu: instance norm against the double reference") {
  for_precisions([](Backend& backend, Precision precision, DType act) {
    for (const InstanceNormCase& problem : kInstanceNormCases) check(problem, backend, precision, act);
  });
}

TEST_CASE("cpu: resize, average, add, gate and convert against the double reference") {
  for_precisions([](Backend& backend, Precision precision, DType act) {
    for (const Shape& shape : kMapShapes) {
      INFO(to_string(shape) << ", " << to_string(precision));
      const RandomInput a = random_input(shape, act, 1, 8);
      const RandomInput b = random_input(shape, act, 2, 8);
      const RandomInput g = random_input({shape.n, 1, 1, shape.c}, act, 3);
      const RandomInput larger = random_input({shape.n, shape.h + 4, shape.w + 3, shape.c}, act, 4, 8);

      using Make = std::function<TensorId(Graph&, TensorId a, TensorId b, TensorId g)>;
      const auto run = [&](const Make& make, const reference::Tensor& want) {
        Graph graph;
        graph.scope("", precision);
        const TensorId ia = graph.input("a", shape, act);
        const TensorId ib = graph.input("b", shape, act);
        const TensorId ig = graph.input("g", g.tensor.shape, act);
        const TensorId out = make(graph, ia, ib, ig);
        graph.output(out);
        REQUIRE(graph.tensor(out).shape == want.shape);
        const std::map<TensorId, std::vector<std::byte>> feeds{{ia, a.bytes}, {ib, b.bytes}, {ig, g.bytes}};
        const std::vector<double> got = from_bytes(run_guarded(graph, backend, feeds, out), act);
        INFO(op_name(graph.nodes().back().op));
        require_close(got, want.values, [&](std::size_t i) { return limit(72, want.values[i], act); });
      };

      run([](Graph& graph, TensorId x, TensorId, TensorId) { return graph.append("mean", GlobalAverage{}, {x}); },
          reference::global_average(a.tensor));
      run([](Graph& graph, TensorId x, TensorId, TensorId factor) { return graph.gate("gate", x, factor); },
          reference::gate(a.tensor, g.tensor));
      run([](Graph& graph, TensorId x, TensorId y, TensorId factor) { return graph.gate("gate", x, factor, y); },
          reference::gate(a.tensor, g.tensor, &b.tensor));
      for (const Activation activation : kActivations) {
        run([&](Graph& graph, TensorId x, TensorId y, TensorId) { return graph.add("sum", x, y, {activation}); },
            reference::add(a.tensor, b.tensor, activation));
      }
      for (const int times : {1, 2, 3}) {
        const Resize nearest{Resize::Mode::nearest, shape.h * times, shape.w * 2};
        run([&](Graph& graph, TensorId x, TensorId, TensorId) { return graph.append("up", nearest, {x}); },
            reference::nearest(a.tensor, nearest.h, nearest.w));
      }
      for (const auto& [h, w] : {std::pair{2 * shape.h, 2 * shape.w}, {shape.h + 3, shape.w}, {1, 2}, {7, 5}}) {
        const Resize bilinear{Resize::Mode::bilinear, h, w};
        run([&](Graph& graph, TensorId x, TensorId, TensorId) { return graph.append("resize", bilinear, {x}); },
            reference::bilinear(a.tensor, h, w));
      }
      run([](Graph& graph, TensorId x, TensorId y, TensorId) { return graph.gate("product", x, y); },
          reference::gate(a.tensor, b.tensor));
      run([](Graph& graph, TensorId x, TensorId y, TensorId) { return graph.gate("product", x, y, x); },
          reference::gate(a.tensor, b.tensor, &a.tensor));
      run([](Graph& graph, TensorId x, TensorId, TensorId) { return graph.append("half", Convert{0.5F}, {x}); },
          reference::convert(a.tensor, {0.5F}));
      for (const Activation activation : kActivations) {
        const Convert map{2, -1, activation};
        run([&](Graph& graph, TensorId x, TensorId, TensorId) { return graph.append("map", map, {x}); },
            reference::convert(a.tensor, map));
      }

      Graph graph;
      graph.scope("", precision);
      const TensorId ia = graph.input("a", shape, act);
      const TensorId il = graph.input("larger", larger.tensor.shape, act);
      const TensorId out = graph.add("crop", ia, il, {Activation::relu, Add::Offset{1, 2}});
      const reference::Tensor want =
          reference::add(a.tensor, reference::crop(larger.tensor, shape, 1, 2), Activation::relu);
      const std::vector<double> got =
          from_bytes(run_guarded(graph, backend, {{ia, a.bytes}, {il, larger.bytes}}, out), act);
      require_close(got, want.values, [&](std::size_t i) { return limit(24, want.values[i], act); });
    }
  });
}

TEST_CASE("cpu: convert from bytes and between float types") {
  for_precisions([](Backend& backend, Precision precision, DType act) {
    for (const int width : {1, 15, 16, 17, 100}) {
      const Shape shape{1, 3, width, 3};
      std::vector<std::byte> bytes(static_cast<std::size_t>(shape.count()));
      for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = std::byte(i * 7 % 256);
      const RandomInput floats = random_input(shape, DType::f32, 1);
      Graph graph;
      graph.scope("", precision);
      const TensorId u8 = graph.input("u8", shape, DType::u8);
      const TensorId f32 = graph.input("f32", shape, DType::f32);
      const TensorId out = graph.add("sum", graph.append("from u8", Convert{1.0F / 255}, {u8}),
                                     graph.append("from f32", Convert{}, {f32}));
      graph.output(out);
      const std::vector<double> got =
          from_bytes(run_guarded(graph, backend, {{u8, bytes}, {f32, floats.bytes}}, out), act);
      std::vector<double> want = floats.tensor.values;
      for (std::size_t i = 0; i < want.size(); ++i) want[i] += std::to_integer<int>(bytes[i]) / 255.0;
      require_close(got, want, [&](std::size_t) { return 8 * unit_roundoff(act); });
    }
  });
}

TEST_CASE("cpu: bf16 is rounded to nearest even, and NaN stays NaN") {
  const auto backend = make_cpu_backend();
  if (!backend->supports(Precision::bf16)) SKIP_CASE("this processor has no bf16");
  std::vector<float> values = random_floats(1000, 1);
  values.insert(values.end(), {bf16_to_f32(0x3F80) + 0x1p-8F, bf16_to_f32(0x3F81) + 0x1p-8F, 3.4e38F, -0.0F, 1e-40F,
                               std::numeric_limits<float>::infinity()});
  values.resize(1024, std::bit_cast<float>(0x7FFFFFFFU));  // a NaN that rounding would carry to -0
  Graph graph;
  graph.scope("", Precision::bf16);
  const TensorId input = graph.input("x", {1, 1, 1024, 1}, DType::f32);
  const TensorId out = graph.append("convert", Convert{}, {input});
  graph.output(out);
  const std::vector<std::byte> bytes = run_guarded(graph, *backend, {{input, to_bytes(values, DType::f32)}}, out);
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::uint16_t got = 0;
    std::memcpy(&got, bytes.data() + 2 * i, 2);
    INFO("value " << values[i]);
    REQUIRE((std::isnan(values[i]) ? std::isnan(bf16_to_f32(got)) : got == f32_to_bf16(values[i])));
  }
}

TEST_CASE("cpu: statistics and results do not depend on the number of threads") {
#ifdef __SANITIZE_THREAD__
  SKIP_CASE("thread sanitizer does not know libgomp's barriers");
#endif
  const Shape shape{1, 120, 110, 24};
  const RandomInput x = random_input(shape, DType::f32, 1, 1, 2);
  const std::vector<float> gamma = random_floats(24, 2);
  Graph graph;
  graph.scope("", Precision::fp32);
  const TensorId input = graph.input("x", shape, DType::f32);
  const TensorId out = graph.instance_norm("norm", input, {}, view_of(gamma, {24}), view_of(gamma, {24}));
  graph.output(out);
  const auto one = make_cpu_backend(1);
  const auto three = make_cpu_backend(3);
  REQUIRE(run_guarded(graph, *one, {{input, x.bytes}}, out) == run_guarded(graph, *three, {{input, x.bytes}}, out));
}

TEST_CASE("cpu: a state keeps what is stored until the next run") {
  check_store(*make_cpu_backend());
}

TEST_CASE("cpu: what it is and what it is not") {
  const auto backend = make_cpu_backend();
  REQUIRE(backend->name() == "cpu");
  REQUIRE_FALSE(backend->device_name().empty());
  REQUIRE(backend->supports(Precision::fp32));
  REQUIRE(backend->supports(Precision::bf16) == cpu_has_bf16());
  REQUIRE_FALSE(backend->supports(Precision::fp16));
  REQUIRE(backend->host_accessible());
  REQUIRE_THROWS_AS(make_cpu_backend(-1), Error);
  REQUIRE(reinterpret_cast<std::uintptr_t>(backend->allocate(1)->data()) % 64 == 0);
}
