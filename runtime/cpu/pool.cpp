#include "runtime/cpu/conv_primitive.h"
#include "runtime/cpu/kernels.h"
#include "runtime/error.h"

#include <algorithm>
#include <array>

namespace impasto::cpu {
namespace {

using Pooling = dnnl::pooling_forward;

Pooling::primitive_desc describe(const DnnlBuild& build, const Layout& x, const Layout& y, const MaxPool& op) {
  // What the last window reaches over the edge.
  const auto after = [&](int in, int out, int window) {
    return std::max(op.pad, (out - 1) * op.stride + window - in - op.pad);
  };
  const Pooling::desc desc(dnnl::prop_kind::forward_inference, dnnl::algorithm::pooling_max, nhwc(x.shape, x.dtype),
                           nhwc(y.shape, y.dtype), {op.stride, op.stride}, {op.r, op.s}, {op.pad, op.pad},
                           {after(x.shape.h, y.shape.h, op.r), after(x.shape.w, y.shape.w, op.s)});
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return {desc, attr, build.engine};
}

class MaxPoolKernel final : public Kernel {
 public:
  MaxPoolKernel(const DnnlBuild& build, const Pooling::primitive_desc& description)
      : stream_(build.stream),
        primitive_(description),
        x_(description.src_desc(), build.engine, nullptr),
        y_(description.dst_desc(), build.engine, nullptr),
        scratch_(description.scratchpad_desc(), build.engine, nullptr),
        arguments_{{{DNNL_ARG_SRC, x_.get()}, {DNNL_ARG_DST, y_.get()}, {DNNL_ARG_SCRATCHPAD, scratch_.get()}}},
        name_(std::string("onednn ") + description.impl_info_str()) {}

  [[nodiscard]] std::string_view name() const noexcept override { return name_; }
  [[nodiscard]] std::size_t workspace_bytes() const noexcept override { return scratch_bytes_; }

  void run(const Binding& binding) override {
    x_.set_data_handle(binding.inputs[0]);
    y_.set_data_handle(binding.outputs[0]);
    scratch_.set_data_handle(binding.workspace);
    // The C function: the C++ one would build two containers for each call.
    const dnnl_status_t status =
        dnnl_primitive_execute(primitive_.get(), stream_.get(), static_cast<int>(arguments_.size()), arguments_.data());
    if (status != dnnl_success) fail("oneDNN's {} failed with status {}", name_, static_cast<int>(status));
  }

 private:
  dnnl::stream stream_;
  Pooling primitive_;
  dnnl::memory x_, y_, scratch_;
  std::size_t scratch_bytes_ = align_up(scratch_.get_desc().get_size());
  std::array<dnnl_exec_arg_t, 3> arguments_;
  std::string name_;
};

}  // namespace

std::unique_ptr<Kernel> make_kernel(const DnnlBuild& build, const Node& node, const MaxPool& op) {
  return std::make_unique<MaxPoolKernel>(build, describe(build, build.in(node), build.out(node), op));
}

}  // namespace impasto::cpu
