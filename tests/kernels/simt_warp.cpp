// The host executor's warps: shuffles, votes, atomics, asynchronous copies, and the mistakes that it has to catch.
#include "kernels/common/ptx.h"
#include "kernels/common/target.h"
#include "tests/support.h"

namespace impasto::simt {

namespace {

using Catch::Contains;

constexpr unsigned kAll = 0xFFFFFFFFU;

__global__ void shuffles(int* y) {
  const int lane = static_cast<int>(lane_id());
  int* mine = y + threadIdx.x * 5;
  mine[0] = __shfl_sync(kAll, lane, 7);
  mine[1] = __shfl_xor_sync(kAll, lane, 5);
  mine[2] = __shfl_down_sync(kAll, lane, 3);
  mine[3] = __shfl_up_sync(kAll, lane, 3);
  int sum = lane;
  for (int bits = 16; bits > 0; bits /= 2) sum += __shfl_xor_sync(kAll, sum, bits);
  mine[4] = sum;
}

__global__ void votes(unsigned* y) {
  y[threadIdx.x * 3] = __ballot_sync(kAll, threadIdx.x % 3 == 0);
  y[threadIdx.x * 3 + 1] = static_cast<unsigned>(__any_sync(kAll, threadIdx.x == 40));
  y[threadIdx.x * 3 + 2] = static_cast<unsigned>(__all_sync(kAll, threadIdx.x < 32));
}

__global__ void count_up(unsigned* total) {
  atomicAdd(total, 1U);
}

// One lane leaves before the others exchange.
__global__ void lane_leaves() {
  if (threadIdx.x == 37) return;
  __syncwarp();
}

__global__ void two_places() {
  if (threadIdx.x < 16) {
    __syncwarp();
  } else {
    __syncwarp();
  }
}

__global__ void exchange() {
  __syncwarp();
}

struct Row {
  float values[32][4];
};

// Copies x to y through shared memory; `waits` says whether the copy is waited for.
__global__ void copy_through(const float* x, float* y, bool waits) {
  auto& s = shared_memory<Row>();
  cp_async_16(s.values[threadIdx.x], x + 4 * threadIdx.x, threadIdx.x != 3);
  cp_async_commit();
  if (waits) cp_async_wait<0>();
  __syncthreads();
  const unsigned other = 31 - threadIdx.x;
  for (unsigned i = 0; i < 4; ++i) y[4 * other + i] = s.values[other][i];
}

std::string message_of(dim3 block, void (*kernel_launch)(Device&, dim3)) {
  Device device(1);
  try {
    kernel_launch(device, block);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("simt: shuffles give each lane what another brought") {
  for (const int seed : {0, 1, 77}) {
    Device device(seed);
    std::vector<int> y(64 * 5, -1);
    launch(device.stream(), dim3(1), dim3(64), 0, kernel<shuffles>, y.data());
    for (int thread = 0; thread < 64; ++thread) {
      const int lane = thread % 32;
      const int* mine = y.data() + static_cast<std::ptrdiff_t>(thread) * 5;
      CHECK(mine[0] == 7);
      CHECK(mine[1] == (lane ^ 5));
      CHECK(mine[2] == (lane < 29 ? lane + 3 : lane));
      CHECK(mine[3] == (lane >= 3 ? lane - 3 : lane));
      CHECK(mine[4] == 31 * 32 / 2);
    }
  }
}

TEST_CASE("simt: votes are of one warp") {
  Device device(5);
  std::vector<unsigned> y(64 * 3, 9);
  launch(device.stream(), dim3(1), dim3(64), 0, kernel<votes>, y.data());
  unsigned every_third[2] = {0, 0};
  for (unsigned thread = 0; thread < 64; ++thread)
    every_third[thread / 32] |= (thread % 3 == 0 ? 1U : 0U) << thread % 32;
  for (std::size_t thread = 0; thread < 64; ++thread) {
    CHECK(y[thread * 3] == every_third[thread / 32]);
    CHECK(y[thread * 3 + 1] == thread / 32);
    CHECK(y[thread * 3 + 2] == 1 - thread / 32);
  }
}

TEST_CASE("simt: atomics count across blocks") {
  Device device(3);
  unsigned total = 0;
  launch(device.stream(), dim3(50), dim3(96), 0, kernel<count_up>, &total);
  CHECK(total == 50 * 96);
}

TEST_CASE("simt: a warp instruction that a lane does not come to names kernel, block, thread and place") {
  const std::string left = message_of(
      dim3(64), [](Device& device, dim3 block) { launch(device.stream(), dim3(2), block, 0, kernel<lane_leaves>); });
  CHECK_THAT(left, Contains("lane_leaves: block (") && Contains("thread (37,0,0) has left the kernel") &&
                       Contains("warp instruction of") && Contains("simt_warp.cpp:"));
  const std::string parted = message_of(
      dim3(32), [](Device& device, dim3 block) { launch(device.stream(), dim3(1), block, 0, kernel<two_places>); });
  CHECK_THAT(parted, Contains("two_places") && Contains("waits at the one of"));
  const std::string few = message_of(
      dim3(40), [](Device& device, dim3 block) { launch(device.stream(), dim3(1), block, 0, kernel<exchange>); });
  CHECK_THAT(few, Contains("needs 32 threads, the warp has 8"));
}

TEST_CASE("simt: an asynchronous copy is there once it was waited for, and not before") {
  Device device;
  std::vector<float> x(128);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i + 1);
  std::vector<float> y(128, -1);
  launch(device.stream(), dim3(1), dim3(32), sizeof(Row), kernel<copy_through>, x.data(), y.data(), true);
  for (std::size_t i = 0; i < y.size(); ++i) CHECK(y[i] == (i / 4 == 3 ? 0 : x[i]));
  launch(device.stream(), dim3(1), dim3(32), sizeof(Row), kernel<copy_through>, x.data(), y.data(), false);
  CHECK(std::all_of(y.begin(), y.end(), [](float v) { return std::isnan(v); }));
}

}  // namespace impasto::simt
