#include "runtime/cpu/choose_layouts.h"
#include "runtime/cpu/conv_primitive.h"
#include "runtime/error.h"
#include "runtime/rows/rows.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace impasto::cpu {
namespace {

std::vector<float> scaled_weights(const Node& node, const Conv2d& op) {
  std::vector<float> weights = to_floats(node.weights[0]);
  for (float& w : weights) w *= op.weight_scale;
  return weights;
}

std::vector<float> bias_of(const Node& node) {
  return node.weights.size() > 1 && !node.weights[1].empty() ? to_floats(node.weights[1]) : std::vector<float>{};
}

class Conv : public Kernel {
 public:
  Conv(const DnnlBuild& build, const Node& node, const Conv2d& op)
      : out_(build.out(node)),
        input_(build.in(node), wanted_border(node), out_.dtype, blocks_of(build.in(node).channels())),
        primitive_(build, problem(node, op), scaled_weights(node, op), bias_of(node)) {}

  [[nodiscard]] std::string_view name() const noexcept override { return primitive_.name(); }
  [[nodiscard]] std::size_t workspace_bytes() const noexcept override {
    return input_.workspace_bytes() + primitive_.scratch_bytes();
  }
  void run(const Binding& binding) override {
    const std::byte* x = input_.get(binding.inputs[0], binding.workspace);
    if (const std::byte* residual = binding.inputs[1]; residual != nullptr) {
      const std::size_t row = out_.row_bytes();
      for_rows(out_.shape,
               [&](int n, int y) { std::memcpy(out_.row(binding.outputs[0], n, y), out_.row(residual, n, y), row); });
    }
    primitive_.run(x, binding.outputs[0], binding.workspace + input_.workspace_bytes());
  }

 private:
  [[nodiscard]] ConvProblem problem(const Node& node, const Conv2d& op) const {
    ConvProblem p{.x = input_.padded_shape(),
                  .k = op.k,
                  .r = op.r,
                  .s = op.s,
                  .stride = op.stride,
                  .groups = op.groups,
                  .in = out_.dtype,
                  .out = out_.dtype,
                  .activation = op.activation,
                  .residual = has_input(node, 1),
                  .blocked = out_.blocks > 1,
                  .winograd = out_.blocks > 1 && fits_winograd(node, input_.layout().channels())};
    if (input_.layout().border.empty()) p.zeros = {op.pad_top, op.pad_left, op.pad_bottom, op.pad_right};
    return p;
  }

  // Of the input, in the order that goes with the output's: by 16 channels where that divides them, else by one.
  [[nodiscard]] int blocks_of(int channels) const {
    if (out_.blocks == 1) return 1;
    return channels % 16 == 0 ? channels / 16 : channels;
  }

  Layout out_;
  BorderedInput input_;
  ConvPrimitive primitive_;
};

// [K,C,R,S] as the filter [S K,C,R,1].
std::vector<float> column_filters(const Conv2d& op, int channels, const std::vector<float>& weights) {
  std::vector<float> filters(weights.size());
  const auto s_count = static_cast<std::size_t>(op.s);
  const auto k_count = static_cast<std::size_t>(op.k);
  const std::size_t taps = static_cast<std::size_t>(channels) * static_cast<std::size_t>(op.r);
  for (std::size_t k = 0; k < k_count; ++k) {
    for (std::size_t t = 0; t < taps; ++t) {
      for (std::size_t s = 0; s < s_count; ++s) {
        filters[(s * k_count + k) * taps + t] = weights[(k * taps + t) * s_count + s];
      }
    }
  }
  return filters;
}

class ColumnSumConv : public Kernel {
 public:
  ColumnSumConv(const DnnlBuild& build, const Node& node, const Conv2d& op)
      : columns_(op.s),
        input_(build.in(node), wanted_border(node), build.out(node).dtype),
        out_(build.out(node)),
        row_floats_(out_.row_values() + kSlack),
        taps_row_floats_(static_cast<std::size_t>(input_.layout().padded_w()) * static_cast<std::size_t>(op.s * op.k)),
        strip_(strip_rows(out_.shape.h, taps_row_floats_ * sizeof(float), build.threads)),
        primitive_(build, problem(op), column_filters(op, build.in(node).channels(), scaled_weights(node, op)), {}),
        name_(primitive_.name() + " + column sums"),
        zeros_(table_size(op.k), 0.0F),
        ones_(table_size(op.k), 1.0F),
        bias_(table_size(op.k), 0.0F),
        finish_{zeros_.data(), ones_.data(), bias_.data(), bias_.size(), op.activation, 1, 0} {
    if (const std::vector<float> bias = bias_of(node); !bias.empty()) fill_table(bias, bias_);
  }

