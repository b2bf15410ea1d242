#include "apps/stylize/backdrop.h"

#include "apps/stylize/cover.h"
#include "runtime/devices/devices.h"
#include "runtime/error.h"

#include <algorithm>
#include <cstring>
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

std::vector<std::byte> BackdropVideo::rgb_of(media::Picture& picture) {
  if (picture.format == PixelFormat{}) return picture.planes.at(0);
  if (!engine_) {
    // Beside the nets' threads, not instead of them.
    device_ = open_device("cpu", {.threads = 1, .rungs = {}});
    Graph graph;
    planes_ = graph.input_planes(picture.format, picture.height, picture.width);
    rgb_ = graph.append("to_rgb", ToRgb{picture.format}, planes_);
    graph.output(rgb_);
    engine_ = std::make_unique<Engine>(std::move(graph), *device_);
  }
  for (std::size_t i = 0; i < planes_.size(); ++i) {
    const std::span<std::byte> to = engine_->host(planes_[i]);
    std::memcpy(to.data(), picture.planes.at(i).data(), std::min(to.size(), picture.planes[i].size()));
  }
  engine_->run();
  const std::span<const std::byte> rgb = engine_->host(rgb_);
  return {rgb.begin(), rgb.end()};
}

Backdrop BackdropVideo::at(double seconds, int height, int width) {
  while (!still_ && next_.begin <= seconds + kHair) {
    last_gap_ = next_.begin - shown_.begin;
    std::swap(shown_, next_);
    read_next();
    backdrop_.reset();
  }
  if (!backdrop_) {
    media::Picture picture;
    picture.height = shown_.picture.height;
    picture.width = shown_.picture.width;
    picture.planes = {rgb_of(shown_.picture)};
    backdrop_ = std::make_shared<const std::vector<std::byte>>(cover(picture, height, width));
  }
  return backdrop_;
}

}  // namespace impasto::stylize
