#include "runtime/cpu/peaks.h"

#include "runtime/cpu/conv_primitive.h"
#include "runtime/cpu/cpu_backend.h"

#include <omp.h>

#include <algorithm>
#include <chrono>
#include <memory>

namespace impasto::cpu {
namespace {

constexpr int kChains = 12;  // of multiply-adds that do not wait for one another
constexpr int kRounds = 500'000;

// The least time of `work` within a quarter of a second, in seconds.
template <typename Work>
double least_seconds(const Work& work) {
  using Clock = std::chrono::steady_clock;
  const auto since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  double least = 1e30;
  const auto begin = Clock::now();
  do {
    const auto start = Clock::now();
    work();
    least = std::min(least, since(start));
  } while (since(begin) < 0.25);
  return least;
}

// Vectors of the compiler's.
using Float4 [[gnu::vector_size(16)]] = float;
using Float8 [[gnu::vector_size(32)]] = float;
using Float16 [[gnu::vector_size(64)]] = float;

// kRounds * kChains multiply-adds of vectors.
template <typename Vector>
[[gnu::always_inline]] inline float multiply_add() {
  Vector sums[kChains];
  for (int i = 0; i < kChains; ++i) sums[i] = Vector{} + static_cast<float>(i);
  const Vector factor = Vector{} + 0.999F;
  const Vector addend = Vector{} + 0.001F;
  for (int round = 0; round < kRounds; ++round) {
#pragma GCC unroll 12
    for (Vector& sum : sums) sum = sum * factor + addend;
  }
  Vector all{};
  for (const Vector& sum : sums) all += sum;
  return all[0];
}
[[gnu::target("avx512f,fma")]] float multiply_add_512() {
  return multiply_add<Float16>();
}
[[gnu::target("avx2,fma")]] float multiply_add_256() {
  return multiply_add<Float8>();
}
float multiply_add_128() {
  return multiply_add<Float4>();
}

double peak_fp32(int threads) {
  const bool has_512 = __builtin_cpu_supports("avx512f");
  const bool has_256 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const auto run = has_512 ? multiply_add_512 : has_256 ? multiply_add_256 : multiply_add_128;
  const double lanes = has_512 ? 16 : has_256 ? 8 : 4;
  float sum = 0;  // else the compiler leaves the work out
  const double seconds = least_seconds([&] {
#pragma omp parallel reduction(+ : sum) num_threads(threads)
    sum += run();
  });
  return 2.0 * lanes * kChains * kRounds * threads / seconds;
}

// A picture for each thread that its second cache holds, 3 x 3 over many channels: oneDNN is nowhere faster.
double peak_bf16(int threads) {
  constexpr int kSide = 64;
  constexpr int kChannels = 256;
  dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  const std::vector<Layout> none;
  const DnnlBuild build{{none, threads}, engine, dnnl::stream(engine)};
  const ConvProblem problem{.x = {threads, kSide, kSide, kChannels},
                            .k = kChannels,
                            .r = 3,
                            .s = 3,
                            .zeros = {1, 1, 1, 1},
                            .in = DType::bf16,
                            .out = DType::bf16};
  const double taps = 9.0 * kChannels;
  ConvPrimitive convolution(build, problem, std::vector<float>(static_cast<std::size_t>(taps) * kChannels, 0.01F), {});
  const auto count = static_cast<std::size_t>(problem.x.count());
  std::vector<std::uint16_t> x(count, f32_to_bf16(1.5F));
  std::vector<std::uint16_t> y(count);
  std::vector<std::byte> scratch(convolution.scratch_bytes() + 64);
  std::byte* aligned = scratch.data() + (64 - reinterpret_cast<std::uintptr_t>(scratch.data()) % 64);
  const double seconds = least_seconds([&] {
    convolution.run(reinterpret_cast<const std::byte*>(x.data()), reinterpret_cast<std::byte*>(y.data()), aligned);
  });
  return 2.0 * taps * static_cast<double>(count) / seconds;
}

// Each byte read and written once: what is written without being read has to be fetched all the same.
double peak_bytes(int threads) {
  constexpr std::ptrdiff_t kCount = std::ptrdiff_t{128} << 20;  // 512 MiB
  const std::unique_ptr<float[]> values(new float[kCount]);
#pragma omp parallel for schedule(static) num_threads(threads)  // on the memory that is near the thread
  for (std::ptrdiff_t i = 0; i < kCount; ++i) values[i] = 1;
  const double seconds = least_seconds([&] {
#pragma omp parallel for simd schedule(static) num_threads(threads)
    for (std::ptrdiff_t i = 0; i < kCount; ++i) values[i] += 1;
  });
  return 2.0 * sizeof(float) * static_cast<double>(kCount) / seconds;
}

}  // namespace

Peaks measure_peaks(int threads) {
  omp_set_num_threads(threads);  // oneDNN's, too
  Peaks peaks{.fp32 = peak_fp32(threads), .bytes = peak_bytes(threads), .threads = threads};
  if (cpu_has_bf16()) peaks.bf16 = peak_bf16(threads);
  return peaks;
}

}  // namespace impasto::cpu
