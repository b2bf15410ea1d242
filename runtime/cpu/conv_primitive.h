// A oneDNN convolution over dense tensors, with its weights packed as oneDNN likes them.
#pragma once

#include "runtime/cpu/kernels.h"

#include <array>
#include <span>
#include <string>

namespace impasto::cpu {

// A dense NHWC tensor as oneDNN describes it.
[[nodiscard]] dnnl::memory::desc nhwc(const Shape& shape, DType dtype);

struct ConvProblem {
  Shape x;  // as the convolution sees it, with a border that lies in memory
  int k = 1, r = 1, s = 1;
  int stride = 1;
  Border zeros{};  // padding that does not lie in memory
  int groups = 1;
  DType in = DType::f32;
  DType out = DType::f32;
  Activation activation = Activation::none;
  bool residual = false;  // adds to what the output holds, before the activation
  bool blocked = false;   // y is in blocks of 16 channels, x too, or in planes where 16 does not divide its channels
  bool winograd = false;  // if oneDNN can

  [[nodiscard]] Shape y() const noexcept {
    return {x.n, (x.h + zeros.top + zeros.bottom - r) / stride + 1, (x.w + zeros.left + zeros.right - s) / stride + 1,
            k};
  }
};

class ConvPrimitive {
 public:
  // `weights` are [K,C/groups,R,S], rounded to bf16 where the input is; `bias` [K] or empty. With `callers`, so many
  // threads may call it at once, each of which then does all of the work alone.
  ConvPrimitive(const DnnlBuild& build, const ConvProblem& problem, std::span<const float> weights,
                std::span<const float> bias, int callers = 0);

  [[nodiscard]] std::size_t scratch_bytes() const;
  [[nodiscard]] const std::string& name() const noexcept { return name_; }  // as oneDNN names the implementation
  void run(const std::byte* x, std::byte* y, std::byte* scratch, int caller = 0);

 private:
  struct Call {
    dnnl::memory x, y, scratch;
    std::array<dnnl_exec_arg_t, 5> args{};
  };

  dnnl::stream stream_;
  dnnl::convolution_forward primitive_;
  dnnl::memory weights_, bias_;
  std::vector<Call> calls_;  // by caller
  int arg_count_ = 0;
  std::string name_;
};

// The input of a convolution with the border that it wants around it, as values of `dtype`, in `blocks` blocks: the
// tensor itself where it is so, else a copy in the workspace.
class BorderedInput {
 public:
  BorderedInput(const Layout& x, const Border& wanted, DType dtype, int blocks = 1);

  [[nodiscard]] std::size_t workspace_bytes() const noexcept { return copies_ ? align_up(bordered_.bytes()) : 0; }
  [[nodiscard]] const Layout& layout() const noexcept { return bordered_; }
  // The picture with its border as one dense tensor.
  [[nodiscard]] Shape padded_shape() const noexcept {
    return {bordered_.pictures(), bordered_.padded_h(), bordered_.padded_w(), bordered_.channels()};
  }
  const std::byte* get(const std::byte* x, std::byte* workspace) const;

 private:
  void regroup_row(const std::byte* x, int n, int y, std::byte* out) const;

  Layout x_;
  Layout bordered_;
  bool copies_;
};

}  // namespace impasto::cpu
