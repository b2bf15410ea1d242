#include "runtime/cpu/choose_layouts.h"
#include "runtime/cpu/conv_primitive.h"

#include <algorithm>
#include <cstring>

namespace impasto::cpu {
namespace {

// A transposed convolution as one convolution per output phase. With stride t, row t y + i of the full result takes
// in[y - a] * w[i + t a] for a = 0 .. ceil(R / t) - 1, and columns alike: the t^2 phases (i, j) are t^2 groups of K
// outputs of one convolution over the input with a border of zeros, and writing them out (depth to space) leaves out
// the crop. Weight [C,K,R,S] as the filter [(i, j, K),C,taps.r,taps.s].
std::vector<float> phase_filters(const Deconv2d& op, int channels, const std::vector<float>& weights) {
  const PhaseTaps taps = phase_taps(op);
  std::vector<float> filters;
  for (int phase = 0; phase < op.stride * op.stride; ++phase) {
    for (int k = 0; k < op.k; ++k) {
      for (int c = 0; c < channels; ++c) {
        for (int tap = 0; tap < taps.r * taps.s; ++tap) {
          const int r = phase / op.stride + op.stride * (taps.r - 1 - tap / taps.s);
          const int s = phase % op.stride + op.stride * (taps.s - 1 - tap % taps.s);
          const bool inside = r < op.r && s < op.s;
          filters.push_back(inside ? weights[static_cast<std::size_t>(((c * op.k + k) * op.r + r) * op.s + s)] : 0.0F);
        }
      }
    }
  }
  return filters;
}

std::vector<float> phase_bias(const Deconv2d& op, const Node& node) {
  std::vector<float> bias;
  if (node.weights.size() < 2 || node.weights[1].empty()) return bias;
  const std::vector<float> one = to_floats(node.weights[1]);
  for (int phase = 0; phase < op.stride * op.stride; ++phase) bias.insert(bias.end(), one.begin(), one.end());
  return bias;
}

class PhaseDeconv : public Kernel {
 public:
  PhaseDeconv(const DnnlBuild& build, const Node& node, const Deconv2d& op)
      : op_(op),
        input_(build.in(node), wanted_border(node), build.in(node).dtype),
        out_(build.out(node)),
        first_(op.crop_top / op.stride),
        rows_((op.crop_top + op.out_h - 1) / op.stride - first_ + 1),
        phases_{{1, 1, input_.layout().padded_w() - phase_taps(op).s + 1, op.stride * op.stride * op.k}, out_.dtype},
        strip_(strip_rows(rows_, phases_.row_bytes(), build.threads)),
        primitive_(build, problem(op), phase_filters(op, build.in(node).channels(), to_floats(node.weights[0])),
                   phase_bias(op, node)),
        name_(primitive_.name() + " by phases") {
    phases_.shape.h = strip_;
  }

  [[nodiscard]] std::string_view name() const noexcept override { return name_; }
  [[nodiscard]] std::size_t workspace_bytes() const noexcept override {
    return input_.workspace_bytes() + align_up(phases_.bytes()) + primitive_.scratch_bytes();
  }
  void run(const Binding& binding) override {
    const std::byte* x = input_.get(binding.inputs[0], binding.workspace);
    std::byte* phases = binding.workspace + input_.workspace_bytes();
    std::byte* scratch = phases + align_up(phases_.bytes());
    const Layout& in = input_.layout();
    for (int n = 0; n < out_.shape.n; ++n) {
      const std::byte* picture = x + static_cast<std::size_t>(n * in.padded_h()) * in.row_bytes();
      for (int done = 0; done < rows_; done += strip_) {
        const int first = first_ + std::min(done, rows_ - strip_);  // the last strip may do rows again
        primitive_.run(picture + static_cast<std::size_t>(first) * in.row_bytes(), phases, scratch);
        for_rows({1, strip_ * op_.stride, out_.shape.w, out_.shape.c}, [&](int, int i) {
          const int y = first * op_.stride + i - op_.crop_top;
          if (y < 0 || y >= out_.shape.h) return;
          write_row(phases_.row(phases, 0, i / op_.stride), i % op_.stride, out_.row(binding.outputs[0], n, y));
        });
      }
    }
  }

 private:
  [[nodiscard]] ConvProblem problem(const Deconv2d& op) const {
    const PhaseTaps taps = phase_taps(op);
    return {.x = {1, strip_ + taps.r - 1, input_.layout().padded_w(), input_.layout().shape.c},
            .k = phases_.shape.c,
            .r = taps.r,
            .s = taps.s,
            .in = input_.layout().dtype,
            .out = out_.dtype,
            .activation = op.activation};
  }

  // A row of the output from the phases (i, 0), (i, 1) ... of a row of positions.
  void write_row(const std::byte* positions, int i, std::byte* y) const {
    const std::size_t run = static_cast<std::size_t>(op_.stride) * out_.pixel_bytes();
    const std::byte* in = positions + static_cast<std::size_t>(i) * run;
    in += static_cast<std::size_t>(op_.crop_left / op_.stride) * phases_.pixel_bytes();
    std::size_t left = static_cast<std::size_t>(out_.shape.w) * out_.pixel_bytes();
    if (const std::size_t skip = static_cast<std::size_t>(op_.crop_left % op_.stride) * out_.pixel_bytes(); skip > 0) {
      const std::size_t bytes = std::min(run - skip, left);
      std::memcpy(y, in + skip, bytes);
      in += phases_.pixel_bytes();
      y += bytes;
      left -= bytes;
    }
    const std::size_t whole = left / run;
    copy_runs(y, run, in, phases_.pixel_bytes(), run, static_cast<int>(whole));
    std::memcpy(y + whole * run, in + whole * phases_.pixel_bytes(), left - whole * run);
  }

  Deconv2d op_;
  BorderedInput input_;
  Layout out_;
  int first_, rows_;  // rows of positions that the crop leaves
  Layout phases_;     // of a strip: [1, rows, positions, (i, j, K)]
  int strip_;
  ConvPrimitive primitive_;
  std::string name_;
};

}  // namespace

std::unique_ptr<Kernel> make_kernel(const DnnlBuild& build, const Node& node, const Deconv2d& op) {
  return std::make_unique<PhaseDeconv>(build, node, op);
}

}  // namespace impasto::cpu
