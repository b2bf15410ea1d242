// The answers to --list-styles, --list-models, --list-devices and --version.
#pragma once

#include "apps/stylize/options.h"
#include "apps/stylize/progress.h"

#include <string>

namespace impasto::stylize {

[[nodiscard]] std::string version_text();
[[nodiscard]] std::string styles_text();
[[nodiscard]] std::string models_text();
// A net's nodes in the order in which they run: kernel, output, its offset in the arena and size, in bytes. A net
// without a size of its own is shown at 640x360.
[[nodiscard]] std::string graph_text(const Options& options);

}  // namespace impasto::stylize
