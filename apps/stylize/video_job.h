// A video: decoding, computing and encoding overlap in three threads.
#pragma once

#include "apps/stylize/interrupt.h"
#include "apps/stylize/options.h"
#include "apps/stylize/painter.h"
#include "apps/stylize/progress.h"
#include "apps/stylize/report.h"

namespace impasto::stylize {

// Fills the report's frames, size, stages and nodes, and why it ended early. Throws Error if nothing was written.
void run_video(const Options& options, const Setup& setup, Progress& progress, const Interrupt& interrupt,
               Report& report);

}  // namespace impasto::stylize
