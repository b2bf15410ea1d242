#include "runtime/engine.h"

#include "runtime/error.h"
#include "tests/support.h"

#include <cstring>

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

// Runs Convert on f32 alone: y = x * scale. Its memory can be declared out of the host's reach, as a GPU's is.
class ScaleBackend : public Backend {
 public:
  explicit ScaleBackend(bool host_accessible) : host_accessible_(host_accessible) {}

  [[nodiscard]] std::string_view name() const noexcept override { return "scale"; }
  [[nodiscard]] std::string device_name() const override { return "test"; }
  [[nodiscard]] bool supports(Precision precision) const noexcept override { return precision == Precision::fp32; }
  [[nodiscard]] std::unique_ptr<Memory> allocate(std::size_t bytes) override {
    return std::make_unique<HostMemory>(bytes);
  }
  [[nodiscard]] Prepared prepare(const Graph& graph) override {
    Prepared prepared;
    for (TensorId id = 0; id < graph.tensor_count(); ++id) prepared.tensor_bytes.push_back(graph.tensor(id).bytes());
    for (const Node& node : graph.nodes()) prepared.kernels.push_back(std::make_unique<Scale>(graph, node));
    return prepared;
  }
  void upload(std::byte* device, std::span<const std::byte> host) override {
    ++uploads;
    std::memcpy(device, host.data(), host.size());
  }
  void download(std::span<std::byte> host, const std::byte* device) override {
    ++downloads;
    std::memcpy(host.data(), device, host.size());
  }
  void synchronise() override {}
  [[nodiscard]] bool host_accessible() const noexcept override { return host_accessible_; }

  int uploads = 0;
  int downloads = 0;

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
    REQUIRE(backend.uploads == (reachable ? 0 : 3));
    REQUIRE(backend.downloads == (reachable ? 0 : 3));
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
    REQUIRE(node.precision == "fp32");
  }
  REQUIRE(profiler.median_ms("scale") >= 0);
  REQUIRE(profiler.median_ms("other") == 0);
}

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
