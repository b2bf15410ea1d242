#include "runtime/cpu/conv_primitive.h"

#include "runtime/error.h"
#include "runtime/rows/rows.h"

#include <omp.h>

#include <algorithm>
#include <cstring>

namespace impasto::cpu {
namespace {

using Tag = dnnl::memory::format_tag;
using Type = dnnl::memory::data_type;

Type type_of(DType dtype) {
  return dtype == DType::bf16 ? Type::bf16 : Type::f32;
}

dnnl::memory::desc tensor(const Shape& shape, DType dtype, Tag tag) {
  return {{shape.n, shape.c, shape.h, shape.w}, type_of(dtype), tag};
}

// What follows the sum: the residual, then the activation.
dnnl::primitive_attr attributes(const ConvProblem& problem) {
  dnnl::post_ops post;
  if (problem.residual) post.append_sum();  // to what the output holds; a binary add is wrong on SSE4.1 in oneDNN 2.6
  switch (problem.activation) {
    case Activation::none:
      break;
    case Activation::relu:
      post.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
      break;
    case Activation::relu6:
      post.append_eltwise(1, dnnl::algorithm::eltwise_clip, 0, 6);
      break;
    case Activation::hard_swish:
      post.append_eltwise(1, dnnl::algorithm::eltwise_hardswish, 0, 0);
      break;
    case Activation::sigmoid:
      post.append_eltwise(1, dnnl::algorithm::eltwise_logistic, 0, 0);
      break;
    case Activation::tanh:
      post.append_eltwise(1, dnnl::algorithm::eltwise_tanh, 0, 0);
      break;
  }
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  attr.set_post_ops(post);
  return attr;
}

using Convolution = dnnl::convolution_forward;

// OpenMP's number of threads, for which oneDNN makes its primitives, while this lives.
class Threads {
 public:
  Threads(int now, int after) : after_(after) { omp_set_num_threads(now); }
  ~Threads() { omp_set_num_threads(after_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int after_;
};

constexpr std::size_t kMostScratch = std::size_t{512} << 20;

Convolution::primitive_desc describe(const DnnlBuild& build, const ConvProblem& p, bool biased) {
  const dnnl::memory::dims filter{p.k, p.x.c / p.groups, p.r, p.s};
  dnnl::memory::dims grouped{p.groups, p.k / p.groups, p.x.c / p.groups, p.r, p.s};
  const dnnl::memory::desc weights(p.groups > 1 ? grouped : filter, type_of(p.in), Tag::any);
  const dnnl::memory::desc bias = biased ? dnnl::memory::desc({p.k}, Type::f32, Tag::a) : dnnl::memory::desc();
  const Tag in = !p.blocked ? Tag::nhwc : p.x.c % 16 == 0 ? Tag::nChw16c : Tag::nchw;
  const dnnl::memory::desc x = tensor(p.x, p.in, in);
  const dnnl::memory::desc y = tensor(p.y(), p.out, p.blocked ? Tag::nChw16c : Tag::nhwc);
  const auto desc = [&](dnnl::algorithm algorithm) {
    return Convolution::desc(dnnl::prop_kind::forward_inference, algorithm, x, weights, bias, y, {p.stride, p.stride},
                             {p.zeros.top, p.zeros.left}, {p.zeros.bottom, p.zeros.right});
  };
  if (p.winograd) {
    // F(4x4,3x3): oneDNN would rather take F(2x2,3x3) for few channels, but there, too, it is the slower one. With many
    // it keeps the whole transformed picture, which at some size is too much.
    const auto winograd = desc(dnnl::algorithm::convolution_winograd);  // has to outlive what is found by it
    Convolution::primitive_desc found(winograd, attributes(p), build.engine, true);
    for (bool more = found.get(true) != nullptr; more; more = found.next_impl()) {
      const bool large = found.scratchpad_desc().get_size() > kMostScratch;
      if (!large && std::strstr(found.impl_info_str(), "4x3") != nullptr) return found;
    }
  }
  return {desc(dnnl::algorithm::convolution_direct), attributes(p), build.engine};
}

}  // namespace

dnnl::memory::desc nhwc(const Shape& shape, DType dtype) {
  return tensor(shape, dtype, Tag::nhwc);
}

ConvPrimitive::ConvPrimitive(const DnnlBuild& build, const ConvProblem& p, std::span<const float> weights,
                             std::span<const float> bias, int callers)
    : stream_(build.stream), calls_(static_cast<std::size_t>(std::max(callers, 1))) {
  const Threads alone(callers > 0 ? 1 : build.threads, build.threads);
  const auto description = describe(build, p, !bias.empty());
  primitive_ = Convolution(description);
  name_ = std::string("onednn ") + description.impl_info_str();

  const dnnl::memory::dims shape = description.weights_desc().dims();
  const dnnl::memory::desc plain(shape, Type::f32, p.groups > 1 ? Tag::goihw : Tag::oihw);
  dnnl::memory source(plain, build.engine, const_cast<float*>(weights.data()));
  weights_ = dnnl::memory(description.weights_desc(), build.engine);
  dnnl::reorder(source, weights_).execute(stream_, source, weights_);
  stream_.wait();
  if (!bias.empty()) {
    bias_ = dnnl::memory(description.bias_desc(), build.engine);
    std::memcpy(bias_.get_data_handle(), bias.data(), bias.size_bytes());
  }

  const auto unbound = [&](const dnnl::memory::desc& desc) { return dnnl::memory(desc, build.engine, nullptr); };
  for (Call& call : calls_) {
    arg_count_ = 0;
    const auto argument = [&](int which, const dnnl::memory& memory) {
      call.args[static_cast<std::size_t>(arg_count_++)] = {which, memory.get()};
    };
    argument(DNNL_ARG_SRC, call.x = unbound(description.src_desc()));
    argument(DNNL_ARG_WEIGHTS, weights_);
    argument(DNNL_ARG_DST, call.y = unbound(description.dst_desc()));
    argument(DNNL_ARG_SCRATCHPAD, call.scratch = unbound(description.scratchpad_desc()));
    if (!bias.empty()) argument(DNNL_ARG_BIAS, bias_);
  }
}

std::size_t ConvPrimitive::scratch_bytes() const {
  return align_up(calls_.front().scratch.get_desc().get_size());
}

void ConvPrimitive::run(const std::byte* x, std::byte* y, std::byte* scratch, int caller) {
  Call& call = calls_[static_cast<std::size_t>(caller)];
  call.x.set_data_handle(const_cast<std::byte*>(x));
  call.y.set_data_handle(y);
  call.scratch.set_data_handle(scratch);
  // The C function: the C++ one would build two containers for each call.
  const dnnl_status_t status = dnnl_primitive_execute(primitive_.get(), stream_.get(), arg_count_, call.args.data());
  if (status != dnnl_success) fail("oneDNN's {} failed with status {}", name_, static_cast<int>(status));
}

BorderedInput::BorderedInput(const Layout& x, const Border& wanted, DType dtype, int blocks)
    : x_(x), bordered_(x.in_blocks(blocks)), copies_(x.border != wanted || x.dtype != dtype || x.blocks != blocks) {
  bordered_.dtype = dtype;
  bordered_.border = wanted;
}

// Row y of block n, out of larger blocks or smaller ones.
void BorderedInput::regroup_row(const std::byte* x, int n, int y, std::byte* out) const {
  const int channels = std::min(x_.shape.c, bordered_.shape.c);
  for (int i = 0; i < bordered_.shape.c; i += channels) {
    const int channel = n * bordered_.shape.c + i;  // counted through all pictures, as blocks are
    const std::byte* from =
        x_.row(x, channel / x_.shape.c, y) + static_cast<std::size_t>(channel % x_.shape.c) * size_of(x_.dtype);
    copy_runs(bordered_.row(out, n, y) + static_cast<std::size_t>(i) * size_of(x_.dtype), bordered_.pixel_bytes(), from,
              x_.pixel_bytes(), static_cast<std::size_t>(channels) * size_of(x_.dtype), x_.shape.w);
  }
}

const std::byte* BorderedInput::get(const std::byte* x, std::byte* workspace) const {
  if (!copies_) return x;
  for_rows(bordered_.shape, [&](int n, int y) {
    if (x_.blocks != bordered_.blocks) {
      regroup_row(x, n, y, workspace);
    } else if (x_.dtype == bordered_.dtype) {
      std::memcpy(bordered_.row(workspace, n, y), x_.row(x, n, y), x_.row_values() * size_of(x_.dtype));
    } else {
      convert_row(Convert{}, x_.dtype, x_.row(x, n, y), bordered_.dtype, bordered_.row(workspace, n, y),
                  x_.row_values());
    }
    bordered_.finish_row(workspace, n, y);
  });
  return workspace;
}

}  // namespace impasto::cpu
