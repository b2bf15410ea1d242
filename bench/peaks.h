// What this machine can do at most, measured: what a node's time is held against (the column "roof" of bench_nets).
#pragma once

#include <optional>

namespace impasto::bench {

struct Peaks {
  double flops = 0;  // a second
  double bytes = 0;  // a second, of a large copy, read and written
};

// Of `threads` threads of the processor: multiply-adds of float32 in registers, as wide as it has them.
[[nodiscard]] Peaks cpu_peaks(int threads);

// Of a GPU, as bench_kernels measures them: mma.sync in fp16, multiply-adds in fp32. None on a virtual one, or where
// the build has no device cuda.
[[nodiscard]] std::optional<Peaks> cuda_peaks(int ordinal, bool fp16);

// The share of the roofline that work of so many operations and bytes reaches in `seconds`. Above 1 where bytes came from
// a cache.
[[nodiscard]] double share_of_roof(const Peaks& peaks, double flops, double bytes, double seconds);

}  // namespace impasto::bench
