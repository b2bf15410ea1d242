// Instance norms, whole or in the two halves that fuse() makes of them.
#include "runtime/rows/kernels.h"
#include "runtime/rows/moments.h"
#include "runtime/rows/normaliser.h"
#include "runtime/rows/rows.h"

#include <omp.h>

#include <algorithm>
#include <cmath>

namespace impasto::cpu {
namespace {

// From the moments of a picture's parts to what is done to each value, some channels at a time.
class Merger {
 public:
  // Inputs of the node: style, last, moment, beginning with `style`.
  Merger(const Node& node, std::size_t style, int channels, float eps, float memory)
      : style_(style),
        eps_(eps),
        memory_(memory),
        gamma_(to_floats(node.weights[0])),
        beta_(to_floats(node.weights[1])),
        gamma_bias_(bias(node, 2, channels)),
        beta_bias_(bias(node, 3, channels)) {
    if (!has_input(node, style)) mix({&kOne, 1});
  }

  // Once for a run.
  void begin(const Binding& binding) {
    if (binding.inputs[style_] == nullptr) return;
    mix({reinterpret_cast<const float*>(binding.inputs[style_]), gamma_.size() / gamma_bias_.size()});
  }

  // The channels from `first` on; parts and terms are of these.
  void run(const Binding& binding, std::size_t first, std::span<const Moments> parts, std::size_t pixels,
           std::size_t part, std::span<Term> terms) {
    mean_.resize(terms.size());
    variance_.resize(terms.size());
    merge_moments(parts, pixels, part, mean_, variance_);
    if (binding.outputs.size() > 1) {
      const float share = memory_ * reinterpret_cast<const float*>(binding.inputs[style_ + 2])[kMomentPainted];
      remember(reinterpret_cast<float*>(binding.outputs[1]) + 2 * first, static_cast<double>(share));
    }
    for (std::size_t c = 0; c < mean_.size(); ++c) {
      const double root = std::sqrt(variance_[c] + static_cast<double>(eps_));
      terms[c] = {static_cast<float>(mean_[c]), static_cast<float>(static_cast<double>(mixed_gamma_[first + c]) / root),
                  mixed_beta_[first + c]};
    }
  }

 private:
  static std::vector<float> bias(const Node& node, std::size_t i, int channels) {
    const bool absent = i >= node.weights.size() || node.weights[i].empty();
    return absent ? std::vector<float>(static_cast<std::size_t>(channels)) : to_floats(node.weights[i]);
  }

  // gamma = sum over s of style[s] gamma[s] + its bias, beta alike.
  void mix(std::span<const float> style) {
    const auto mix_rows = [&](const std::vector<float>& rows, const std::vector<float>& bias,
                              std::vector<float>& mixed) {
      mixed = bias;
      for (std::size_t i = 0; i < rows.size(); ++i) mixed[i % bias.size()] += style[i / bias.size()] * rows[i];
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
    for (std::size_t c = 0; c < mean_.size(); ++c) {
      smooth(mean_[c], last[2 * c]);
      smooth(variance_[c], last[2 * c + 1]);
    }
  }

  static constexpr float kOne = 1;
  std::size_t style_;
  float eps_, memory_;
  std::vector<float> gamma_, beta_;              // [C] or [S,C]
  std::vector<float> gamma_bias_, beta_bias_;    // [C]
  std::vector<float> mixed_gamma_, mixed_beta_;  // [C]
  std::vector<double> mean_, variance_;
};

// The second half, for one block of channels, row by row.
class Applier {
 public:
  Applier(const Build& build, const Node& node, const Normalise& op, std::size_t residual)
      : in_(build.in(node)),
        residual_(has_input(node, residual) ? build.in(node, residual) : Layout{}),
        out_(build.out(node)),
        lies_alike_(out_.border.empty() && out_.dtype == in_.dtype),
        strip_(lies_alike_ ? in_.shape.h : strip_rows(in_.shape.h, in_.row_bytes(), build.threads)),
        normaliser_(op, in_.shape.c) {}

