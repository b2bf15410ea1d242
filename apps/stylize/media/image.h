// What stb_image makes of a file.
#pragma once

#include <filesystem>

namespace impasto::media {

enum class StbKind { none, picture, gif };

// By the file's first bytes. Throws Error if it cannot be read.
[[nodiscard]] StbKind stb_kind(const std::filesystem::path& file);

}  // namespace impasto::media
