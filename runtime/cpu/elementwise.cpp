#include "runtime/cpu/kernels.h"
#include "runtime/cpu/rows.h"

#include <algorithm>

namespace impasto::cpu {
namespace {

class ConvertKernel : public Kernel {
 public:
  ConvertKernel(const Build& build, const Node& node, const Convert& op)
      : scale_(op.scale), in_(build.in(node)), out_(build.out(node)), name_(simd_name()) {}

  [[nodiscard]] std::string_view name() const noexcept override { return name_; }
  void run(const Binding& binding) override {
    for_rows(out_.shape, [&](int n, int y) {
      convert_row(scale_, in_.dtype, in_.row(binding.inputs[0], n, y), out_.dtype, out_.row(binding.outputs[0], n, y),
                  out_.row_values());
      out_.finish_row(binding.outputs[0], n, y);
    });
  }

 private:
  float scale_;
  Layout in_, out_;
  std::string name_;
};

class AddKernel : public Kernel {
 public:
  AddKernel(const Build& build, const Node& node, const Add& op)
      : activation_(op.activation),
        a_(build.in(node, 0)),
        b_(build.in(node, 1)),
        out_(build.out(node)),
        name_(simd_name()) {}

  [[nodiscard]] std::string_view name() const noexcept override { return name_; }
  void run(const Binding& binding) override {
    for_rows(out_.shape, [&](int n, int y) {
      add_row(activation_, out_.dtype, a_.row(binding.inputs[0], n, y), b_.row(binding.inputs[1], n, y),
              out_.row(binding.outputs[0], n, y), out_.row_values());
      out_.finish_row(binding.outputs[0], n, y);
    });
  }

 private:
  Activation activation_;
  Layout a_, b_, out_;
  std::string name_;
};

// x * g + y is a normalisation with mean and beta 0 and gain g.
class GateKernel : public Kernel {
 public:
  GateKernel(const Build& build, const Node& node)
      : in_(build.in(node)),
        factor_(build.in(node, 1)),
        addend_(has_input(node, 2) ? build.in(node, 2) : Layout{}),
        out_(build.out(node)),
        factors_(static_cast<std::size_t>(in_.shape.c)),
        gain_(table_size(in_.shape.c)),
        zeros_(gain_.size(), 0.0F),
        name_(simd_name()) {}

  [[nodiscard]] std::string_view name() const noexcept override { return name_; }
  void run(const Binding& binding) override {
    const std::byte* addend = binding.inputs.size() > 2 ? binding.inputs[2] : nullptr;
    for (int n = 0; n < in_.shape.n; ++n) {
      convert_row(1, factor_.dtype, factor_.row(binding.inputs[1], n, 0), DType::f32,
                  reinterpret_cast<std::byte*>(factors_.data()), factors_.size());
      fill_table(factors_, gain_);
      const Normalise gate{.mean = zeros_.data(), .gain = gain_.data(), .beta = zeros_.data(), .period = gain_.size()};
      Shape picture = in_.shape;
      picture.n = 1;
      for_rows(picture, [&](int, int y) {
        const std::byte* addend_row = addend == nullptr ? nullptr : addend_.row(addend, n, y);
        normalise_row(gate, in_.dtype, in_.row(binding.inputs[0], n, y), addend_row, out_.dtype,
                      out_.row(binding.outputs[0], n, y), in_.row_values());
        out_.finish_row(binding.outputs[0], n, y);
      });
    }
  }

 private:
  Layout in_, factor_, addend_, out_;
  std::vector<float> factors_, gain_, zeros_;
  std::string name_;
};

}  // namespace

std::unique_ptr<Kernel> make_convert(const Build& build, const Node& node, const Convert& op) {
  return std::make_unique<ConvertKernel>(build, node, op);
}
std::unique_ptr<Kernel> make_add(const Build& build, const Node& node, const Add& op) {
  return std::make_unique<AddKernel>(build, node, op);
}
std::unique_ptr<Kernel> make_gate(const Build& build, const Node& node) {
  return std::make_unique<GateKernel>(build, node);
}

}  // namespace impasto::cpu