  // Rows of the output are as long as the input's, or longer. So what a strip writes, and the border below with it,
  // ends no later behind the strip's input than the output ends behind the whole input: before it, if that is its
  // length.
  [[nodiscard]] std::size_t in_place_gap() const noexcept {
    return lies_alike_ ? 0 : static_cast<std::size_t>(strip_ + out_.border.bottom) * in_.row_bytes();
  }

  // n counts blocks.
  void run(int n, const Term* terms, const std::byte* x, const std::byte* residual, std::byte* y) {
    normaliser_.set(terms);
    for (int top = 0; top < in_.shape.h; top += strip_) {
      const int rows = std::min(strip_, in_.shape.h - top);
      for_rows({1, rows, in_.shape.w, in_.shape.c}, [&](int, int row) {
        const int i = top + row;
        normaliser_.run(in_.dtype, in_.row(x, n, i), residual == nullptr ? nullptr : residual_.row(residual, n, i),
                        out_.dtype, out_.row(y, n, i), in_.row_values());
        out_.finish_row(y, n, i);
      });
    }
  }

 private:
  Layout in_, residual_, out_;
  bool lies_alike_;  // every value has one place in both
  int strip_;        // rows at a time, so that the input may lie in the output's memory
  Normaliser normaliser_;
};

// The moments of a block of channels: of parts of some rows, in parallel.
class PartMoments {
 public:
  PartMoments(const Layout& x, int threads)
      : x_(x),
        part_rows_(std::clamp(kPartValues / static_cast<int>(x.row_values()), 1, x.shape.h)),
        parts_((x.shape.h + part_rows_ - 1) / part_rows_),
        scratch_floats_(moments_scratch(x.shape.c)),
        threads_(static_cast<std::size_t>(threads)) {}

  [[nodiscard]] std::size_t workspace_bytes() const noexcept {
    return align_up(count() * sizeof(Moments)) + threads_ * scratch_floats_ * sizeof(float);
  }
  // n counts blocks.
  std::span<const Moments> run(int n, const std::byte* x, std::byte* workspace) const {
    auto* moments = reinterpret_cast<Moments*>(workspace);
    auto* scratch = reinterpret_cast<float*>(workspace + align_up(count() * sizeof(Moments)));
    const auto c = static_cast<std::size_t>(x_.shape.c);
    for_rows({1, parts_, part_rows_ * x_.shape.w, x_.shape.c}, [&](int, int i) {
      const int first = i * part_rows_;
      const int rows = std::min(part_rows_, x_.shape.h - first);
      float* own = scratch + static_cast<std::size_t>(omp_get_thread_num()) * scratch_floats_;
      take_moments(x_.dtype, x_.row(x, n, first), static_cast<std::size_t>(rows * x_.shape.w), {own, scratch_floats_},
                   {moments + static_cast<std::size_t>(i) * c, c});
    });
    return {moments, count()};
  }
  [[nodiscard]] std::size_t part_pixels() const { return static_cast<std::size_t>(part_rows_ * x_.shape.w); }
  [[nodiscard]] std::size_t pixels() const {
    return static_cast<std::size_t>(x_.shape.w) * static_cast<std::size_t>(x_.shape.h);
  }

 private:
  static constexpr int kPartValues = 8192;
  [[nodiscard]] std::size_t count() const noexcept {
    return static_cast<std::size_t>(parts_) * static_cast<std::size_t>(x_.shape.c);
  }

  Layout x_;
  int part_rows_, parts_;
  std::size_t scratch_floats_;
  std::size_t threads_;
};

// Block by block, so that what has been measured is still in the caches when it is normalised.
class InstanceNormKernel : public Kernel {
 public:
  InstanceNormKernel(const Build& build, const Node& node, const InstanceNorm& op)
      : in_(build.in(node)),
        moments_(in_, build.threads),
        merger_(node, 2, in_.channels(), op.eps, op.memory),
        applier_(build, node, {op.activation, op.out_scale, op.out_offset, op.to_float}, 1),
        terms_(static_cast<std::size_t>(in_.shape.c)),
        name_(simd_name()) {}

