#include "runtime/engine.h"

#include "runtime/error.h"
#include "tests/support.h"

#include <cstring>
#include <functional>
#include <new>

using namespace impasto;
using Catch::Matchers::Contains;

namespace {

class HostMemory : public Memory {
 public:
  explicit HostMemory(std::size_t bytes) : bytes_(std::make_unique<std::byte[]>(bytes)) {
    std::memset(bytes_.get(), 0xff, bytes);  // NaN
  }
  [[nodiscard]] std::byte* data() const noexcept override { return bytes_.get(); }

 private:
  std::unique_ptr<std::byte[]> bytes_;
};

// What it copies and runs, and whether it fails.
struct Log {
  int uploads = 0;
  int downloads = 0;
  int poisoned = 0;
  int memory = -1;  // allocations that succeed; -1: all
  bool broken = false;
};

// Does nothing before it is waited for: what the host changes too early shows.
class LazyFlight : public Flight {
 public:
  explicit LazyFlight(Log& log) : log_(log) {}
  void upload(std::byte* device, std::span<const std::byte> host) override {
    ++log_.uploads;
    work_.emplace_back([=] { std::memcpy(device, host.data(), host.size()); });
  }
  void compute(const std::function<void()>& nodes) override { work_.push_back(nodes); }
  void compute_timed(const std::function<void()>& nodes) override { work_.push_back(nodes); }
  void lap() override {}
  void download(std::span<std::byte> host, const std::byte* device) override {
    ++log_.downloads;
    work_.emplace_back([=] { std::memcpy(host.data(), device, host.size()); });
  }
  void wait() override {
    if (log_.broken) fail("the device failed");
    for (const auto& work : work_) work();
    work_.clear();
  }
  [[nodiscard]] double lap_ms(std::size_t i) const override { return static_cast<double>(i); }

 private:
  Log& log_;
  std::vector<std::function<void()>> work_;
};

// Runs Convert on f32 alone: y = x * scale. Its memory can be declared out of the host's reach, as a GPU's is.
class ScaleBackend : public Backend {
 public:
  explicit ScaleBackend(bool host_accessible) : host_accessible_(host_accessible) {}

  [[nodiscard]] std::string_view name() const noexcept override { return "scale"; }
  [[nodiscard]] std::string device_name() const override { return "test"; }
  [[nodiscard]] bool supports(Precision precision) const noexcept override { return precision == Precision::fp32; }
  [[nodiscard]] std::unique_ptr<Memory> allocate(std::size_t bytes) override {
    if (log.memory == 0) throw std::bad_alloc();
    --log.memory;
    return std::make_unique<HostMemory>(bytes);
  }
  [[nodiscard]] Prepared prepare(const Graph& graph) override {
    Prepared prepared;
    for (TensorId id = 0; id < graph.tensor_count(); ++id) prepared.tensor_bytes.push_back(graph.tensor(id).bytes());
    for (const Node& node : graph.nodes()) prepared.kernels.push_back(std::make_unique<Scale>(graph, node));
    return prepared;
  }
  void fill(std::byte* device, std::byte value, std::size_t bytes) override {
    if (value == std::byte{0xFF}) ++log.poisoned;
    std::fill_n(device, bytes, value);
  }
  [[nodiscard]] bool host_accessible() const noexcept override { return host_accessible_; }
  [[nodiscard]] std::unique_ptr<Flight> make_flight(std::size_t laps) override {
    if (host_accessible_) return make_host_flight(laps);
    return std::make_unique<LazyFlight>(log);
  }

  Log log;

 private:
  class Scale : public Kernel {
   public:
    Scale(const Graph& graph, const Node& node)
        : count_(static_cast<std::size_t>(graph.tensor(node.outputs[0]).shape.count())),
          scale_(std::get<Convert>(node.op).scale) {}
    [[nodiscard]] std::string_view name() const noexcept override { return "scalar"; }
    [[nodiscard]] std::size_t workspace_bytes() const noexcept override { return 64; }
    void run(const Binding& binding) override {
      const auto* x = reinterpret_cast<const float*>(binding.inputs[0]);
      auto* y = reinterpret_cast<float*>(binding.outputs[0]);
      for (std::size_t i = 0; i < count_; ++i) y[i] = x[i] * scale_;
    }

