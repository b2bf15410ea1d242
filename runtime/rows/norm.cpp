#include "runtime/rows/kernels.h"
#include "runtime/rows/moments.h"
#include "runtime/rows/rows.h"

#include <algorithm>
#include <cmath>

namespace impasto::cpu {
namespace {

class InstanceNormKernel : public Kernel {
 public:
  InstanceNormKernel(const Build& build, const Node& node, const InstanceNorm& op)
      : op_(op),
        in_(build.in(node)),
        residual_(has_input(node, 1) ? build.in(node, 1) : Layout{}),
        out_(build.out(node)),
        lies_alike_(out_.border.empty() && out_.dtype == in_.dtype),
        strip_(lies_alike_ ? in_.shape.h : strip_rows(in_.shape.h, in_.row_bytes(), build.threads)),
        moments_(in_.shape, in_.dtype),
        gamma_(to_floats(node.weights[0])),
        beta_(to_floats(node.weights[1])),
        gamma_bias_(bias(node, 2)),
        beta_bias_(bias(node, 3)),
        mean_(block()),
        variance_(block()),
        row_(block()),
        mean_table_(table_size(in_.shape.c)),
        gain_table_(mean_table_.size()),
        beta_table_(mean_table_.size()),
        name_(simd_name()) {
    if (!has_input(node, 2)) mix({&kOne, 1});
  }

  [[nodiscard]] std::string_view name() const noexcept override { return name_; }
  [[nodiscard]] std::size_t workspace_bytes() const noexcept override { return moments_.workspace_bytes(); }
  // Rows of the output are as long as the input's, or longer. So what a strip writes, and the border below with it,
  // ends no later behind the strip's input than the output ends behind the whole input: before it, if that is its
  // length.
  [[nodiscard]] std::optional<std::size_t> in_place_gap() const noexcept override {
    if (lies_alike_) return 0;
    return static_cast<std::size_t>(strip_ + out_.border.bottom) * in_.row_bytes();
  }

  void run(const Binding& binding) override {
    const std::byte* x = binding.inputs[0];
    const std::byte* residual = binding.inputs[1];
    if (binding.inputs[2] != nullptr) {
      mix({reinterpret_cast<const float*>(binding.inputs[2]), gamma_.size() / channels()});
    }
    for (int n = 0; n < in_.shape.n; ++n) {
      moments_.run(in_.row(x, n, 0), binding.workspace, mean_, variance_);
      const std::size_t first = static_cast<std::size_t>(n % in_.blocks) * block();
      if (binding.outputs.size() > 1) {
        const float share = op_.memory * reinterpret_cast<const float*>(binding.inputs[4])[kMomentPainted];
        remember(reinterpret_cast<float*>(binding.outputs[1]) + 2 * first, static_cast<double>(share));
      }
      fill_tables(first);
      const Normalise normalise{mean_table_.data(), gain_table_.data(), beta_table_.data(), mean_table_.size(),
                                op_.activation,     op_.out_scale,      op_.out_offset};
      for (int top = 0; top < in_.shape.h; top += strip_) {
        const int rows = std::min(strip_, in_.shape.h - top);
        for_rows({1, rows, in_.shape.w, in_.shape.c}, [&](int, int row) {
          const int y = top + row;
          const std::byte* addend = residual == nullptr ? nullptr : residual_.row(residual, n, y);
          normalise_row(normalise, in_.dtype, in_.row(x, n, y), addend, out_.dtype, out_.row(binding.outputs[0], n, y),
                        in_.row_values());
          out_.finish_row(binding.outputs[0], n, y);
        });
      }
    }
  }

 private:
  [[nodiscard]] std::size_t channels() const { return static_cast<std::size_t>(in_.channels()); }
  [[nodiscard]] std::size_t block() const { return static_cast<std::size_t>(in_.shape.c); }

  [[nodiscard]] std::vector<float> bias(const Node& node, std::size_t i) const {
    const bool absent = i >= node.weights.size() || node.weights[i].empty();
    return absent ? std::vector<float>(channels()) : to_floats(node.weights[i]);
  }

  // gamma = sum over s of style[s] gamma[s] + its bias, beta alike.
  void mix(std::span<const float> style) {
    const auto mix_rows = [&](const std::vector<float>& rows, const std::vector<float>& bias,
                              std::vector<float>& mixed) {
      mixed = bias;
      for (std::size_t i = 0; i < rows.size(); ++i) mixed[i % channels()] += style[i / channels()] * rows[i];
    };
    mix_rows(gamma_, gamma_bias_, mixed_gamma_);
    mix_rows(beta_, beta_bias_, mixed_beta_);
  }

  // Mean and variance take the share of the last run's, and are left for the next.
  void remember(float* last, double share) {
    const auto smooth = [share](double& now, float& before) {
      if (share > 0) now += share * (static_cast<double>(before) - now);
      before = static_cast<float>(now);
    };
    for (std::size_t c = 0; c < block(); ++c) {
      smooth(mean_[c], last[2 * c]);
      smooth(variance_[c], last[2 * c + 1]);
    }
  }

  // For the block whose first channel is `first`.
  void fill_tables(std::size_t first) {
    for (std::size_t c = 0; c < block(); ++c) row_[c] = static_cast<float>(mean_[c]);
    fill_table(row_, mean_table_);
    for (std::size_t c = 0; c < block(); ++c) {
      const double root = std::sqrt(variance_[c] + static_cast<double>(op_.eps));
      row_[c] = static_cast<float>(static_cast<double>(mixed_gamma_[first + c]) / root);
    }
    fill_table(row_, gain_table_);
    fill_table(std::span(mixed_beta_).subspan(first, block()), beta_table_);
  }

  InstanceNorm op_;
  Layout in_, residual_, out_;
  bool lies_alike_;  // every value has one place in both
  int strip_;        // rows at a time, so that the input may lie in the output's memory
  MomentSums moments_;
  static constexpr float kOne = 1;

  std::vector<float> gamma_, beta_;              // [C] or [S,C]
  std::vector<float> gamma_bias_, beta_bias_;    // [C]
  std::vector<float> mixed_gamma_, mixed_beta_;  // [C]
  std::vector<double> mean_, variance_;
  std::vector<float> row_;  // of a block, in between
  std::vector<float> mean_table_, gain_table_, beta_table_;
  std::string name_;
};

}  // namespace

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const InstanceNorm& op) {
  return std::make_unique<InstanceNormKernel>(build, node, op);
}

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const GlobalAverage& /*op*/) {
  const Layout& x = build.in(node);
  const MomentSums sums(x.shape, x.dtype);
  const auto channels = static_cast<std::size_t>(x.shape.c);
  auto run = [in = x, sums, mean = std::vector<double>(channels), variance = std::vector<double>(channels),
              row = std::vector<float>(channels)](const Binding& binding) mutable {
    for (int n = 0; n < in.shape.n; ++n) {
      sums.run(in.row(binding.inputs[0], n, 0), binding.workspace, mean, variance);
      std::transform(mean.begin(), mean.end(), row.begin(), [](double m) { return static_cast<float>(m); });
      convert_row({}, DType::f32, reinterpret_cast<const std::byte*>(row.data()), in.dtype,
                  binding.outputs[0] + static_cast<std::size_t>(n) * in.pixel_bytes(), row.size());
    }
  };
  return kernel_of(simd_name(), std::move(run), sums.workspace_bytes());
}

}  // namespace impasto::cpu
