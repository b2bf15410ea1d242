#include "apps/stylize/matte_source.h"

#include "runtime/error.h"

#include <algorithm>
#include <system_error>

namespace impasto::stylize {
namespace {

// Hidden files are none of the sequence.
std::vector<std::filesystem::path> files_of(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const bool hidden = entry.path().filename().string().starts_with('.');
    if (!hidden && !std::filesystem::is_directory(entry.path())) files.push_back(entry.path());
  }
  if (error) fail("{}: {}", folder.string(), error.message());
  if (files.empty()) fail("{}: is an empty folder, expected pictures that are mattes", folder.string());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

MatteSource::MatteSource(const std::filesystem::path& path, bool still, int threads, const media::Say& say)
    : path_(path), say_(say), one_for_all_(still) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    pictures_ = files_of(path);
    matte_ = read_picture();
  } else if (media::recognise(path) == media::FileKind::image) {
    pictures_ = {path};
    one_for_all_ = true;
    matte_ = read_picture();
  } else {
    media::ReadOptions read;
    read.threads = threads;
    video_ = std::make_unique<media::VideoReader>(path, read, say);
    matte_ = read_video();
    if (!matte_) fail("{}: has no frames", path.string());
  }
}

GivenMatte MatteSource::read_picture() {
  const std::filesystem::path& file = pictures_[given_];
  if (media::recognise(file) != media::FileKind::image) fail("{}: is a video, expected a picture", file.string());
  const media::Say once = [&](const std::string& text) {  // not of each picture of a folder
    if (given_ == 0) say_(text);
  };
  auto picture = std::make_shared<const media::Picture>(media::read_image(file, once));
  if (given_ > 0 && (picture->height != matte_->height || picture->width != matte_->width)) {
    fail("{}: is {}x{}, expected {}x{} as the mattes before it", file.string(), picture->width, picture->height,
         matte_->width, matte_->height);
  }
  if (!picture->alpha.empty()) {
    once(fmt::format("{}: its grey values are the matte, its alpha is not used", file.string()));
  }
  return picture;
}

GivenMatte MatteSource::read_video() {
  auto picture = std::make_shared<media::Picture>();
  return video_->read(*picture) ? picture : nullptr;
}

GivenMatte MatteSource::next() {
  if (given_ > 0 && !one_for_all_) {
    GivenMatte more;
    if (video_) more = read_video();
    if (!video_ && given_ < pictures_.size()) more = read_picture();
    if (!more) {
      fail("{}: has {} mattes, the input more frames; expected one a frame, or a picture for all", path_.string(),
           given_);
    }
    matte_ = std::move(more);
  }
  ++given_;
  return matte_;
}

}  // namespace impasto::stylize
