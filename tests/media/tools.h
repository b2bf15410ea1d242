// What the media tests share: clips made and probed by the ffmpeg command line, and the way through our reader and
// writer.
#pragma once

#include "apps/stylize/media/media.h"
#include "runtime/error.h"
#include "tests/support.h"

#include <filesystem>
#include <string>
#include <vector>

namespace impasto::test {

#define NEED_FFMPEG()                                                                       \
  do {                                                                                      \
    if (!::impasto::test::have_ffmpeg()) SKIP_CASE("ffmpeg and ffprobe are not installed"); \
  } while (false)

[[nodiscard]] bool have_ffmpeg();

// Runs `ffmpeg -v error -y ARGUMENTS`; the test case fails if it does.
void ffmpeg(const std::string& arguments);
// What a shell command prints.
[[nodiscard]] std::string output_of(const std::string& command);
// `ffprobe -v error -of csv=p=0 ARGUMENTS FILE`, one entry a line.
[[nodiscard]] std::vector<std::string> probe(const std::string& arguments, const std::filesystem::path& file);
// One value of the first video stream ("pix_fmt", "color_space", ...).
[[nodiscard]] std::string video_entry(const std::string& name, const std::filesystem::path& file);
// MD5 of every decoded sample of the first video stream that is no cover, in the format in which it is stored;
// `filter`: "-vf ..." and the like, `format` converts.
[[nodiscard]] std::string video_md5(const std::filesystem::path& file, const std::string& format = {},
                                    const std::string& filter = {});
// Presentation times of the first video stream in seconds, rising.
[[nodiscard]] std::vector<double> video_times(const std::filesystem::path& file);
// Packet times of the first stream of a kind ("a", "s").
[[nodiscard]] std::vector<double> packet_times(const std::string& stream, const std::filesystem::path& file);

// Remarks and warnings, and whether one has a text.
struct Said {
  std::vector<std::string> lines;
  [[nodiscard]] media::Say say() {
    return [this](const std::string& line) { lines.push_back(line); };
  }
  [[nodiscard]] bool has(const std::string& text) const;
};

// What went through.
struct Pass {
  Said said;
  std::int64_t frames = 0;
  std::string error;  // of read(), after the frames
};

// Y, Cb and Cr of semi-planar planes.
[[nodiscard]] std::vector<std::vector<std::byte>> apart(const std::vector<std::vector<std::byte>>& planes, int depth);

// Reads all frames and writes them, semi-planar ones taken apart where the writer wants that; where it wants another
// format, mid-grey planes instead.
Pass pass(const std::filesystem::path& in, const std::filesystem::path& out, const media::WriteOptions& write = {},
          const media::ReadOptions& read = {});

// The message of the Error that `f` throws, and its kind.
struct Thrown {
  std::string message;
  ErrorKind kind = ErrorKind::failed;
};
template <typename F>
Thrown thrown_by(F&& f) {
  try {
    f();
  } catch (const Error& e) {
    return {e.what(), e.kind()};
  }
  return {};
}

// Names in a folder that begin with a dot and tell of a partial file.
[[nodiscard]] bool has_partial_files(const std::filesystem::path& folder);

}  // namespace impasto::test
