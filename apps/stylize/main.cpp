// stylize: cuts the person out of a photo or video, paints them, and puts them back. ../../README.md has examples.
#include "apps/stylize/contact_sheet.h"
#include "apps/stylize/job.h"
#include "apps/stylize/list.h"
#include "runtime/devices/devices.h"
#include "runtime/error.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>

namespace impasto::stylize {
namespace {

std::filesystem::path models_folder() {
  const char* folder = std::getenv("STYLIZE_MODELS");
  return folder == nullptr ? std::filesystem::path() : std::filesystem::path(folder);
}

int run(const Options& options) {
  const Interrupt interrupt([&] {
    media::discard(options.output);
    media::discard(options.output_alpha);
    media::discard(options.output_foreground);
  });
  Progress progress(options.progress, options.quiet, options.verbose);
  const Report report = run_job(options, models_folder(), progress, interrupt);
  const bool roofline = wants_roofline(options);
  if (options.timings) {
    fmt::print(stderr, "{}{}", roofline ? roofline_table(report.nodes, report.peaks) : node_table(report.nodes),
               stage_table(report));
  }
  if (options.benchmark && !options.json) fmt::print("{}", stage_table(report));
  if (options.json) fmt::print("{}\n", report_json(report, roofline));
  if (report.interrupted) {
    fmt::print(stderr, "stylize: interrupted after {} frames\n", report.frames);
    return Interrupt::kExitCode;
  }
  if (!report.damage.empty())
    fail("{} ({} {} written)", report.damage, report.frames, report.frames == 1 ? "frame was" : "frames were");
  return EXIT_SUCCESS;
}

int act(const Options& options) {
  switch (options.action) {
    case Options::Action::help:
      fmt::print("{}", options.help);
      break;
    case Options::Action::version:
      fmt::print("{}", version_text());
      break;
    case Options::Action::list_styles:
      if (!options.contact_sheet.empty()) {
        Progress progress(options.progress, options.quiet, options.verbose);
        write_contact_sheet(options, progress);
      }
      fmt::print("{}", styles_text());
      break;
    case Options::Action::list_models:
      fmt::print("{}", options.graph.empty() ? models_text() : graph_text(options));
      break;
    case Options::Action::list_devices:
      fmt::print("{}", list_devices());
      break;
    case Options::Action::job:
      return run(options);
  }
  return EXIT_SUCCESS;
}

// Between two operations libgomp's threads spin for milliseconds. Beside a decoder, an encoder or other programs they
// take the very core that the rest of the team is waiting for, which costs several times what it saves; threads that
// sleep at once wake too late for the next operation. So they spin for some microseconds, then sleep. libgomp reads
// this wish only when it is loaded: the program starts itself once more, and if it cannot, it is merely slower.
void spin_briefly_between_operations(char** argv) {
  if (std::getenv("OMP_WAIT_POLICY") != nullptr || std::getenv("GOMP_SPINCOUNT") != nullptr) return;
  setenv("GOMP_SPINCOUNT", "10000", 1);
  execv("/proc/self/exe", argv);
}

}  // namespace
}  // namespace impasto::stylize

int main(int argc, char** argv) {
  impasto::stylize::spin_briefly_between_operations(argv);
  try {
    return impasto::stylize::act(impasto::stylize::parse_options(argc, argv));
  } catch (const impasto::Error& error) {
    fmt::print(stderr, "stylize: {}\n", error.what());
    return static_cast<int>(error.kind());
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "stylize: not enough memory\n");
  } catch (const std::exception& error) {
    fmt::print(stderr, "stylize: {}\n", error.what());
  }
  return EXIT_FAILURE;
}
