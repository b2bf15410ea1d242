#include "runtime/cpu/pixels/matte.h"

#include <algorithm>

namespace impasto::pixels {
namespace {

class ThresholdKernel final : public Kernel {
 public:
  ThresholdKernel(const MatteThreshold& op, std::int64_t count) : op_(op), count_(count) {}
  [[nodiscard]] std::string_view name() const noexcept override { return "pixels"; }
  void run(const Binding& binding) override {
    const auto* in = reinterpret_cast<const float*>(binding.inputs[0]);
    auto* out = reinterpret_cast<float*>(binding.outputs[0]);
    const float low = op_.threshold - op_.softness / 2;
#pragma omp parallel for schedule(static)
    for (std::int64_t i = 0; i < count_; ++i) {
      if (op_.softness > 0) {
        const float t = std::clamp((in[i] - low) / op_.softness, 0.0F, 1.0F);
        out[i] = t * t * (3 - 2 * t);
      } else {
        out[i] = in[i] >= op_.threshold ? 1.0F : 0.0F;
      }
    }
  }

 private:
  MatteThreshold op_;
  std::int64_t count_;
};

}  // namespace

std::unique_ptr<Kernel> make_matte_threshold(const Graph& graph, const Node& node) {
  return std::make_unique<ThresholdKernel>(std::get<MatteThreshold>(node.op),
                                           graph.tensor(node.inputs[0]).shape.count());
}

}  // namespace impasto::pixels
