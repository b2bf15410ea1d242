// The main job: one picture or one video through the engine.
#pragma once

#include "apps/stylize/interrupt.h"
#include "apps/stylize/options.h"
#include "apps/stylize/progress.h"
#include "apps/stylize/report.h"

#include <filesystem>

namespace impasto::stylize {

// Checks everything that is cheap to check, then works. With options.benchmark nothing is written. Throws Error if
// there is no output; an input that ends early, or an interrupt, is told in the report. `models` as in load_style().
[[nodiscard]] Report run_job(const Options& options, const std::filesystem::path& models, Progress& progress,
                             const Interrupt& interrupt);

}  // namespace impasto::stylize
