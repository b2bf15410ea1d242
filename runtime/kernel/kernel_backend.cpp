#include "runtime/kernel/kernel_backend.h"

#include "kernels/common/target.h"
#include "kernels/conv2d/conv2d.h"
#include "runtime/error.h"
#include "runtime/weights.h"

#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

namespace impasto::IMPASTO_TARGET {

namespace {

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

std::unique_ptr<DeviceMemory> uploaded(Device& device, std::span<const std::byte> bytes) {
  auto memory = std::make_unique<DeviceMemory>(device, bytes.size());
  device.upload(memory->data(), bytes.data(), bytes.size());
  return memory;
}

Activation kernel_activation(impasto::Activation activation) {
  switch (activation) {
    case impasto::Activation::none:
      return Activation::none;
    case impasto::Activation::relu:
      return Activation::relu;
    case impasto::Activation::hard_swish:
      return Activation::hard_swish;
    case impasto::Activation::sigmoid:
      return Activation::sigmoid;
    case impasto::Activation::tanh:
      return Activation::tanh;
  }
  fail("activation {} is unknown", static_cast<int>(activation));
}

Conv2dProblem conv2d_problem(const Graph& graph, const Node& node) {
  const auto& op = std::get<Conv2d>(node.op);
  const Shape x = graph.tensor(node.inputs.front()).shape;
  return {.n = x.n,
          .h = x.h,
          .w = x.w,
          .c = x.c,
          .k = op.k,
          .r = op.r,
          .s = op.s,
          .stride = op.stride,
          .pad_top = op.pad_top,
          .pad_left = op.pad_left,
          .pad_bottom = op.pad_bottom,
          .pad_right = op.pad_right,
          .pad_mode = op.pad_mode == impasto::PadMode::reflect ? PadMode::reflect : PadMode::zero,
          .groups = op.groups,
          .activation = kernel_activation(op.activation),
          .scale = op.weight_scale,
          .storage = node.precision == Precision::fp16 ? Storage::f16 : Storage::f32};
}

class Conv2dKernel final : public Kernel {
 public:
  Conv2dKernel(Device& device, const Graph& graph, const Node& node)
      : name_(node.name),
        stream_(device.stream()),
        problem_(conv2d_problem(graph, node)),
        rung_(choose_conv2d(problem_)) {
    std::vector<std::byte> packed(rung_.weight_bytes(problem_));
    rung_.pack_weights(problem_, to_floats(node.weights[0]).data(), packed.data());
    weights_ = uploaded(device, packed);
    if (!node.weights[1].empty()) {
      const std::vector<float> bias = to_floats(node.weights[1]);
      bias_ = uploaded(device, std::as_bytes(std::span(bias)));
    }
  }

  [[nodiscard]] std::string_view name() const noexcept override { return rung_.name; }
  [[nodiscard]] std::size_t workspace_bytes() const noexcept override { return rung_.workspace_bytes(problem_); }

  void run(const Binding& binding) override try {
    rung_.launch(problem_,
                 {.x = binding.inputs[0],
                  .weights = weights_->data(),
                  .bias = bias_ ? reinterpret_cast<const float*>(bias_->data()) : nullptr,
                  .residual = binding.inputs[1],
                  .y = binding.outputs[0],
                  .workspace = binding.workspace},
                 stream_);
  } catch (const std::runtime_error& error) {
    fail("{}: {}", name_, error.what());
  }

 private:
  std::string name_;
  Stream stream_;
  Conv2dProblem problem_;
  const Conv2dRung& rung_;
  std::unique_ptr<DeviceMemory> weights_, bias_;
};

class KernelBackend final : public Backend {
 public:
  explicit KernelBackend(int number) : device_(number) {}

  [[nodiscard]] std::string_view name() const noexcept override { return Device::kTarget; }
  [[nodiscard]] std::string device_name() const override { return device_.name(); }
  [[nodiscard]] bool supports(Precision precision) const noexcept override { return precision != Precision::bf16; }
  [[nodiscard]] std::unique_ptr<Memory> allocate(std::size_t bytes) override {
    return std::make_unique<DeviceMemory>(device_, bytes);
  }

  [[nodiscard]] Prepared prepare(const Graph& graph) override {
    Prepared prepared;
    for (TensorId id = 0; id < graph.tensor_count(); ++id) prepared.tensor_bytes.push_back(graph.tensor(id).bytes());
    for (const Node& node : graph.nodes()) {
      if (!std::holds_alternative<Conv2d>(node.op)) {
        fail("{}: op {} has no kernel yet on {}", node.name, op_name(node.op), name());
      }
      prepared.kernels.push_back(std::make_unique<Conv2dKernel>(device_, graph, node));
    }
    return prepared;
  }

  void upload(std::byte* device, std::span<const std::byte> host) override {
    device_.upload(device, host.data(), host.size());
  }
  void download(std::span<std::byte> host, const std::byte* device) override {
    device_.download(host.data(), device, host.size());
  }
  void synchronise() override { device_.synchronise(); }
  [[nodiscard]] bool host_accessible() const noexcept override { return Device::kHostMemory; }

 private:
  Device device_;
};

}  // namespace

std::unique_ptr<Backend> make_backend(int number) try {
  return std::make_unique<KernelBackend>(number);
} catch (const std::runtime_error& error) {
  throw Error(error.what(), ErrorKind::no_device);
}

}  // namespace impasto::IMPASTO_TARGET