   private:
    std::size_t count_;
    float scale_;
  };
  bool host_accessible_;
};

std::span<float> floats(std::span<std::byte> bytes) {
  return {reinterpret_cast<float*>(bytes.data()), bytes.size() / sizeof(float)};
}

struct Chain {
  Graph graph;
  TensorId x, y;
  Chain() : x(graph.input("x", {1, 3, 5, 1}, DType::f32)), y(x) {
    for (int i = 0; i < 3; ++i) y = graph.append("scale" + std::to_string(i), Convert{.scale = 2}, {y});
    graph.output(y);
  }
};

}  // namespace

TEST_CASE("engine: runs a chain, frame after frame, on memory that the host reaches and on memory that it does not") {
  for (const bool reachable : {true, false}) {
    ScaleBackend backend(reachable);
    Chain chain;
    Engine engine(chain.graph, backend);
    for (int frame = 1; frame <= 3; ++frame) {
      std::ranges::fill(floats(engine.host(chain.x)), static_cast<float>(frame));
      engine.run();
      for (const float v : floats(engine.host(chain.y))) REQUIRE(v == 8.0F * static_cast<float>(frame));
    }
    REQUIRE(backend.log.uploads == (reachable ? 0 : 3));
    REQUIRE(backend.log.downloads == (reachable ? 0 : 3));
    REQUIRE(engine.workspace_bytes() == 64);
  }
}

TEST_CASE("engine: a profiler gets a time for each node of each run, up to its capacity") {
  ScaleBackend backend(true);
  Chain chain;
  Engine engine(chain.graph, backend);
  Profiler profiler(2);
  profiler.begin(engine.profile());
  for (int run = 0; run < 3; ++run) engine.run(profiler);
  REQUIRE(profiler.nodes().size() == 3);
  for (const NodeProfile& node : profiler.nodes()) {
    REQUIRE(node.ms.size() == 2);
    REQUIRE(node.kernel == "scalar");
    REQUIRE(node.op == "convert");
    REQUIRE(node.precision == Precision::fp32);
  }
  REQUIRE(profiler.median_ms("scale") >= 0);
  REQUIRE(profiler.median_ms("other") == 0);
}

TEST_CASE("engine: two runs under way do not touch each other's inputs and outputs") {
  ScaleBackend backend(false);
  Chain chain;
  Engine engine(chain.graph, backend, 2);
  REQUIRE(engine.depth() == 2);
  const auto check = [&](int frame) {
    engine.collect();
    for (const float v : floats(engine.host(chain.y))) REQUIRE(v == 8.0F * static_cast<float>(frame));
  };
  for (int frame = 1; frame <= 5; ++frame) {
    std::ranges::fill(floats(engine.host(chain.x)), static_cast<float>(frame));
    engine.submit();
    if (engine.under_way() == engine.depth()) check(frame - 1);
  }
  check(5);
  REQUIRE(engine.under_way() == 0);
  REQUIRE_THROWS_WITH(engine.collect(), Contains("no run is under way"));
  engine.submit();
  engine.submit();
  REQUIRE_THROWS_WITH(engine.submit(), Contains("2 runs are under way"));
}

TEST_CASE("engine: on memory that the host reaches one run is under way at a time") {
  ScaleBackend backend(true);
  Chain chain;
  REQUIRE(Engine(chain.graph, backend, 2).depth() == 1);
}

TEST_CASE("engine: a persistent input goes to the device when it has changed") {
  const int depth = GENERATE(1, 2);
  ScaleBackend backend(false);
  Graph graph;
  const TensorId x = graph.input("x", {1, 1, 1, 3}, DType::f32, true);
  const TensorId y = graph.append("scale", Convert{.scale = 3}, {x});
  graph.output(y);
  Engine engine(graph, backend, depth);
  std::ranges::fill(floats(engine.host(x)), 1.0F);
  for (int run = 0; run < 6; ++run) {
    if (run == 4) floats(engine.host(x))[1] = 2;  // the rest keeps its value
    for (int i = 0; i < depth; ++i) engine.submit();
    for (int i = 0; i < depth; ++i) {
      engine.collect();
      REQUIRE(floats(engine.host(y))[0] == 3);
      REQUIRE(floats(engine.host(y))[1] == (run < 4 ? 3 : 6));
    }
  }
  REQUIRE(backend.log.uploads == 2 * depth);  // of each slot's own copy
}

