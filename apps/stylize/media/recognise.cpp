// What a file is: by its bytes if it is read, by its extension if it is written.
#include "apps/stylize/media/ffmpeg.h"
#include "apps/stylize/media/image.h"
#include "apps/stylize/media/media.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace impasto::media {
namespace {

// Demuxers that take anything with a fitting name, text above all.
bool is_guess(const AVInputFormat& format) {
  constexpr std::array<std::string_view, 8> kGuesses{"tty", "bin",      "xbin",       "adf",
                                                     "idf", "rawvideo", "ffmetadata", "data"};
  return std::find(kGuesses.begin(), kGuesses.end(), format.name) != kGuesses.end();
}

// Still pictures that stb_image does not read, and files that are pictures by their names only.
bool is_still(const AVInputFormat& format) {
  const std::string_view name = format.name;
  return name == "image2" || name.ends_with("_pipe");
}

bool is_read_by_stb(const AVInputFormat& format) {
  constexpr std::array<std::string_view, 6> kKinds{"png_pipe", "jpeg_pipe", "bmp_pipe",
                                                   "ppm_pipe", "pgm_pipe",  "psd_pipe"};
  return std::find(kKinds.begin(), kKinds.end(), format.name) != kKinds.end();
}

// A GIF with a second picture is a video.
bool is_animation(const std::filesystem::path& file) {
  const Input input = open_input(file);
  if (std::string_view(input->iformat->name) != "gif") return false;
  const Packet packet = make_packet();
  for (int i = 0; i < 2; ++i) {
    if (av_read_frame(input.get(), packet.get()) < 0) return false;
    av_packet_unref(packet.get());
  }
  return true;
}

}  // namespace

FileKind recognise(const std::filesystem::path& file) {
  const std::string name = file.string();
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(file, error);
  if (status.type() == std::filesystem::file_type::not_found) fail("{}: no such file", name);
  if (error) fail("{}: {}", name, error.message());
  if (std::filesystem::is_directory(status)) fail("{}: is a directory, expected a picture or a video", name);
  if (!std::filesystem::is_regular_file(status)) fail("{}: is no regular file, expected a picture or a video", name);
  if (access(file.c_str(), R_OK) != 0) fail("{}: {}", name, std::strerror(errno));
  if (std::filesystem::file_size(file) == 0) fail("{}: is empty, expected a picture or a video", name);

  const StbKind stb = stb_kind(file);
  if (stb == StbKind::picture) return FileKind::image;
  if (stb == StbKind::gif) return is_animation(file) ? FileKind::video : FileKind::image;
  const Input input = open_input(file);
  if (is_guess(*input->iformat)) fail("{}: is neither a picture nor a video", name);
  if (is_read_by_stb(*input->iformat)) return FileKind::image;  // which reading it will say is broken
  if (is_still(*input->iformat)) fail("{}: is no picture of a kind that is read (JPEG, PNG, BMP, GIF, ...)", name);
  const bool moving = std::any_of(input->streams, input->streams + input->nb_streams, [](const AVStream* stream) {
    return stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !is_cover_art(*stream);
  });
  if (!moving) fail("{}: has no video stream ({})", name, input->iformat->long_name);
  return FileKind::video;
}

FileKind output_kind(const std::filesystem::path& file) {
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (extension == ".png" || extension == ".jpg" || extension == ".jpeg") return FileKind::image;
  const AVOutputFormat* muxer = av_guess_format(nullptr, ("x" + extension).c_str(), nullptr);
  // Muxers without a file of their own write sequences and playlists; sound formats take PNG for covers only.
  if (extension.empty() || muxer == nullptr || (muxer->flags & AVFMT_NOFILE) != 0 ||
      muxer->video_codec == AV_CODEC_ID_NONE || muxer->video_codec == AV_CODEC_ID_PNG) {
    fail_usage(
        "{}: unknown output extension '{}', expected .png, .jpg, .jpeg or a video's: .mp4, .mov, .mkv, .webm, .avi, "
        "...",
        file.string(), extension);
  }
  return FileKind::video;
}

}  // namespace impasto::media
