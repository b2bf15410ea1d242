// Every built-in style of one picture in a labelled grid.
#pragma once

#include "apps/stylize/options.h"
#include "apps/stylize/progress.h"

namespace impasto::stylize {

// Paints options.input, or a small picture of our own if there is none, in each style and writes options.contact_sheet.
void write_contact_sheet(const Options& options, Progress& progress);

}  // namespace impasto::stylize
