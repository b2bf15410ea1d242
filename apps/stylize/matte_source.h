// A matte that the user brings (-m FILE): a picture for all frames, or the pictures of a folder or the frames of a
// video, one a frame.
#pragma once

#include "apps/stylize/media/media.h"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <vector>

namespace impasto::stylize {

// The planes of a frame's matte; their grey (luma) values are it.
using GivenMatte = std::shared_ptr<const media::Picture>;

class MatteSource {
 public:
  // Opens it and reads the first matte. `still`: the input is a picture, which gets the first one however often. Throws
  // Error that names the file or folder.
  MatteSource(const std::filesystem::path& path, bool still, int threads, const media::Say& say);

  [[nodiscard]] int height() const { return matte_->height; }
  [[nodiscard]] int width() const { return matte_->width; }
  [[nodiscard]] const PixelFormat& format() const { return matte_->format; }

  // That of the next frame. Throws Error that names the file if there are no more, or if the size changes.
  [[nodiscard]] GivenMatte next();

 private:
  [[nodiscard]] GivenMatte read_picture();
  [[nodiscard]] GivenMatte read_video();  // null: there is no more

  std::filesystem::path path_;
  media::Say say_;
  bool one_for_all_ = false;
  std::vector<std::filesystem::path> pictures_;  // of a folder, in the order of their names
  std::unique_ptr<media::VideoReader> video_;
  GivenMatte matte_;       // the first one, then that which next() gave
  std::size_t given_ = 0;  // frames that have got one
};

}  // namespace impasto::stylize
