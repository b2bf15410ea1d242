#include "runtime/roofline.h"

#include <algorithm>

namespace impasto {

double Peaks::operations(Precision precision) const noexcept {
  switch (precision) {
    case Precision::fp16:
      return fp16;
    case Precision::bf16:
      return bf16;
    case Precision::fp32:
      break;
  }
  return fp32;
}

double roof_seconds(const Peaks& peaks, const NodeProfile& node) noexcept {
  const auto at_peak = [](double work, double peak) { return peak > 0 ? work / peak : 0; };
  return std::max(at_peak(node.flops, peaks.operations(node.precision)), at_peak(node.bytes, peaks.bytes));
}

double share_of_peak(const Peaks& peaks, const NodeProfile& node) {
  const double seconds = median(node.ms) / 1e3;
  return seconds > 0 ? roof_seconds(peaks, node) / seconds : 0;
}

}  // namespace impasto
