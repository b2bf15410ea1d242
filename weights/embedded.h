// The weight files of this folder, inside the binary.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace impasto {

// "multistyle.safetensors", ...
[[nodiscard]] std::vector<std::string_view> embedded_weight_names();
// The file of that name, aligned to 64 bytes; empty if there is none.
[[nodiscard]] std::span<const std::byte> embedded_weights(std::string_view file_name) noexcept;

}  // namespace impasto
