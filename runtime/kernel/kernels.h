// What the kernels path's nodes are made from, and their makers: one for each op, each in the file of its ladder.
#pragma once

#include "kernels/common/half.h"
#include "kernels/common/ladder.h"
#include "kernels/common/math.h"
#include "kernels/common/target.h"
#include "runtime/backend.h"
#include "runtime/error.h"

#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace impasto::IMPASTO_TARGET {

// Device memory, freed with its owner.
class DeviceMemory final : public Memory {
 public:
  DeviceMemory(Device& device, std::size_t bytes) : data_(device.allocate(bytes)) {}
  ~DeviceMemory() override { Device::release(data_); }
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;
  [[nodiscard]] std::byte* data() const noexcept override { return data_; }

 private:
  std::byte* data_;
};

// The rungs that the caller forces, and what the graph's nodes make of them.
class RungWishes {
 public:
  explicit RungWishes(std::span<const ForcedRung> forced) : forced_(forced), taken_(forced.size()) {}

  // Whether a node of `op`, which has this rung, is to run on it if it can.
  [[nodiscard]] bool wants(std::string_view op, std::string_view rung);
  void take(std::string_view op);
  // Throws a usage Error for the first wish that no node has taken; it lists what there is.
  void check() const;

 private:
  std::span<const ForcedRung> forced_;
  std::vector<bool> taken_;
  std::map<std::string, std::vector<std::string>> seen_;  // ops of the graph and their rungs
};

// A graph while its kernels are made.
struct Build {
  Device& device;
  const Graph& graph;
  RungWishes& wishes;

  // Of the node's input or output; the input must be there.
  [[nodiscard]] const TensorInfo& in(const Node& node, std::size_t i = 0) const { return graph.tensor(node.inputs[i]); }
  [[nodiscard]] const TensorInfo& out(const Node& node, std::size_t i = 0) const {
    return graph.tensor(node.outputs[i]);
  }
};

[[nodiscard]] inline bool has_input(const Node& node, std::size_t i) {
  return i < node.inputs.size() && node.inputs[i] != kAbsent;
}

// The kernels' words for the graph's.
[[nodiscard]] Activation kernel_activation(impasto::Activation activation);
[[nodiscard]] PadMode kernel_pad_mode(impasto::PadMode mode);
[[nodiscard]] Storage storage_of(DType dtype);  // f32 or f16, else throws Error

// A copy of host values in device memory; of none, nothing.
[[nodiscard]] std::unique_ptr<DeviceMemory> uploaded(Device& device, std::span<const std::byte> bytes);
[[nodiscard]] std::unique_ptr<DeviceMemory> uploaded(Device& device, const std::vector<float>& values);
// The same of a weight, as float32.
[[nodiscard]] std::unique_ptr<DeviceMemory> uploaded(Device& device, const WeightView& weight);

[[nodiscard]] inline const float* floats(const std::unique_ptr<DeviceMemory>& memory) {
  return memory ? reinterpret_cast<const float*>(memory->data()) : nullptr;
}

// The rung that runs a node: the one that the caller forces if there is one and it takes the problem, else `chosen`.
template <typename Rung, typename Problem>
[[nodiscard]] const Rung& pick(const Build& build, const Node& node, std::span<const Rung> rungs, const Rung& chosen,
                               const Problem& problem) {
  const Rung* picked = nullptr;
  for (const Rung& rung : rungs) {
    if (build.wishes.wants(op_name(node.op), rung.name) && picked == nullptr && rung.supports(problem)) picked = &rung;
  }
  if (picked == nullptr) return chosen;
  build.wishes.take(op_name(node.op));
  return *picked;
}

// A node that a rung runs. `bind` makes the rung's arguments from the node's pointers; it owns the device memory that
// they point to besides.
template <typename Rung, typename Problem, typename Bind>
class RungKernel final : public Kernel {
 public:
  RungKernel(const Build& build, const Node& node, const Rung& rung, const Problem& problem, Bind bind)
      : node_(node.name), stream_(build.device.stream()), rung_(rung), problem_(problem), bind_(std::move(bind)) {}

  [[nodiscard]] std::string_view name() const noexcept override { return rung_.name; }
  [[nodiscard]] std::size_t workspace_bytes() const noexcept override { return rung_.workspace_bytes(problem_); }
  void run(const Binding& binding) override try {
    const Range range(node_);
    rung_.launch(problem_, bind_(binding), stream_);
  } catch (const std::runtime_error& error) {
    fail("{}: {}", node_, error.what());
  }

 private:
  std::string node_;
  Stream stream_;
  const Rung& rung_;
  Problem problem_;
  Bind bind_;
};
template <typename Rung, typename Problem, typename Bind>
[[nodiscard]] std::unique_ptr<Kernel> rung_kernel(const Build& build, const Node& node, const Rung& rung,
                                                  const Problem& problem, Bind bind) {
  return std::make_unique<RungKernel<Rung, Problem, Bind>>(build, node, rung, problem, std::move(bind));
}

// How runs go through the device, and host memory that it copies from and to: runtime/kernel/cuda and .../simt.
[[nodiscard]] std::unique_ptr<Flight> make_flight(Device& device, std::size_t laps);
[[nodiscard]] std::unique_ptr<Memory> make_host_memory(Device& device, std::size_t bytes);

// The kernel of a node whose op is `op`. Each throws Error that names the node.
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Conv2d& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MergeMoments& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Normalise& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Convert& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Add& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Gate& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Pad& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Store& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Deconv2d& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const ToRgb& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Stillness& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Sweep& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Blend& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const ConvertPlanes& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MatteToPlanes& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Composite& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const PreserveColour& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const BlurBehind& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const InstanceNorm& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const GuidedFilter& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MatteSmooth& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MatteThreshold& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MatteComponents& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MatteGrow& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MatteFeather& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Resize& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MaxPool& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const GlobalAverage& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Softmax& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const PortraitInput& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Inspect& op);

// Whether a rung that is fast besides can run this fused convolution of `in`.
[[nodiscard]] bool fuses_conv2d(const TensorInfo& in, const Conv2d& op);

}  // namespace impasto::IMPASTO_TARGET
