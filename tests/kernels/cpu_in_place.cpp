// Norms on cpu whose input lies in the memory of their output, against the same ones with memory for each.
#include "runtime/cpu/cpu_backend.h"
#include "runtime/engine.h"
#include "tests/kernels/guarded_run.h"

using namespace impasto;
using namespace impasto::test;

namespace {

struct Case {
  const char* name;
  Shape x;
  int pad;  // of the convolution that reads the norm, by reflection; 0: there is none
  bool to_float = false;
  bool residual = false;
};
constexpr Case kCases[] = {
    {"of blocks of channels, with a border", {1, 230, 300, 32}, 1},
    {"with a residual", {1, 230, 300, 32}, 1, false, true},
    {"two pictures, with a wide border", {2, 150, 250, 24}, 4},
    {"without a border", {1, 230, 300, 32}, 0, false, true},
    {"to float", {2, 230, 300, 12}, 0, true},
};

struct Run {
  std::vector<std::byte> result;
  bool in_place;
};

// `apart`: the norm's input is an output of the graph, so that it has to last.
Run run(const Case& c, Backend& backend, Precision precision, bool apart) {
  const std::vector<float> gamma = random_floats(static_cast<std::size_t>(c.x.c), 1);
  const int side = c.pad == 1 ? 3 : 9;
  const std::vector<float> filter = random_floats(static_cast<std::size_t>(c.x.c * c.x.c * side * side), 2);
  Graph graph;
  graph.scope("", precision);
  const TensorId input = graph.input("x", c.x, DType::f32);
  const TensorId x = graph.append("made", Convert{.scale = 3}, {input});
  const TensorId addend = c.residual ? graph.append("residual", Convert{.scale = 2}, {input}) : kAbsent;
  const TensorId norm = graph.instance_norm("norm", x, {.activation = Activation::relu, .to_float = c.to_float},
                                            view_of(gamma, {c.x.c}), view_of(gamma, {c.x.c}), addend);
  TensorId out = norm;
  if (c.pad > 0) {
    const Conv2d conv{.k = c.x.c,
                      .r = side,
                      .s = side,
                      .pad_top = c.pad,
                      .pad_left = c.pad,
                      .pad_bottom = c.pad,
                      .pad_right = c.pad,
                      .pad_mode = PadMode::reflect};
    out = graph.conv2d("conv", norm, conv, view_of(filter, {c.x.c, c.x.c, side, side}));
  }
  graph.output(out);
  if (apart) graph.output(x);
  Engine engine(std::move(graph), backend);
  const std::vector<std::byte> feed = random_input(c.x, DType::f32, 3).bytes;
  std::ranges::copy(feed, engine.host(input).begin());
  engine.run();
  const std::span<const std::byte> bytes = engine.host(out);
  const std::size_t from = engine.arena().offsets[static_cast<std::size_t>(norm)];
  const std::size_t at = engine.arena().offsets[static_cast<std::size_t>(x)];
  const bool in_place = at >= from && at < from + engine.graph().tensor(norm).bytes();
  return {{bytes.begin(), bytes.end()}, in_place};
}

}  // namespace

TEST_CASE("cpu: a norm in place gives what one with memory of its own gives") {
#ifdef __SANITIZE_THREAD__
  SKIP_CASE("thread sanitizer does not know libgomp's barriers");
#endif
  for (const int threads : {1, 2, 3}) {
    const std::unique_ptr<Backend> backend = make_cpu_backend(threads);
    for (const Precision precision : {Precision::fp32, Precision::bf16}) {
      if (!backend->supports(precision)) continue;
      for (const Case& c : kCases) {
        INFO(c.name << ", " << to_string(precision) << ", " << threads << " threads");
        const Run in_place = run(c, *backend, precision, false);
        const Run apart = run(c, *backend, precision, true);
        CHECK(in_place.in_place);
        CHECK_FALSE(apart.in_place);
        CHECK(in_place.result == apart.result);
      }
    }
  }
}
