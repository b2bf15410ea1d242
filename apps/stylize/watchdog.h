// Whether what a net gave can be a picture, a matte or a description at all: broken weights show as NaN, infinity, or
// the same value everywhere.
#pragma once

#include "apps/stylize/media/media.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace impasto::stylize {

// "frame 3 at 0.080 s"; frames count from 1, and their times are those of the output.
[[nodiscard]] std::string frame_text(std::size_t number, std::optional<double> seconds);

// `seen` and `made` are what Inspect tells of a net's input and of its output: least, largest and count of NaN and
// infinities of each channel. Throws Error that names `net` and `place` ("frame 3") if there is any such value, or if
// the output is constant, which is said as `value * scale`, where the input is not. A matte may be 0 everywhere, or 1.
void check_made(const std::string& net, const std::string& place, std::span<const float> seen,
                std::span<const float> made, float scale, bool matte);

// The same of values that lie on the host; `varied`: the net's input is not constant.
void check_values(const std::string& net, const std::string& place, bool varied, std::span<const float> values);

// Whether a picture has pixels of more than one value.
[[nodiscard]] bool is_varied(const media::Picture& picture);

}  // namespace impasto::stylize
