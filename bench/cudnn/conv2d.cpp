// cuDNN's convolution: NHWC, fp16 with fp32 accumulation on tensor cores (or fp32 without), by the first algorithm of
// its heuristics. The bare sum: no bias, no activation.
#include "bench/rival.h"

#include <cudnn.h>
#include <fmt/core.h>

#include <array>
#include <memory>
#include <stdexcept>

namespace impasto::cuda {

namespace {

void check(cudnnStatus_t status, std::string_view what) {
  if (status == CUDNN_STATUS_SUCCESS) return;
  throw std::runtime_error(fmt::format("{}: {}", what, cudnnGetErrorString(status)));
}

template <typename T, cudnnStatus_t (*create)(T*), cudnnStatus_t (*destroy)(T)>
class Owned {
 public:
  Owned() { check(create(&value_), "cuDNN descriptor"); }
  ~Owned() { destroy(value_); }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  operator T() const { return value_; }

 private:
  T value_ = nullptr;
};
using Handle = Owned<cudnnHandle_t, cudnnCreate, cudnnDestroy>;
using Tensor = Owned<cudnnTensorDescriptor_t, cudnnCreateTensorDescriptor, cudnnDestroyTensorDescriptor>;
using Filter = Owned<cudnnFilterDescriptor_t, cudnnCreateFilterDescriptor, cudnnDestroyFilterDescriptor>;
using Convolution =
    Owned<cudnnConvolutionDescriptor_t, cudnnCreateConvolutionDescriptor, cudnnDestroyConvolutionDescriptor>;

struct Conv2d {
  Handle handle;
  Tensor x, y;
  Filter w;
  Convolution convolution;
};

}  // namespace

std::optional<Rival> conv2d_rival(const Conv2dProblem& d, BenchMemory& memory, Device& device) {
  if (d.pad_mode != PadMode::zero || d.upsample != 1 || !d.plain() || d.pad_top != d.pad_bottom ||
      d.pad_left != d.pad_right) {
    return std::nullopt;
  }
  const bool fp16 = d.storage == Storage::f16;
  const cudnnDataType_t type = fp16 ? CUDNN_DATA_HALF : CUDNN_DATA_FLOAT;
  const auto c = std::make_shared<Conv2d>();
  check(cudnnSetStream(c->handle, device.stream()), "cudnnSetStream");
  check(cudnnSetTensor4dDescriptor(c->x, CUDNN_TENSOR_NHWC, type, d.n, d.c, d.h, d.w), "x");
  check(cudnnSetTensor4dDescriptor(c->y, CUDNN_TENSOR_NHWC, type, d.n, d.k, d.p(), d.q()), "y");
  check(cudnnSetFilter4dDescriptor(c->w, type, CUDNN_TENSOR_NHWC, d.k, d.group_c(), d.r, d.s), "w");
  check(cudnnSetConvolution2dDescriptor(c->convolution, d.pad_top, d.pad_left, d.stride, d.stride, 1, 1,
                                        CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT),
        "convolution");
  check(cudnnSetConvolutionGroupCount(c->convolution, d.groups), "groups");
  check(cudnnSetConvolutionMathType(c->convolution, fp16 ? CUDNN_TENSOR_OP_MATH : CUDNN_FMA_MATH), "math type");

  std::array<cudnnConvolutionFwdAlgoPerf_t, CUDNN_CONVOLUTION_FWD_ALGO_COUNT> found{};
  int count = 0;
  check(cudnnGetConvolutionForwardAlgorithm_v7(c->handle, c->x, c->w, c->convolution, c->y,
                                               static_cast<int>(found.size()), &count, found.data()),
        "cudnnGetConvolutionForwardAlgorithm_v7");
  if (count == 0 || found[0].status != CUDNN_STATUS_SUCCESS) return std::nullopt;

  const cudnnConvolutionFwdAlgo_t algorithm = found[0].algo;
  const std::size_t workspace_bytes = found[0].memory;
  check(cudnnSetConvolutionMathType(c->convolution, found[0].mathType), "math type");
  const void* x = memory.values(static_cast<std::size_t>(d.n) * d.h * d.w * d.c, d.storage);
  const void* w = memory.values(static_cast<std::size_t>(d.k) * d.r * d.s * d.group_c(), d.storage);
  void* y = memory.output(static_cast<std::size_t>(d.n) * d.p() * d.q() * d.k, d.storage);
  void* workspace = memory.workspace(workspace_bytes);
  return Rival{fmt::format("cuDNN {} algorithm {}", cudnnGetVersion(), static_cast<int>(algorithm)), workspace_bytes,
               [c, x, w, y, workspace, workspace_bytes, algorithm] {
                 const float one = 1;
                 const float zero = 0;
                 check(cudnnConvolutionForward(c->handle, &one, c->x, x, c->w, w, c->convolution, algorithm, workspace,
                                               workspace_bytes, &zero, c->y, y),
                       "cudnnConvolutionForward");
               }};
}

}  // namespace impasto::cuda
