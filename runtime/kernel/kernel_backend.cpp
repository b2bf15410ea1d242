#include "runtime/kernel/kernel_backend.h"

#include "kernels/conv2d/conv2d.h"
#include "runtime/kernel/kernels.h"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <variant>

namespace impasto::IMPASTO_TARGET {

namespace {

class KernelBackend final : public Backend {
 public:
  KernelBackend(int number, std::vector<ForcedRung> forced) : device_(number), forced_(std::move(forced)) {}

  [[nodiscard]] std::string_view name() const noexcept override { return Device::kTarget; }
  [[nodiscard]] std::string device_name() const override { return device_.name(); }
  [[nodiscard]] bool supports(Precision precision) const noexcept override { return precision != Precision::bf16; }
  [[nodiscard]] std::unique_ptr<Memory> allocate(std::size_t bytes) override {
    return std::make_unique<DeviceMemory>(device_, bytes);
  }

  // Where the caller forces a rung of these ops, their nodes stay as the net has them.
  [[nodiscard]] bool fuses(const Graph& graph, const Node& node) const override {
    const auto stays = [](const ForcedRung& wish) {
      return wish.op == "conv2d" || wish.op == "instance_norm" || wish.op == "resize";
    };
    const auto* conv = std::get_if<Conv2d>(&node.op);
    return conv != nullptr && !conv->joined.first && std::none_of(forced_.begin(), forced_.end(), stays) &&
           fuses_conv2d(graph.tensor(node.inputs[0]), *conv);
  }
  [[nodiscard]] int moments_part(const Graph& /*graph*/, const Node& /*node*/) const override {
    return kConv2dPartPixels;
  }

  [[nodiscard]] Prepared prepare(const Graph& graph) override {
    RungWishes wishes(forced_);
    const Build build{device_, graph, wishes};
    Prepared prepared;
    for (TensorId id = 0; id < graph.tensor_count(); ++id) prepared.tensor_bytes.push_back(graph.tensor(id).bytes());
    for (const Node& node : graph.nodes()) {
      prepared.kernels.push_back(std::visit([&](const auto& op) { return make_kernel(build, node, op); }, node.op));
    }
    wishes.check();
    return prepared;
  }

  void fill(std::byte* device, std::byte value, std::size_t bytes) override { device_.fill(device, value, bytes); }

  [[nodiscard]] bool host_accessible() const noexcept override { return Device::kHostMemory; }
  [[nodiscard]] std::unique_ptr<Memory> allocate_host(std::size_t bytes) override {
    return make_host_memory(device_, bytes);
  }
  [[nodiscard]] std::unique_ptr<Flight> make_flight(std::size_t laps) override {
    return IMPASTO_TARGET::make_flight(device_, laps);
  }

 private:
  Device device_;
  std::vector<ForcedRung> forced_;
};

}  // namespace

std::unique_ptr<Backend> make_backend(int number, std::vector<ForcedRung> forced) try {
  return std::make_unique<KernelBackend>(number, std::move(forced));
} catch (const std::runtime_error& error) {
  throw Error(error.what(), ErrorKind::no_device);
}

}  // namespace impasto::IMPASTO_TARGET
