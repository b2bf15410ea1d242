// The rungs of conv2d and which of them runs.
#include "kernels/conv2d/conv2d.h"

namespace impasto::IMPASTO_TARGET {

namespace {

std::size_t no_workspace(const Conv2dProblem& /*problem*/) {
  return 0;
}

constexpr Conv2dRung rung(std::string_view name, bool (*supports)(const Conv2dProblem&),
                          void (*launch)(const Conv2dProblem&, const Conv2dArgs&, Stream)) {
  return {name, supports, conv2d_v1_weight_bytes, conv2d_v1_pack_weights, no_workspace, launch};
}

constexpr Conv2dRung kRungs[] = {
    rung("conv2d_v1_naive", conv2d_v1_supports, conv2d_v1_launch),
    rung("conv2d_v2_shared_tile", conv2d_v2_supports, conv2d_v2_launch),
    rung("conv2d_v3_register_tile", conv2d_v3_supports, conv2d_v3_launch),
    rung("conv2d_v4_tensor_cores", conv2d_v4_supports, conv2d_v4_launch),
    rung("conv2d_v5_pipeline", conv2d_v5_supports, conv2d_v5_launch),
    rung("conv2d_v6_fused", conv2d_v6_supports, conv2d_v6_launch),
    {"conv2d_depthwise", conv2d_depthwise_supports, conv2d_v1_weight_bytes, conv2d_depthwise_pack_weights, no_workspace,
     conv2d_depthwise_launch},
    {"conv2d_rgb_out", conv2d_rgb_out_supports, conv2d_rgb_out_weight_bytes, conv2d_rgb_out_pack_weights, no_workspace,
     conv2d_rgb_out_launch},
    {"conv2d_rgb_in", conv2d_rgb_in_supports, conv2d_rgb_in_weight_bytes, conv2d_rgb_in_pack_weights, no_workspace,
     conv2d_rgb_in_launch},
    rung("conv2d_pointwise", conv2d_pointwise_supports, conv2d_pointwise_launch),
};

// Tiles of 128 pixels x 64 channels, those of v3 and v4, are worth it when there are many and not mostly empty.
bool many_tiles(const Conv2dProblem& d) {
  return 1.0 * d.n * d.p() * d.q() * ((d.k + 63) / 64) >= 128.0 * 128;
}
bool many_tiles_of_16_channels(const Conv2dProblem& d) {
  return many_tiles(d) && d.k >= 16;
}
bool any_of_16_channels(const Conv2dProblem& d) {
  return d.k >= 16;
}
bool a_3x3_filter_or_more(const Conv2dProblem& d) {
  return d.r * d.s >= 9;
}
bool a_few_pixels(const Conv2dProblem& d) {
  return d.n * d.p() * d.q() <= 16;
}
bool few_of_many_channels(const Conv2dProblem& d) {
  return d.k < 8 && d.c >= 128;
}
bool with_moments(const Conv2dProblem& d) {
  return d.moments_out;
}

// What runs: the first line that holds. By the times in README.md.
constexpr Choice<Conv2dProblem> kChoices[] = {
    {6, with_moments},                // before a norm
    {7, any_problem<Conv2dProblem>},  // a filter a channel
    {8, a_3x3_filter_or_more},        // few output channels
    {9, a_3x3_filter_or_more},        // few input channels
    {10, a_few_pixels},               // a matrix times a vector
    {10, few_of_many_channels},       // scores of a few classes
    {5, any_problem<Conv2dProblem>},  // halves, channels in eights
    {4, many_tiles},                  // halves
    {3, many_tiles_of_16_channels},   // floats
    {2, any_of_16_channels},          // small pictures
    {1, any_problem<Conv2dProblem>},  // a few output channels; groups
};

}  // namespace

std::span<const Conv2dRung> conv2d_rungs() {
  return kRungs;
}

const Conv2dRung& choose_conv2d(const Conv2dProblem& problem) {
  return choose(kRungs, kChoices, problem);
}

void require_32_bit_indices(const Conv2dProblem& d) {
  require_32_bit_indices("conv2d", {{"x", 1.0 * d.n * d.h * d.w * d.c},
                                    {"w", 1.0 * d.k * d.group_c() * d.r * d.s},
                                    {"y", 1.0 * d.n * d.p() * d.q() * d.k}});
}

}  // namespace impasto::IMPASTO_TARGET
