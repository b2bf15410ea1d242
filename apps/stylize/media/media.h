// Pictures and videos in and out. The only code that knows FFmpeg, stb_image and EXIF; everybody else sees host planes.
#pragma once

#include "runtime/pixel_format.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace impasto::media {

// Where warnings and remarks go ("said once"); the app prefixes and prints them.
using Say = std::function<void(const std::string&)>;

// Host planes of one picture, upright. Planes are tightly packed (row stride = width * channels * bytes a sample), as
// the engine's inputs and outputs are. Buffers are reused: a Picture that is passed back to read() or compose() does
// not allocate again.
struct Picture {
  int height = 0;
  int width = 0;
  PixelFormat format;
  std::vector<std::vector<std::byte>> planes;  // by PixelFormat::plane_shapes
  // H,W of the depth that the reader gave (also when it is handed to a writer of another depth, which scales it; but
  // for a cut-out, of the writer's), or empty.
  std::vector<std::byte> alpha;
  std::int64_t pts = 0;  // in the reader's time base; 0 for images
  std::int64_t duration = 0;
};

// ---- Images (stb_image; EXIF orientation by libexif)
// --------------------------------------------------------------------

enum class FileKind { image, video };
// By content, not by name. Throws Error "FILE: ..." for what is missing, empty, a directory, unreadable or no media.
[[nodiscard]] FileKind recognise(const std::filesystem::path& file);
// By extension: .png .jpg .jpeg -> image; .mp4 .mov .mkv .webm .avi .m4v ... (any container with a muxer) -> video.
// Throws a usage Error for anything else.
[[nodiscard]] FileKind output_kind(const std::filesystem::path& file);

// Packed 8-bit RGB (grey widened), alpha apart, upright. 16-bit files are reduced to 8, which is said. Throws Error.
[[nodiscard]] Picture read_image(const std::filesystem::path& file, const Say& say);
// PNG, or JPEG (quality 95; alpha is dropped, which is said). `picture.format` is rgb or grey, 8 bit. Written beside
// and renamed.
void write_image(const std::filesystem::path& file, const Picture& picture, const Say& say);

// Frames as numbered PNGs: "out_%05d.png" becomes out_00001.png, out_00002.png and so on.
class PictureSequence {
 public:
  explicit PictureSequence(std::filesystem::path pattern) : pattern_(std::move(pattern)) {}
  void write(const Picture& picture);  // the next, as write_image() does

 private:
  std::filesystem::path pattern_;
  std::int64_t written_ = 0;
};
// Throws a usage Error that begins with `flag` unless there is one %d or %0Nd in the file's name.
void require_sequence(const std::filesystem::path& pattern, const std::string& flag);
// The first file that is there and has the name of a number, if there is one.
[[nodiscard]] std::optional<std::filesystem::path> first_of_sequence(const std::filesystem::path& pattern);
// Whether a file, or what lies in a folder, might be one of the sequence.
[[nodiscard]] bool in_sequence(const std::filesystem::path& pattern, const std::filesystem::path& file);

// ---- Video (FFmpeg libraries)
// -------------------------------------------------------------------------------------------

struct ReadOptions {
  std::optional<double> start;     // -ss, seconds
  std::optional<double> to;        // -to, seconds of the input
  std::optional<double> duration;  // -t, seconds
  std::optional<std::int64_t> frames;
  std::optional<std::pair<int, int>> fps;  // --fps N/D: frames dropped or repeated to that constant rate
  int threads = 0;
};

struct WriteOptions {
  std::string codec;          // "", "h264", "libx264", "ffv1", "vp9", ...: as ffmpeg's -c:v
  std::optional<double> crf;  // on the encoder's own scale; 18 where it has one and no bit rate is given
  std::string preset;
  std::string bitrate;  // "4M"
  std::string pix_fmt;
  std::vector<std::pair<std::string, std::string>> encoder_options;  // -e KEY=VALUE
  bool audio = true;
  int threads = 0;
};

// What a video holds: the job's result; a matte, lossless and grey, without sound and other streams; or a cut-out, with
// an alpha of its own.
enum class Content : std::uint8_t { result, matte, cut_out };

// Removes what this process has written of `file` (of the picture under way of a sequence) so far, before it ends
// without finishing it.
void discard(const std::filesystem::path& file);

class VideoReader {
 public:
  // Opens the best video stream that is no cover art. Throws Error "FILE: ...".
  VideoReader(const std::filesystem::path& file, const ReadOptions& options, const Say& say);
  ~VideoReader();
  VideoReader(const VideoReader&) = delete;
  VideoReader& operator=(const VideoReader&) = delete;

  [[nodiscard]] int width() const;  // upright
  [[nodiscard]] int height() const;
  [[nodiscard]] PixelFormat format() const;  // of every Picture that read() gives
  [[nodiscard]] bool has_alpha() const;
  [[nodiscard]] std::optional<std::int64_t> frame_count() const;  // expected, for progress
  [[nodiscard]] double tick() const;                              // seconds that Picture::pts counts in
  // The next frame, upright; false at the end. Damage on the way: the frames until then, then an Error.
  bool read(Picture& picture);

  struct Impl;
  [[nodiscard]] Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

class VideoWriter {
 public:
  // Chooses codec and format for the container (docs/media.md), and which other streams of `source`
  // are copied, converted or dropped (said). Nothing is written under the final name before finish(). `width` and
  // `height` may differ from the source's (views). Of the options, a matte takes none but threads, a cut-out these and
  // audio.
  VideoWriter(const std::filesystem::path& file, const WriteOptions& options, VideoReader& source, int width,
              int height, Content content, const Say& say);
  ~VideoWriter();  // without finish(): the partial file is removed
  VideoWriter(const VideoWriter&) = delete;
  VideoWriter& operator=(const VideoWriter&) = delete;

  [[nodiscard]] PixelFormat format() const;  // what write() takes
  [[nodiscard]] bool takes_alpha() const;
  void write(const Picture& picture);  // in the order of pts
  // Flushes the encoder and the other streams, writes the trailer, renames. Also right after an early end of input.
  void finish();
  // What was wrong with the sound and the other streams of the input, or empty. After finish().
  [[nodiscard]] std::string damage() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace impasto::media
