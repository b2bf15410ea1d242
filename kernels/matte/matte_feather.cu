// The rungs of matte_feather and which of them runs.
#include "kernels/matte/matte_feather_box.h"

#include <algorithm>

namespace impasto::IMPASTO_TARGET {

namespace {

constexpr MatteFeatherRung kRungs[] = {
    {"matte_feather_v1_naive", any_problem<MatteFeatherProblem>, matte_feather_v1_launch, matte_feather_workspace},
    {"matte_feather_v2_running_sums", any_problem<MatteFeatherProblem>, matte_feather_v2_launch,
     matte_feather_workspace},
};

// Else v2's walks are too few to fill a GPU, and v1's boxes cheap.
bool many_pixels_or_wide_boxes(const MatteFeatherProblem& d) {
  return 1.0 * d.n * d.h * d.w >= 262144 || Box(d).reach >= 16;
}

// What runs: the first line that holds.
constexpr Choice<MatteFeatherProblem> kChoices[] = {
    {2, many_pixels_or_wide_boxes},
    {1, any_problem<MatteFeatherProblem>},
};

}  // namespace

std::span<const MatteFeatherRung> matte_feather_rungs() {
  return kRungs;
}

const MatteFeatherRung& choose_matte_feather(const MatteFeatherProblem& problem) {
  return choose(kRungs, kChoices, problem);
}

std::size_t matte_feather_workspace(const MatteFeatherProblem& d) {
  return 2 * sizeof(unsigned) * static_cast<std::size_t>(d.n) * static_cast<std::size_t>(d.h) *
         static_cast<std::size_t>(d.w);
}

Box::Box(const MatteFeatherProblem& d) {
  const double half_width = std::min({static_cast<double>(d.radius) / 3, 2.0 * std::max(d.h, d.w), 16000.0});
  reach = static_cast<int>(half_width);
  fraction = static_cast<unsigned long long>(std::llround((half_width - reach) * 0x1p24));
  weight = (static_cast<unsigned long long>(2 * reach + 1) << 24) + 2 * fraction;
  reciprocal = ~0ULL / weight;
}

}  // namespace impasto::IMPASTO_TARGET
