// Checks of inputs and outputs that cost nothing, made before work begins.
#pragma once

#include "apps/stylize/media/media.h"
#include "apps/stylize/options.h"

#include <filesystem>
#include <vector>

namespace impasto::stylize {

// Throws if `output` cannot be written, must not be replaced, is one of the files that are read (those of the style
// are `more`), or is not named as what it will hold.
void check_output(const std::filesystem::path& output, const Options& options, media::FileKind kind,
                  const std::vector<std::filesystem::path>& more = {});

// The same for --output-alpha and --output-foreground, where they are given, and that no two outputs have one name.
void check_side_outputs(const Options& options, media::FileKind kind, const std::vector<std::filesystem::path>& more);

// By its extension. Of a video it is numbered PNGs.
[[nodiscard]] bool is_png(const std::filesystem::path& output);

}  // namespace impasto::stylize
