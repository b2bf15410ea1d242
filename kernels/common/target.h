// The one place where the two builds of the kernels differ. nvcc compiles them for a GPU, in namespace impasto::cuda;
// the host compiler for the executor of kernels/simt, in namespace impasto::simt. The target definition IMPASTO_ON_CUDA
// chooses. Both offer CUDA's own words (__global__, threadIdx, __syncthreads, dim3, ...) and
//   Device                       an opened device: its stream and its memory
//   Stream                       where launches are queued, in order
//   Range                        a name that profilers show for a stretch of host time
//   launch(stream, grid, block, smem_bytes, kernel<f<...>>, args...)
//   shared_memory<T>()           the block's shared memory, as one struct
// Everything here throws std::runtime_error.
#pragma once

#ifdef IMPASTO_ON_CUDA
#define IMPASTO_TARGET cuda
#include "kernels/cuda/device.h"
#else
#define IMPASTO_TARGET simt
#include "kernels/simt/device.h"
#endif

#include <cstddef>
#include <functional>
#include <string_view>

namespace impasto::IMPASTO_TARGET {

// A __global__ function as a value that knows its name, so that an error can say which kernel it was.
template <auto F>
struct GlobalFunction {
  [[nodiscard]] static constexpr std::string_view name() {
    std::string_view text = __PRETTY_FUNCTION__;  // "... [with auto F = ns::conv2d_v1_naive<float>; ...]"
    text.remove_prefix(text.find("F = ") + 4);
    text = text.substr(0, text.find_first_of(";]"));
    const std::string_view outer = text.substr(0, text.find('<'));
    const std::size_t scope = outer.rfind("::");
    return scope == std::string_view::npos ? text : text.substr(scope + 2);
  }
};
template <auto F>
inline constexpr GlobalFunction<F> kernel{};

#ifndef IMPASTO_ON_CUDA

// Returns when the grid has finished. Throws if threads of a block part at a barrier.
template <auto F, typename... Args>
void launch(Stream stream, dim3 grid, dim3 block, std::size_t smem_bytes, GlobalFunction<F> /*kernel*/,
            const Args&... args) {
  const auto thread = [&] { F(args...); };
  stream->run(GlobalFunction<F>::name(), grid, block, smem_bytes, std::cref(thread));
}

template <typename T>
[[nodiscard]] T& shared_memory() {
  return *reinterpret_cast<T*>(block_shared_memory(sizeof(T)));
}

#elif defined(__CUDACC__)

// Returns at once; the kernel runs when the stream gets to it.
template <auto F, typename... Args>
void launch(Stream stream, dim3 grid, dim3 block, std::size_t smem_bytes, GlobalFunction<F> /*kernel*/,
            const Args&... args) {
  if (smem_bytes > kStaticSharedBytes) allow_shared_bytes(reinterpret_cast<const void*>(F), smem_bytes);
  // clang-format off
  F<<<grid, block, smem_bytes, stream>>>(args...);
  // clang-format on
  check_launch(GlobalFunction<F>::name());
}

template <typename T>
[[nodiscard]] __device__ T& shared_memory() {
  extern __shared__ __align__(128) std::byte block_shared_memory[];
  return *reinterpret_cast<T*>(block_shared_memory);
}

#endif

}  // namespace impasto::IMPASTO_TARGET