  [[nodiscard]] std::string_view name() const noexcept override { return name_; }
  [[nodiscard]] std::size_t workspace_bytes() const noexcept override {
    return input_.workspace_bytes() + taps_bytes() + rows_bytes() + primitive_.scratch_bytes();
  }
  void run(const Binding& binding) override {
    const std::byte* x = input_.get(binding.inputs[0], binding.workspace);
    std::byte* taps = binding.workspace + input_.workspace_bytes();
    auto* rows = reinterpret_cast<float*>(taps + taps_bytes());
    std::byte* scratch = taps + taps_bytes() + rows_bytes();
    const Layout& in = input_.layout();
    for (int n = 0; n < out_.shape.n; ++n) {
      const std::byte* picture = x + static_cast<std::size_t>(n * in.padded_h()) * in.row_bytes();
      for (int done = 0; done < out_.shape.h; done += strip_) {
        const int first = std::min(done, out_.shape.h - strip_);  // the last strip may do rows again
        primitive_.run(picture + static_cast<std::size_t>(first) * in.row_bytes(), taps, scratch);
        for_rows({1, strip_, out_.shape.w, columns_ * out_.shape.c}, [&](int, int y) {
          const auto index = static_cast<std::size_t>(y);
          float* row = rows + index * row_floats_;
          sum_columns(reinterpret_cast<const float*>(taps) + index * taps_row_floats_, columns_, out_.shape.c, row,
                      out_.shape.w);
          normalise_row(finish_, DType::f32, reinterpret_cast<const std::byte*>(row), nullptr, out_.dtype,
                        out_.row(binding.outputs[0], n, first + y), out_.row_values());
        });
      }
    }
  }

 private:
  static constexpr std::size_t kSlack = 4;  // sum_columns moves four values at a time

  [[nodiscard]] ConvProblem problem(const Conv2d& op) const {
    return {.x = {1, strip_ + op.r - 1, input_.layout().padded_w(), input_.layout().shape.c},
            .k = op.s * op.k,
            .r = op.r,
            .in = input_.layout().dtype};
  }
  [[nodiscard]] std::size_t taps_bytes() const noexcept {
    return align_up((static_cast<std::size_t>(strip_) * taps_row_floats_ + kSlack) * sizeof(float));
  }
  [[nodiscard]] std::size_t rows_bytes() const noexcept {
    return align_up(static_cast<std::size_t>(strip_) * row_floats_ * sizeof(float));
  }

  int columns_;
  BorderedInput input_;
  Layout out_;
  std::size_t row_floats_, taps_row_floats_;
  int strip_;
  ConvPrimitive primitive_;
  std::string name_;
  std::vector<float> zeros_, ones_, bias_;
  Normalise finish_;
};

}  // namespace

bool sums_columns(const Node& node) {
  const auto* op = std::get_if<Conv2d>(&node.op);
  return op != nullptr && op->k <= 4 && op->s >= 5 && op->stride == 1 && op->groups == 1 && !has_input(node, 1);
}

std::unique_ptr<Kernel> make_kernel(const DnnlBuild& build, const Node& node, const Conv2d& op) {
  if (op.upsample != 1 || op.moments_out) fail("{}: cpu has no fused convolution", node.name);
  if (sums_columns(node)) return std::make_unique<ColumnSumConv>(build, node, op);
  return std::make_unique<Conv>(build, node, op);
}

}  // namespace impasto::cpu
