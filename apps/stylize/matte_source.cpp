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
    read_picture();
  } else if (media::recognise(path) == media::FileKind::image) {
    pictures_ = {path};
    one_for_all_ = true;
    read_picture();
  } else {
    media::ReadOptions read;
    read.threads = threads;
    video_ = std::make_unique<media::VideoReader>(path, read, say);
    if (!video_->read(matte_)) fail("{}: has no frames", path.string());
    matte_.format = video_->format();
  }
}

void MatteSource::read_picture() {
  const std::filesystem::path& file = pictures_[given_];
  if (media::recognise(file) != media::FileKind::image) fail("{}: is a video, expected a picture", file.string());
  const media::Say once = [&](const std::string& text) {  // not of each picture of a folder
    if (given_ == 0) say_(text);
  };
  media::Picture picture = media::read_image(file, once);
  if (given_ > 0 && (picture.height != matte_.height || picture.width != matte_.width)) {
    fail("{}: is {}x{}, expected {}x{} as the mattes before it", file.string(), picture.width, picture.height,
         matte_.width, matte_.height);
  }
  if (given_ == 0 && !picture.alpha.empty()) {
    say_(fmt::format("{}: its grey values are the matte, its alpha is not used", file.string()));
  }
  matte_ = std::move(picture);
}

const media::Picture& MatteSource::next() {
  if (given_ > 0 && !one_for_all_) {
    const bool more = video_ ? video_->read(matte_) : given_ < pictures_.size();
    if (!more) {
      fail("{}: has {} mattes, the input more frames; expected one a frame, or a picture for all", path_.string(),
           given_);
    }
    if (!video_) read_picture();
  }
  ++given_;
  return matte_;
}

}  // namespace impasto::stylize
