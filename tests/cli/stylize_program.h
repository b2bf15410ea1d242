// Runs the built stylize (and ffmpeg, ffprobe) as a user does, and makes the small pictures and clips that they get.
#pragma once

#include "tests/support.h"

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#ifdef IMPASTO_SANITIZED
#define IMPASTO_IS_SANITIZED true
#else
#define IMPASTO_IS_SANITIZED false
#endif

namespace impasto::test {

struct Finished {
  int code = -1;  // 128 + signal if a signal ended it
  std::string out;
  std::string err;
};

// A program that runs while the test goes on.
class Running {
 public:
  // `words[0]` is looked up on the path; `environment` holds NAME=VALUE, added to ours.
  explicit Running(const std::vector<std::string>& words, const std::vector<std::string>& environment = {});
  void signal(int number) const;
  [[nodiscard]] std::string err_so_far() const;
  Finished wait();

 private:
  TempDir folder_;
  pid_t pid_ = -1;
};

Finished run(const std::vector<std::string>& words, const std::vector<std::string>& environment = {});
// Two threads and no progress, so that stderr holds errors and remarks only.
std::vector<std::string> stylize_words(const std::vector<std::string>& words);
Finished stylize(const std::vector<std::string>& words, const std::vector<std::string>& environment = {});

// True if `text` is one line that begins with "stylize: " and holds `part`.
bool is_one_line(const std::string& text, const std::string& part);

// A folder for the files of a test, and stylize over them.
struct Workplace {
  TempDir folder;
  [[nodiscard]] std::string file(const std::string& name) const { return (folder / name).string(); }
  // With -y; requires that it succeeds.
  void paint(std::vector<std::string> words) const;
  // Checks that it ends with `code` and one line that holds `part`.
  void expect(int code, const std::vector<std::string>& words, const std::string& part) const;
};

struct Image {
  int height = 0;
  int width = 0;
  int channels = 0;
  std::vector<std::uint8_t> samples;  // H,W,channels
};

// Smooth and noisy parts in every channel, the same on every machine.
Image make_image(int height, int width, int channels, std::uint64_t seed = 1);
void write_png(const std::filesystem::path& file, const Image& image);
Image read_image(const std::filesystem::path& file);
// In dB, of values up to 255; the sizes are required to be equal.
double psnr(const Image& a, const Image& b);

// Pictures of one size, grey or R G B, as an FFV1 clip of 25 a second; and any clip of that size.
void write_clip(const std::filesystem::path& file, const std::vector<Image>& frames);
std::vector<Image> read_clip(const std::filesystem::path& file, int height, int width, int channels);

// An H.264 (.mp4) or FFV1 (.mkv) clip of a moving test pattern, with a tone. Throws if ffmpeg cannot make it.
void make_clip(const std::filesystem::path& file, int height, int width, int frames, bool sound = true,
               const std::string& pixel_format = "yuv420p");
// MD5 of each decoded frame's planes, by ffmpeg, in `pixel_format` (or as they are).
std::vector<std::string> frame_hashes(const std::filesystem::path& file, const std::string& pixel_format = "");
// A field of the first video stream, such as "width", as ffprobe prints it.
std::string probe(const std::filesystem::path& file, const std::string& field, const std::string& stream = "v:0");

void write_file(const std::filesystem::path& file, const std::string& bytes);
std::string read_file(const std::filesystem::path& file);

}  // namespace impasto::test