TEST_CASE("engine: a state has what the run before left, and nothing but zeros in the first one") {
  for (const bool reachable : {true, false}) {
    const int depth = GENERATE(1, 2);
    ScaleBackend backend(reachable);
    Graph graph;
    const TensorId x = graph.input("x", {1, 1, 1, 3}, DType::f32);
    const TensorId state = graph.state("before", {1, 1, 1, 3}, DType::f32);
    const TensorId last = graph.append("last", Convert{}, {state});
    graph.append("keep", Convert{.scale = 2}, {x}, state);
    const TensorId now = graph.append("now", Convert{.scale = 3}, {state});  // of this run already
    graph.output(last);
    graph.output(now);
    Engine engine(graph, backend, depth);
    int collected = 0;
    const auto collect = [&] {
      engine.collect();
      REQUIRE(floats(engine.host(last))[2] == 2.0F * static_cast<float>(collected++));
      REQUIRE(floats(engine.host(now))[2] == 6.0F * static_cast<float>(collected));
    };
    for (int run = 1; run <= 5; ++run) {
      std::ranges::fill(floats(engine.host(x)), static_cast<float>(run));
      engine.submit();
      if (engine.under_way() == engine.depth()) collect();
    }
    while (engine.under_way() > 0) collect();
    REQUIRE(collected == 5);
  }
}

TEST_CASE("engine: too little memory is an error with the plan") {
  for (const bool reachable : {true, false}) {
    for (int enough = 0;; ++enough) {
      ScaleBackend backend(reachable);
      backend.log.memory = enough;
      Chain chain;
      try {
        const Engine engine(chain.graph, backend, 2);
        REQUIRE(enough > 0);  // the arena
        break;
      } catch (const Error& error) {
        INFO(enough);
        REQUIRE_THAT(error.what(), Contains("not enough memory on scale (test): arena 0.0 MiB (workspace") &&
                                       Contains("weights 0.0 MiB"));
        if (!reachable) REQUIRE_THAT(error.what(), Contains("inputs and outputs 0.0 MiB, staged"));
      }
    }
  }
}

TEST_CASE("engine: a device that fails is an error when the run is collected") {
  ScaleBackend backend(false);
  Chain chain;
  Engine engine(chain.graph, backend, 2);
  engine.run();
  backend.log.broken = true;
  engine.submit();
  REQUIRE_THROWS_WITH(engine.collect(), "the device failed");
}

#ifdef ARENA_SEPARATE
TEST_CASE("engine: in memory of their own, tensors are poisoned when nothing reads them any more") {
  ScaleBackend backend(true);
  Chain chain;
  Engine engine(chain.graph, backend);
  std::ranges::fill(floats(engine.host(chain.x)), 1.0F);
  const int before = backend.log.poisoned;
  engine.run();
  REQUIRE(backend.log.poisoned == before + 3);  // x and what lies between the three nodes
  for (const float v : floats(engine.host(chain.x))) REQUIRE(std::isnan(v));
  for (const float v : floats(engine.host(chain.y))) REQUIRE(v == 8);
}
#endif

TEST_CASE("profiler: medians") {
  REQUIRE(median(std::vector<double>{}) == 0);
  REQUIRE(median(std::vector<double>{3, 1, 2}) == 2);
  REQUIRE(median(std::vector<double>{4, 1, 3, 2}) == 2.5);
}

TEST_CASE("engine: a precision that the backend has not is an error that names the node") {
  ScaleBackend backend(true);
  Graph graph;
  const TensorId x = graph.input("x", {1, 3, 5, 1}, DType::f32);
  graph.scope("net/", Precision::fp16);
  graph.output(graph.append("convert", Convert{}, {x}));
  REQUIRE_THROWS_WITH(Engine(graph, backend), Contains("net/convert: device scale has no fp16"));
}

TEST_CASE("engine: only inputs and outputs can be reached") {
  ScaleBackend backend(true);
  Chain chain;
  Engine engine(chain.graph, backend);
  REQUIRE_THROWS_WITH(engine.host(1), Contains("scale0 is neither input nor output"));
}
