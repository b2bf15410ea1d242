// Portrait nets of little width, for tests.
#pragma once

#include "nets/net.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace impasto::test {

// Shapes for weight_table(): the widths of tests/tools/golden_portrait_fcn.py, a face's frame of 20 x 15.
inline ShapeOf slim_shapes(int classes) {
  return [classes](std::string_view name) -> std::optional<std::vector<std::int64_t>> {
    constexpr std::array<std::pair<std::string_view, int>, 15> kWidths{{{"conv1_1", 3},
                                                                        {"conv1_2", 5},
                                                                        {"conv2_1", 6},
                                                                        {"conv2_2", 7},
                                                                        {"conv3_1", 8},
                                                                        {"conv3_2", 9},
                                                                        {"conv3_3", 10},
                                                                        {"conv4_1", 11},
                                                                        {"conv4_2", 13},
                                                                        {"conv4_3", 12},
                                                                        {"conv5_1", 9},
                                                                        {"conv5_2", 8},
                                                                        {"conv5_3", 12},
                                                                        {"fc6", 14},
                                                                        {"fc7", 10}}};
    if (name == "mean_mask") return {{20, 15}};
    if (name == "canonical_landmarks") return {{5, 2}};
    for (const auto& [layer, width] : kWidths) {
      if (name == std::string(layer) + ".weight") return {{width}};  // the rest of the shape is not read
    }
    if (name.starts_with("score_fr")) return {{classes}};
    return {};
  };
}

}  // namespace impasto::test
