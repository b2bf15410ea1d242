#include "apps/stylize/files.h"

#include "runtime/error.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>

namespace impasto::stylize {
namespace {

namespace fs = std::filesystem;

// The same file, by whatever name. Files that do not exist are the same as none.
bool same(const fs::path& a, const fs::path& b) {
  std::error_code ignored;
  return !a.empty() && fs::equivalent(a, b, ignored);
}

// Of a name in lower case: ".png".
std::string extension_of(const fs::path& file) {
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

void reject_folder(const fs::path& output) {
  std::error_code ignored;
  if (fs::is_directory(output, ignored) || !output.has_filename()) {
    fail("{}: is a folder, expected the name of a file", output.string());
  }
}

// What holds for an output whatever its name says. `sequence`: it is numbered pictures.
void check_place(const fs::path& output, bool sequence, const Options& options, const std::vector<fs::path>& more) {
  std::error_code ignored;
  const std::string name = output.string();
  const fs::path folder = output.has_parent_path() ? output.parent_path() : fs::path(".");
  std::vector<fs::path> inputs = more;
  inputs.insert(inputs.end(),
                {options.input, options.behind_file, options.matte_file, options.given_matte, options.landmarks});
  for (const fs::path& read : inputs) {
    if (sequence ? media::in_sequence(output, read) : same(read, output)) {
      fail("{}: is an input too, expected another name", sequence ? read.string() : name);
    }
  }
  std::optional<fs::path> old;  // a link to nothing exists too
  if (fs::exists(fs::symlink_status(output, ignored))) old = output;
  if (sequence) old = media::first_of_sequence(output);
  if (old) {
    if (options.keep) fail("{}: exists and -n keeps it", old->string());
    if (!options.overwrite) fail("{}: exists (-y replaces it)", old->string());
    if (fs::exists(*old, ignored) && !fs::is_regular_file(*old, ignored))
      fail("{}: is no ordinary file", old->string());
  }
  if (!fs::is_directory(folder, ignored)) fail("{}: there is no folder {}", name, folder.string());
  if (access(folder.c_str(), W_OK) != 0) fail("{}: no permission to write to folder {}", name, folder.string());
}

void check_side_output(const std::string& flag, const fs::path& output, const Options& options, media::FileKind kind,
                       const std::vector<fs::path>& more) {
  if (output.empty()) return;
  reject_folder(output);
  const std::string name = flag + ' ' + output.string();
  const std::string extension = extension_of(output);
  const bool sequence = kind == media::FileKind::video && is_png(output);
  if (kind == media::FileKind::image && !is_png(output)) {
    fail_usage("{}: the input is a picture, expected a .png", name);
  }
  if (sequence) {
    media::require_sequence(output, flag);
  } else if (kind == media::FileKind::video && flag == "--output-foreground") {
    const bool has_alpha = extension == ".mov" || extension == ".webm" || extension == ".mkv";
    if (!has_alpha) {
      fail_usage("{}: expected what holds alpha: PNGs as out_%05d.png, .mov (ProRes 4444), .webm (VP9) or .mkv (FFV1)",
                 name);
    }
  } else if (kind == media::FileKind::video && media::output_kind(output) != kind) {
    fail_usage("{}: the input is a video, expected PNGs as out_%05d.png, or a video (.mkv, .mp4, ...)", name);
  }
  check_place(output, sequence, options, more);
}

}  // namespace

bool is_png(const fs::path& output) {
  return extension_of(output) == ".png";
}

void check_output(const fs::path& output, const Options& options, media::FileKind kind,
                  const std::vector<fs::path>& more) {
  reject_folder(output);
  if (media::output_kind(output) != kind) {
    const bool image = kind == media::FileKind::image;
    fail_usage("{}: the input is a {}, expected the name of a {}", output.string(), image ? "picture" : "video",
               image ? "picture (.png, .jpg)" : "video (.mp4, .mov, .mkv, .webm, ...)");
  }
  check_place(output, false, options, more);
}

void check_side_outputs(const Options& options, media::FileKind kind, const std::vector<fs::path>& more) {
  check_side_output("--output-alpha", options.output_alpha, options, kind, more);
  check_side_output("--output-foreground", options.output_foreground, options, kind, more);
  const auto is_one = [](const fs::path& a, const fs::path& b) {
    return !a.empty() && !b.empty() && fs::weakly_canonical(a) == fs::weakly_canonical(b);
  };
  const auto reject = [](const char* flag, const fs::path& file) {
    fail("{} {}: is used already, expected another name", flag, file.string());
  };
  if (is_one(options.output_alpha, options.output)) reject("--output-alpha", options.output_alpha);
  if (is_one(options.output_foreground, options.output) || is_one(options.output_foreground, options.output_alpha)) {
    reject("--output-foreground", options.output_foreground);
  }
}

}  // namespace impasto::stylize
