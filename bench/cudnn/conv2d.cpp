// cuDNN's convolution: NHWC, fp16 with fp32 accumulation (or fp32 without tensor cores), by its graph API. Every plan
// that its heuristics propose is timed as our rungs are, and the fastest is the rival. The bare sum: no bias, no
// activation.
#include "bench/rival.h"
#include "bench/timing.h"

#include <cudnn.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>
#include <utility>

namespace impasto::cuda {

namespace {

// More than this for scratch is no way to run a convolution.
constexpr std::int64_t kMostWorkspace = std::int64_t{1} << 30;
constexpr int kTrials = 5;

bool ok(cudnnStatus_t status) {
  return status == CUDNN_STATUS_SUCCESS;
}
void check(cudnnStatus_t status, std::string_view what) {
  if (!ok(status)) throw std::runtime_error(fmt::format("{}: {}", what, cudnnGetErrorString(status)));
}

class Handle {
 public:
  Handle() { check(cudnnCreate(&value_), "cudnnCreate"); }
  ~Handle() { cudnnDestroy(value_); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  operator cudnnHandle_t() const { return value_; }

 private:
  cudnnHandle_t value_ = nullptr;
};

// A descriptor of the graph API: attributes are set, then it is finalised.
class Descriptor {
 public:
  explicit Descriptor(cudnnBackendDescriptorType_t type) {
    check(cudnnBackendCreateDescriptor(type, &value_), "cudnnBackendCreateDescriptor");
  }
  ~Descriptor() {
    if (value_ != nullptr) cudnnBackendDestroyDescriptor(value_);
  }
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, nullptr)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  [[nodiscard]] cudnnBackendDescriptor_t get() const { return value_; }

  template <typename T, std::size_t n>
  Descriptor& set_all(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                      const std::array<T, n>& values) {
    const auto count = static_cast<std::int64_t>(values.size());
    check(cudnnBackendSetAttribute(value_, name, type, count, values.data()), "cudnnBackendSetAttribute");
    return *this;
  }
  template <typename T>
  Descriptor& set(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, const T& value) {
    return set_all(name, type, std::array{value});
  }
  Descriptor& set(cudnnBackendAttributeName_t name, const Descriptor& value) {
    return set(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, value.get());
  }
  Descriptor finalized() {
    check(cudnnBackendFinalize(value_), "cudnnBackendFinalize");
    return std::move(*this);
  }

 private:
  cudnnBackendDescriptor_t value_ = nullptr;
};

enum Id : std::int64_t { kX = 'x', kW = 'w', kY = 'y' };
constexpr std::int64_t kAlignment = 16;

// Sizes in the order N, C, H, W, of values that lie as N, H, W, C.
Descriptor tensor(Id id, cudnnDataType_t type, const std::array<std::int64_t, 4>& nchw) {
  const auto [n, c, h, w] = nchw;
  const std::array<std::int64_t, 4> strides{h * w * c, 1, w * c, c};
  return Descriptor(CUDNN_BACKEND_TENSOR_DESCRIPTOR)
      .set(CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, type)
      .set_all(CUDNN_ATTR_TENSOR_DIMENSIONS, CUDNN_TYPE_INT64, nchw)
      .set_all(CUDNN_ATTR_TENSOR_STRIDES, CUDNN_TYPE_INT64, strides)
      .set(CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_TYPE_INT64, std::int64_t{id})
      .set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, CUDNN_TYPE_INT64, kAlignment)
      .finalized();
}

// All that a plan points to.
struct Conv2d {
  explicit Conv2d(const Conv2dProblem& d, cudnnDataType_t type)
      : x(tensor(kX, type, {d.n, d.c, d.h, d.w})),
        w(tensor(kW, type, {d.k, d.group_c(), d.r, d.s})),
        y(tensor(kY, type, {d.n, d.k, d.p(), d.q()})),
        convolution(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR),
        operation(CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR),
        graph(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR) {
    const std::array<std::int64_t, 2> pads{d.pad_top, d.pad_left};
    const std::array<std::int64_t, 2> strides{d.stride, d.stride};
    const std::array<std::int64_t, 2> dilations{1, 1};
    convolution = convolution.set(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, CUDNN_TYPE_INT64, std::int64_t{2})
                      .set(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, CUDNN_DATA_FLOAT)
                      .set(CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE, CUDNN_CROSS_CORRELATION)
                      .set_all(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, CUDNN_TYPE_INT64, pads)
                      .set_all(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, CUDNN_TYPE_INT64, pads)
                      .set_all(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, CUDNN_TYPE_INT64, strides)
                      .set_all(CUDNN_ATTR_CONVOLUTION_DILATIONS, CUDNN_TYPE_INT64, dilations)
                      .finalized();
    operation = operation.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, x)
                    .set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, w)
                    .set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, y)
                    .set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, convolution)
                    .set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, CUDNN_TYPE_FLOAT, 1.0F)
                    .set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA, CUDNN_TYPE_FLOAT, 0.0F)
                    .finalized();
    graph = graph.set(CUDNN_ATTR_OPERATIONGRAPH_HANDLE, CUDNN_TYPE_HANDLE, static_cast<cudnnHandle_t>(handle))
                .set(CUDNN_ATTR_OPERATIONGRAPH_OPS, operation)
                .finalized();
  }

  Handle handle;
  Descriptor x, w, y, convolution, operation, graph;
};