  [[nodiscard]] std::string_view name() const noexcept override { return name_; }
  [[nodiscard]] std::size_t workspace_bytes() const noexcept override { return moments_.workspace_bytes(); }
  [[nodiscard]] std::optional<std::size_t> in_place_gap() const noexcept override { return applier_.in_place_gap(); }
  void run(const Binding& binding) override {
    merger_.begin(binding);
    for (int n = 0; n < in_.shape.n; ++n) {
      const std::span<const Moments> parts = moments_.run(n, binding.inputs[0], binding.workspace);
      const std::size_t first = static_cast<std::size_t>(n % in_.blocks) * terms_.size();
      merger_.run(binding, first, parts, moments_.pixels(), moments_.part_pixels(), terms_);
      applier_.run(n, terms_.data(), binding.inputs[0], binding.inputs[1], binding.outputs[0]);
    }
  }

 private:
  Layout in_;
  PartMoments moments_;
  Merger merger_;
  Applier applier_;
  std::vector<Term> terms_;  // of a block
  std::string name_;
};

class NormaliseKernel : public Kernel {
 public:
  NormaliseKernel(const Build& build, const Node& node, const Normalise& op)
      : in_(build.in(node)), applier_(build, node, op, 2), name_(simd_name()) {}
  [[nodiscard]] std::string_view name() const noexcept override { return name_; }
  [[nodiscard]] std::optional<std::size_t> in_place_gap() const noexcept override { return applier_.in_place_gap(); }
  void run(const Binding& binding) override {
    const auto* terms = reinterpret_cast<const Term*>(binding.inputs[1]);
    for (int block = 0; block < in_.blocks; ++block, terms += in_.shape.c) {
      applier_.run(block, terms, binding.inputs[0], binding.inputs[2], binding.outputs[0]);
    }
  }

 private:
  Layout in_;
  Applier applier_;
  std::string name_;
};

}  // namespace

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const InstanceNorm& op) {
  return std::make_unique<InstanceNormKernel>(build, node, op);
}

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MergeMoments& op) {
  const Shape& moments = build.in(node).shape;
  auto run = [count = static_cast<std::size_t>(moments.h) * static_cast<std::size_t>(moments.w),
              channels = static_cast<std::size_t>(moments.w), pixels = static_cast<std::size_t>(op.pixels),
              part = static_cast<std::size_t>(op.part),
              merger = Merger(node, 1, moments.w, op.eps, op.memory)](const Binding& binding) mutable {
    merger.begin(binding);
    merger.run(binding, 0, {reinterpret_cast<const Moments*>(binding.inputs[0]), count}, pixels, part,
               {reinterpret_cast<Term*>(binding.outputs[0]), channels});
  };
  return kernel_of("plain", std::move(run));
}

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Normalise& op) {
  return std::make_unique<NormaliseKernel>(build, node, op);
}

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const GlobalAverage& /*op*/) {
  const Layout& x = build.in(node);
  const PartMoments sums(x, build.threads);
  const auto channels = static_cast<std::size_t>(x.shape.c);
  auto run = [in = x, sums, mean = std::vector<double>(channels), variance = std::vector<double>(channels),
              row = std::vector<float>(channels)](const Binding& binding) mutable {
    for (int n = 0; n < in.shape.n; ++n) {
      merge_moments(sums.run(n, binding.inputs[0], binding.workspace), sums.pixels(), sums.part_pixels(), mean,
                    variance);
      std::ranges::transform(mean, row.begin(), [](double m) { return static_cast<float>(m); });
      convert_row({}, DType::f32, reinterpret_cast<const std::byte*>(row.data()), in.dtype,
                  binding.outputs[0] + static_cast<std::size_t>(n) * in.pixel_bytes(), row.size());
    }
  };
  return kernel_of(simd_name(), std::move(run), sums.workspace_bytes());
}

}  // namespace impasto::cpu
