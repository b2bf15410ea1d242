// A video behind the person: looped, scaled to cover the frame, shown at its own rate.
#pragma once

#include "apps/stylize/engine_planes.h"
#include "apps/stylize/media/media.h"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

namespace impasto::stylize {

// A picture of packed 8-bit RGB that stands behind one frame or more.
using Backdrop = std::shared_ptr<const std::vector<std::byte>>;

class BackdropVideo {
 public:
  // Opens the file and decodes its first frames. Throws Error "FILE: ...".
  BackdropVideo(const std::filesystem::path& file, int threads, const media::Say& say);
  ~BackdropVideo();
  BackdropVideo(const BackdropVideo&) = delete;
  BackdropVideo& operator=(const BackdropVideo&) = delete;

  // What is shown `seconds` after the first frame: the last of the file's frames that does not begin later, cover()ed.
  // When the last frame has had its time the file begins again. Times do not fall and sizes do not change from call to
  // call, and one thread makes them all. The pointer of the last call where nothing else is shown. Throws Error
  // "FILE: ..." where decoding fails.
  [[nodiscard]] Backdrop at(double seconds, int height, int width);

 private:
  struct Frame {
    media::Picture picture;
    double begin = 0, end = 0;  // seconds
  };
  bool read(Frame& frame);
  void read_next();
  [[nodiscard]] media::Picture as_rgb(const media::Picture& picture);

  std::filesystem::path file_;
  media::ReadOptions options_;
  std::unique_ptr<media::VideoReader> reader_;
  Frame shown_, next_;
  double turn_begin_ = 0;        // of this turn through the file
  std::int64_t turn_pts_ = 0;    // of its first frame
  std::int64_t turn_count_ = 0;  // frames so far
  double last_gap_ = 0;          // from the frame before to the one that is shown
  bool still_ = false;           // the file has one frame
  Backdrop backdrop_;

  // What makes R, G, B of the reader's planes, unless they are that.
  std::unique_ptr<Backend> device_;
  std::optional<RgbConverter> converter_;
};

}  // namespace impasto::stylize
