// The host executor: runs a grid of CUDA threads on the CPU. Each thread of a block is a fiber, a block runs on one OS
// thread, blocks are spread over the cores. Also the words of CUDA C++ that kernels use, with their host meaning.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#define __global__
#define __device__
#define __host__
#define __launch_bounds__(...)
#define __grid_constant__

namespace impasto::simt {

struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};

// CUDA's 16-byte vectors.
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};

// The upper 64 of a product's 128 bits.
[[nodiscard]] inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<unsigned long long>(Wide{a} * b >> 64);
}

// CUDA's special registers. The executor sets them before it resumes a fiber; outside a kernel they mean nothing.
inline thread_local constinit dim3 threadIdx{0, 0, 0};
inline thread_local constinit dim3 blockIdx{0, 0, 0};
inline thread_local constinit dim3 blockDim;
inline thread_local constinit dim3 gridDim;

// Waits until every thread of the block has come to this same line of the source.
void __syncthreads(std::source_location place = std::source_location::current());

// The shared memory of the block that the caller runs in. Throws if the launch asked for less than `bytes`.
[[nodiscard]] std::byte* block_shared_memory(std::size_t bytes);

// For warp instructions, which are a meeting of the warp's 32 threads (the lanes): waits until each has come to this
// place, and returns what each brought, `bytes` a lane, at most 64. It stays until the caller's next meeting.
[[nodiscard]] const std::byte* meet_warp(const void* mine, std::size_t bytes, std::source_location place);

template <typename T>
[[nodiscard]] std::span<const T, 32> warp_exchange(const T& mine,
                                                   std::source_location place = std::source_location::current()) {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 64 && alignof(T) <= 16);
  return std::span<const T, 32>(reinterpret_cast<const T*>(meet_warp(&mine, sizeof(T), place)), 32);
}

// The caller's position in its warp.
[[nodiscard]] unsigned lane_id();

// For asynchronous copies: a copy (from null: zeros) is made only when its thread waits for it, as late as a GPU may.
void copy_later(void* to, const void* from, std::size_t bytes);
void end_copy_group();
// Makes the copies of all groups but the newest `groups`.
void wait_for_copies(std::size_t groups);

// A launch, as one asked for it.
struct LaunchShape {
  std::string kernel;
  dim3 grid, block;
  std::size_t shared_bytes;
};

class Executor {
 public:
  // `seed` shuffles the order in which blocks, and threads between two barriers, run; 0 is the natural order.
  explicit Executor(std::uint64_t seed = 0);
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // Runs `thread` once for every thread of the grid and returns when all have finished. Each block gets `shared_bytes`
  // of shared memory, filled with NaN. Throws std::runtime_error that names kernel, block and thread if a barrier is
  // not reached by all threads of a block or if shared memory is too small, or that says which limit the launch
  // exceeds.
  void run(std::string_view kernel, dim3 grid, dim3 block, std::size_t shared_bytes,
           const std::function<void()>& thread);

  // From now on launches are noted in `launches` instead of run; nullptr: they run again.
  void note_launches(std::vector<LaunchShape>* launches) { noted_ = launches; }

 private:
  class Pool;
  std::unique_ptr<Pool> pool_;
  std::vector<LaunchShape>* noted_ = nullptr;
};

}  // namespace impasto::simt
