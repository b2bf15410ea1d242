#include "runtime/roofline.h"

#include "tests/support.h"

using namespace impasto;

namespace {

NodeProfile node(Precision precision, double flops, double bytes, std::vector<double> ms) {
  return {"node", "op", "kernel", precision, flops, bytes, std::move(ms)};
}

const Peaks kPeaks{.fp32 = 100e9, .bf16 = 400e9, .bytes = 20e9, .threads = 2};

}  // namespace

TEST_CASE("roofline: the arithmetic of a precision or the bytes, whichever take longer") {
  CHECK(roof_seconds(kPeaks, node(Precision::fp32, 4e9, 20e6, {})) == Approx(40e-3));
  CHECK(roof_seconds(kPeaks, node(Precision::bf16, 4e9, 20e6, {})) == Approx(10e-3));
  CHECK(roof_seconds(kPeaks, node(Precision::bf16, 4e9, 800e6, {})) == Approx(40e-3));
  CHECK(roof_seconds(kPeaks, node(Precision::fp32, 0, 20e6, {})) == Approx(1e-3));
}

TEST_CASE("roofline: the share is of the median time, and may be above 1") {
  CHECK(share_of_peak(kPeaks, node(Precision::fp32, 4e9, 0, {400, 80, 79})) == Approx(0.5));
  CHECK(share_of_peak(kPeaks, node(Precision::fp32, 0, 20e6, {0.5})) == Approx(2));
  CHECK(share_of_peak(kPeaks, node(Precision::fp32, 4e9, 20e6, {})) == 0);
  CHECK(share_of_peak(kPeaks, node(Precision::fp32, 4e9, 20e6, {0})) == 0);
}

TEST_CASE("roofline: a peak that is not known is no limit") {
  CHECK(roof_seconds(kPeaks, node(Precision::fp16, 4e9, 20e6, {})) == Approx(1e-3));
  CHECK(share_of_peak({}, node(Precision::fp32, 4e9, 20e6, {1})) == 0);
}
