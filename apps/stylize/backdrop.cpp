#include "apps/stylize/backdrop.h"

#include "apps/stylize/cover.h"
#include "runtime/devices/devices.h"
#include "runtime/error.h"

#include <string>
#include <utility>

namespace impasto::stylize {
namespace {

// By how much two clocks round one time differently, in seconds.
constexpr double kHair = 1e-6;

}  // namespace

BackdropVideo::BackdropVideo(const std::filesystem::path& file, int threads, const media::Say& say) : file_(file) {
  options_.threads = threads;
  reader_ = std::make_unique<media::VideoReader>(file_, options_, say);
  if (!read(shown_)) fail("{}: there are no frames in it", file_.string());
  read_next();
}

BackdropVideo::~BackdropVideo() = default;

bool BackdropVideo::read(Frame& frame) {
  if (!reader_->read(frame.picture)) return false;
  if (turn_count_++ == 0) turn_pts_ = frame.picture.pts;
  frame.begin = turn_begin_ + static_cast<double>(frame.picture.pts - turn_pts_) * reader_->tick();
  frame.end = frame.begin + static_cast<double>(frame.picture.duration) * reader_->tick();
  return true;
}

// The one after what is shown; after the file's last its first.
void BackdropVideo::read_next() {
  if (read(next_)) return;
  still_ = turn_count_ <= 1;
  if (still_) return;
  turn_begin_ = shown_.end > shown_.begin ? shown_.end : shown_.begin + last_gap_;
  turn_count_ = 0;
  const auto said_already = [](const std::string& /*text*/) {};
  reader_ = std::make_unique<media::VideoReader>(file_, options_, said_already);
  if (!read(next_)) fail("{}: there are no frames in it any more", file_.string());
}

// Beside the nets' threads, not instead of them.
media::Picture BackdropVideo::as_rgb(const media::Picture& picture) {
  if (!converter_) {
    device_ = open_device("cpu", {.threads = 1, .rungs = {}});
    converter_.emplace(*device_, picture.format, picture.height, picture.width);
  }
  return converter_->convert(picture);
}

Backdrop BackdropVideo::at(double seconds, int height, int width) {
  while (!still_ && next_.begin <= seconds + kHair) {
    last_gap_ = next_.begin - shown_.begin;
    std::swap(shown_, next_);
    read_next();
    backdrop_.reset();
  }
  if (!backdrop_) {
    const media::Picture& picture = shown_.picture;
    const bool is_rgb = picture.format.is_packed_rgb();
    backdrop_ =
        std::make_shared<const std::vector<std::byte>>(cover(is_rgb ? picture : as_rgb(picture), height, width));
  }
  return backdrop_;
}

}  // namespace impasto::stylize
