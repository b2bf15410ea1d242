// The host executor: barriers, shared memory, the order of execution, and the mistakes that it has to catch.
#include "kernels/common/target.h"
#include "tests/support.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <numeric>
#include <set>
#include <utility>

namespace impasto::simt {

namespace {

using Catch::Contains;

struct Tile {
  int values[96];
};

// y[i] = x of the block's mirrored thread, through shared memory.
__global__ void mirror(const int* x, int* y) {
  auto& s = shared_memory<Tile>();
  const unsigned first = blockIdx.x * blockDim.x;
  s.values[threadIdx.x] = x[first + threadIdx.x];
  __syncthreads();
  y[first + threadIdx.x] = s.values[blockDim.x - 1 - threadIdx.x];
}

// Many barriers in a loop: each round passes the values to the next thread.
__global__ void rotate(int* y, int rounds) {
  auto& s = shared_memory<Tile>();
  s.values[threadIdx.x] = static_cast<int>(threadIdx.x);
  for (int round = 0; round < rounds; ++round) {
    __syncthreads();
    const int value = s.values[(threadIdx.x + 1) % blockDim.x];
    __syncthreads();
    s.values[threadIdx.x] = value;
  }
  y[threadIdx.x] = s.values[threadIdx.x];
}

__global__ void count_visits(int* visits, dim3 extent) {
  const unsigned x = blockIdx.x * blockDim.x + threadIdx.x;
  const unsigned y = blockIdx.y * blockDim.y + threadIdx.y;
  const unsigned z = blockIdx.z * blockDim.z + threadIdx.z;
  visits[(z * extent.y + y) * extent.x + x] += 1;
}

struct Floats {
  float values[8];
};

__global__ void read_unwritten(float* y) {
  y[blockIdx.x * blockDim.x + threadIdx.x] = shared_memory<Floats>().values[threadIdx.x];
}

__global__ void early_exit(int threads) {
  if (static_cast<int>(threadIdx.x) >= threads) return;
  __syncthreads();
}

__global__ void divergent_barrier() {
  if (threadIdx.x % 2 == 0) {
    __syncthreads();
  } else {
    __syncthreads();
  }
}

__global__ void shared_out_of_bounds(float* y) {
  auto& s = shared_memory<Floats>();
  const unsigned i = threadIdx.x + 1;  // the last thread reads one value too far
  y[threadIdx.x] = s.values[i];
}

__global__ void global_out_of_bounds(int* y) {
  y[threadIdx.x + 1] = 1;
}

__global__ void record_order(int* order, int* next) {
  order[(*next)++] = static_cast<int>(threadIdx.x);
}

// Thread 0 reads what thread 1 wrote, with no barrier between.
__global__ void race(int* y) {
  auto& s = shared_memory<Tile>();
  s.values[threadIdx.x] = 1;
  y[threadIdx.x] = s.values[(threadIdx.x + 1) % blockDim.x];
}

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "no error";
}

// Runs `action` in a child process: whether it ended well, and what it wrote to stderr.
std::pair<bool, std::string> in_child(const std::function<void()>& action) {
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    action();
    _exit(0);
  }
  close(ends[1]);
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; (got = read(ends[0], buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return {WIFEXITED(status) && WEXITSTATUS(status) == 0, text};
}

#ifdef __SANITIZE_ADDRESS__
constexpr bool kAddressSanitizer = true;
#else
constexpr bool kAddressSanitizer = false;
#endif
#ifdef __SANITIZE_THREAD__
constexpr bool kThreadSanitizer = true;
#else
constexpr bool kThreadSanitizer = false;
#endif

constexpr std::array kSeeds = {0, 1, 2, 4711};

}  // namespace

TEST_CASE("simt: shared memory and a barrier pass values between threads, whatever the order") {
  std::vector<int> x(96 * 13);
  std::iota(x.begin(), x.end(), 0);
  for (const int seed : kSeeds) {
    Device device(seed);
    std::vector<int> y(x.size(), -1);
    launch(device.stream(), dim3(13), dim3(96), sizeof(Tile), kernel<mirror>, x.data(), y.data());
    for (int i = 0; i < 96 * 13; ++i) REQUIRE(y[static_cast<std::size_t>(i)] == i / 96 * 96 + 95 - i % 96);
  }
}

TEST_CASE("simt: barriers in a loop") {
  for (const int seed : kSeeds) {
    Device device(seed);
    std::vector<int> y(96, -1);
    launch(device.stream(), dim3(1), dim3(96), sizeof(Tile), kernel<rotate>, y.data(), 17);
    for (int i = 0; i < 96; ++i) REQUIRE(y[static_cast<std::size_t>(i)] == (i + 17) % 96);
  }
}

TEST_CASE("simt: every thread of every block runs once, in three dimensions") {
  const dim3 grid(5, 3, 2);
  const dim3 block(4, 3, 5);
  const dim3 extent(20, 9, 10);
  for (const int seed : kSeeds) {
    Device device(seed);
    std::vector<int> visits(std::size_t{20} * 9 * 10, 0);
    launch(device.stream(), grid, block, 0, kernel<count_visits>, visits.data(), extent);
    CHECK(std::all_of(visits.begin(), visits.end(), [](int v) { return v == 1; }));
  }
}

TEST_CASE("simt: a seed changes the order of threads, the same seed does not") {
  if (kThreadSanitizer) SKIP_CASE("the kernel races on purpose");
  const auto order = [](int seed) {
    Device device(seed);
    std::vector<int> threads(64, -1);
    int next = 0;
    launch(device.stream(), dim3(1), dim3(64), 0, kernel<record_order>, threads.data(), &next);
    return threads;
  };
  CHECK(order(0) != order(1));
  CHECK(order(1) != order(2));
  CHECK(order(1) == order(1));
  const std::vector<int> threads = order(1);
  CHECK(std::set<int>(threads.begin(), threads.end()).size() == 64);
}

TEST_CASE("simt: shared memory begins as NaN in each block") {
  Device device;
  std::vector<float> y(24, 0);
  launch(device.stream(), dim3(3), dim3(8), sizeof(Floats), kernel<read_unwritten>, y.data());
  CHECK(std::all_of(y.begin(), y.end(), [](float v) { return std::isnan(v); }));
}

TEST_CASE("simt: a barrier that a thread does not reach names kernel, block and thread") {
  for (const int seed : kSeeds) {
    Device device(seed);
    const std::string message =
        message_of([&] { launch(device.stream(), dim3(1, 2), dim3(8), 0, kernel<early_exit>, 7); });
    CAPTURE(message);
    CHECK_THAT(message, Contains("early_exit: block (0,"));
    CHECK_THAT(message, Contains("thread (7,0,0) has left the kernel"));
    CHECK_THAT(message, Contains("simt_executor.cpp:"));
    launch(device.stream(), dim3(2), dim3(8), 0, kernel<early_exit>, 8);  // the executor is as good as new
  }
}

TEST_CASE("simt: threads at different barriers are an error") {
  for (const int seed : kSeeds) {
    Device device(seed);
    const std::string message =
        message_of([&] { launch(device.stream(), dim3(3), dim3(4), 0, kernel<divergent_barrier>); });
    CAPTURE(message);
    CHECK_THAT(message, Contains("divergent_barrier: block ("));
    CHECK_THAT(message, Contains("waits at the one of"));
  }
}

TEST_CASE("simt: more shared memory than the launch asked for, and impossible launches, are errors") {
  Device device;
  std::vector<int> values(2048);
  CHECK_THAT(
      message_of([&] {
        launch(device.stream(), dim3(1), dim3(96), sizeof(Tile) - 1, kernel<mirror>, values.data(), values.data());
      }),
      Contains("mirror: block (0,0,0), thread") && Contains("needs 384 bytes of shared memory, launched with 383"));
  CHECK_THAT(message_of([&] { launch(device.stream(), dim3(1), dim3(1025), 0, kernel<early_exit>, 0); }),
             Contains("block (1025,1,1)"));
  CHECK_THAT(message_of([&] { launch(device.stream(), dim3(0), dim3(32), 0, kernel<early_exit>, 0); }),
             Contains("grid (0,1,1)"));
}

TEST_CASE("simt: AddressSanitizer sees stray accesses to shared and to global memory") {
  if (!kAddressSanitizer) SKIP_CASE("needs AddressSanitizer");
  const auto shared = in_child([] {
    Device device;
    std::vector<float> y(8);
    launch(device.stream(), dim3(1), dim3(8), sizeof(Floats), kernel<shared_out_of_bounds>, y.data());
  });
  CHECK(!shared.first);
  CHECK_THAT(shared.second, Contains("heap-buffer-overflow") || Contains("index 8 out of bounds"));
  CHECK_THAT(shared.second, Contains("shared_out_of_bounds"));

  const auto global = in_child([] {
    Device device;
    std::byte* y = Device::allocate(8 * sizeof(int));
    launch(device.stream(), dim3(1), dim3(8), 0, kernel<global_out_of_bounds>, reinterpret_cast<int*>(y));
    Device::release(y);
  });
  CHECK(!global.first);
  CHECK_THAT(global.second, Contains("heap-buffer-overflow") && Contains("global_out_of_bounds"));
}

TEST_CASE("simt: ThreadSanitizer sees a race between threads that no barrier orders") {
  if (!kThreadSanitizer) SKIP_CASE("needs ThreadSanitizer");
  const auto raced = in_child([] {
    Device device;
    std::vector<int> y(32);
    launch(device.stream(), dim3(1), dim3(32), sizeof(Tile), kernel<race>, y.data());
  });
  CHECK_THAT(raced.second, Contains("data race") && Contains(" in race"));
}

}  // namespace impasto::simt
