#include "bench/peaks.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

namespace impasto::bench {
namespace {

constexpr int kTries = 5;    // the best counts
constexpr int kChains = 12;  // of multiply-adds that do not wait for one another
constexpr int kRounds = 2'000'000;

// The least time of `work(thread)` on all threads at once, in seconds.
double seconds(int threads, const std::function<void(int)>& work) {
  double best = 1e30;
  for (int i = 0; i < kTries; ++i) {
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::jthread> team;
    for (int t = 0; t < threads; ++t) team.emplace_back(work, t);
    team.clear();  // joins
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
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

double peak_flops(int threads) {
  const bool has_512 = __builtin_cpu_supports("avx512f");
  const bool has_256 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const auto run = has_512 ? multiply_add_512 : has_256 ? multiply_add_256 : multiply_add_128;
  const double lanes = has_512 ? 16 : has_256 ? 8 : 4;
  std::vector<float> keep(static_cast<std::size_t>(threads));  // else the compiler leaves the work out
  const double time = seconds(threads, [&](int t) { keep[static_cast<std::size_t>(t)] = run(); });
  return 2.0 * lanes * kChains * kRounds * threads / time;
}

double peak_bytes(int threads) {
  constexpr std::size_t kBytes = std::size_t{128} << 20;  // far larger than a core's share of the caches
  std::vector<std::vector<std::byte>> from(static_cast<std::size_t>(threads));
  std::vector<std::vector<std::byte>> to(from.size());
  for (auto& bytes : from) bytes.assign(kBytes, std::byte{1});
  for (auto& bytes : to) bytes.assign(kBytes, std::byte{2});
  const double time = seconds(threads, [&](int t) {
    std::memcpy(to[static_cast<std::size_t>(t)].data(), from[static_cast<std::size_t>(t)].data(), kBytes);
  });
  return 2.0 * static_cast<double>(kBytes) * threads / time;
}

}  // namespace

Peaks cpu_peaks(int threads) {
  return {peak_flops(threads), peak_bytes(threads)};
}

double share_of_roof(const Peaks& peaks, double flops, double bytes, double seconds) {
  return std::max(flops / peaks.flops, bytes / peaks.bytes) / seconds;
}

}  // namespace impasto::bench
