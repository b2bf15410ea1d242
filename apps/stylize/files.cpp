#include "apps/stylize/files.h"

#include "runtime/error.h"

#include <unistd.h>

namespace impasto::stylize {
namespace {

namespace fs = std::filesystem;

// The same file, by whatever name. Files that do not exist are the same as none.
bool same(const fs::path& a, const fs::path& b) {
  std::error_code ignored;
  return !a.empty() && fs::equivalent(a, b, ignored);
}

}  // namespace

void check_output(const fs::path& output, const Options& options, media::FileKind kind,
                  const std::vector<fs::path>& more) {
  std::error_code ignored;
  const std::string name = output.string();
  if (fs::is_directory(output, ignored) || !output.has_filename()) {
    fail("{}: is a folder, expected the name of a file", name);
  }
  if (media::output_kind(output) != kind) {
    const bool image = kind == media::FileKind::image;
    fail_usage("{}: the input is a {}, expected the name of a {}", name, image ? "picture" : "video",
               image ? "picture (.png, .jpg)" : "video (.mp4, .mov, .mkv, .webm, ...)");
  }
  std::vector<fs::path> inputs = more;
  inputs.insert(inputs.end(), {options.input, options.behind_file, options.matte_file, options.landmarks});
  for (const fs::path& read : inputs) {
    if (same(read, output)) fail("{}: is an input too, expected another name", name);
  }
  if (fs::exists(fs::symlink_status(output, ignored))) {  // a link to nothing exists too
    if (options.keep) fail("{}: exists and -n keeps it", name);
    if (!options.overwrite) fail("{}: exists (-y replaces it)", name);
    if (fs::exists(output, ignored) && !fs::is_regular_file(output, ignored)) fail("{}: is no ordinary file", name);
  }
  const fs::path folder = output.has_parent_path() ? output.parent_path() : fs::path(".");
  if (!fs::is_directory(folder, ignored)) fail("{}: there is no folder {}", name, folder.string());
  if (access(folder.c_str(), W_OK) != 0) fail("{}: no permission to write to folder {}", name, folder.string());
}

}  // namespace impasto::stylize
