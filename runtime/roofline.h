// The roofline: what a machine can do at most, and so the least time that a node could take (Williams, Waterman and
// Patterson, "Roofline: an insightful visual performance model for multicore architectures", 2009).
#pragma once

#include "runtime/profiler.h"

namespace impasto {

// 0: not known, and no limit then.
struct Peaks {
  double fp32 = 0;  // operations a second in each precision; a multiply-add is two
  double fp16 = 0;
  double bf16 = 0;
  double bytes = 0;  // of memory a second, read and written
  int threads = 0;   // that they were measured on; 0 for a GPU

  [[nodiscard]] double operations(Precision precision) const noexcept;
};

// Seconds: those of its arithmetic at the peak of its precision or those of its bytes at the memory's, whichever are
// more.
[[nodiscard]] double roof_seconds(const Peaks& peaks, const NodeProfile& node) noexcept;

// The share of the peak that the node reached: roof_seconds() over its median time, 0 if it has none. Above 1 where
// bytes came from a cache, or an algorithm needs fewer operations than the formula has.
[[nodiscard]] double share_of_peak(const Peaks& peaks, const NodeProfile& node);

}  // namespace impasto