bool uses_tensor_cores(const Descriptor& config) {
  const Descriptor engine(CUDNN_BACKEND_ENGINE_DESCRIPTOR);
  cudnnBackendDescriptor_t raw = engine.get();
  std::int64_t count = 0;
  check(cudnnBackendGetAttribute(config.get(), CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &count,
                                 static_cast<void*>(&raw)),
        "engine");
  std::array<cudnnBackendNumericalNote_t, CUDNN_NUMERICAL_NOTE_TYPE_COUNT> notes{};
  check(cudnnBackendGetAttribute(raw, CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, CUDNN_TYPE_NUMERICAL_NOTE,
                                 static_cast<std::int64_t>(notes.size()), &count, notes.data()),
        "numerical notes");
  return std::count(notes.begin(), notes.begin() + count, CUDNN_NUMERICAL_NOTE_TENSOR_CORE) > 0;
}

// What the heuristics propose, best guess first.
std::vector<Descriptor> configurations(const Conv2d& c, cudnnBackendHeurMode_t mode) {
  const Descriptor heuristics = Descriptor(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR)
                                    .set(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, c.graph)
                                    .set(CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, mode)
                                    .finalized();
  std::int64_t count = 0;
  check(cudnnBackendGetAttribute(heuristics.get(), CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_TYPE_BACKEND_DESCRIPTOR, 0,
                                 &count, nullptr),
        "heuristics");
  std::vector<Descriptor> found;
  std::vector<cudnnBackendDescriptor_t> raw;
  for (std::int64_t i = 0; i < count; ++i) {
    raw.push_back(found.emplace_back(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR).get());
  }
  check(cudnnBackendGetAttribute(heuristics.get(), CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_TYPE_BACKEND_DESCRIPTOR, count,
                                 &count, static_cast<void*>(raw.data())),
        "heuristics");
  found.erase(found.begin() + count, found.end());
  return found;
}

struct Plan {
  Descriptor descriptor;
  std::int64_t workspace_bytes = 0;
};

// Those that can run, each once.
std::vector<Plan> plans(const Conv2d& c, bool tensor_cores) {
  std::vector<Plan> plans;
  for (const cudnnBackendHeurMode_t mode : {CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_B}) {
    for (const Descriptor& config : configurations(c, mode)) {
      if (!tensor_cores && uses_tensor_cores(config)) continue;
      Plan plan{Descriptor(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR)};
      plan.descriptor.set(CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE, static_cast<cudnnHandle_t>(c.handle))
          .set(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, config);
      std::int64_t count = 0;
      if (!ok(cudnnBackendFinalize(plan.descriptor.get()))) continue;  // the heuristics propose what cannot run too
      check(cudnnBackendGetAttribute(plan.descriptor.get(), CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE, CUDNN_TYPE_INT64,
                                     1, &count, &plan.workspace_bytes),
            "workspace");
      if (plan.workspace_bytes <= kMostWorkspace) plans.push_back(std::move(plan));
    }
  }
  return plans;
}

}  // namespace

std::optional<Rival> conv2d_rival(const Conv2dProblem& d, BenchMemory& memory, Device& device) {
  if (d.pad_mode != PadMode::zero || d.upsample != 1 || !d.plain() || d.pad_top != d.pad_bottom ||
      d.pad_left != d.pad_right) {
    return std::nullopt;
  }
  const bool fp16 = d.storage == Storage::f16;
  const auto c = std::make_shared<Conv2d>(d, fp16 ? CUDNN_DATA_HALF : CUDNN_DATA_FLOAT);
  check(cudnnSetStream(c->handle, device.stream()), "cudnnSetStream");
  std::vector<Plan> found = plans(*c, fp16);
  std::int64_t workspace_bytes = 0;
  for (const Plan& plan : found) workspace_bytes = std::max(workspace_bytes, plan.workspace_bytes);

  // cuDNN writes none of x and w.
  const std::array<void*, 3> data{
      const_cast<void*>(memory.values(static_cast<std::size_t>(d.n) * d.h * d.w * d.c, d.storage)),
      const_cast<void*>(memory.values(static_cast<std::size_t>(d.k) * d.r * d.s * d.group_c(), d.storage)),
      memory.output(static_cast<std::size_t>(d.n) * d.p() * d.q() * d.k, d.storage)};
  const std::array<std::int64_t, 3> ids{kX, kW, kY};
  void* workspace = memory.workspace(static_cast<std::size_t>(workspace_bytes));
  const auto variant =
      std::make_shared<Descriptor>(Descriptor(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR)
                                       .set_all(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, CUDNN_TYPE_INT64, ids)
                                       .set_all(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR, data)
                                       .set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, workspace)
                                       .finalized());

  const Plan* best = nullptr;
  double best_ms = 0;
  for (const Plan& plan : found) {
    const auto run = [&] { return cudnnBackendExecute(c->handle, plan.descriptor.get(), variant->get()); };
    if (!ok(run())) continue;
    std::vector<double> ms = time_launches(device, kTrials, [&] { check(run(), "cudnnBackendExecute"); });
    std::sort(ms.begin(), ms.end());
    if (best == nullptr || ms[kTrials / 2] < best_ms) best = &plan, best_ms = ms[kTrials / 2];
  }
  if (best == nullptr) return std::nullopt;
  const auto bytes = static_cast<std::size_t>(best->workspace_bytes);
  const auto plan = std::make_shared<Plan>(std::move(found[static_cast<std::size_t>(best - found.data())]));
  return Rival{fmt::format("cuDNN {}, the fastest of {} plans", cudnnGetVersion(), found.size()), bytes,
               [c, plan, variant] {
                 check(cudnnBackendExecute(c->handle, plan->descriptor.get(), variant->get()), "cudnnBackendExecute");
               }};
}

}  // namespace impasto::cuda
