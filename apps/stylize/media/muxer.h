// A container that is being written: packets in, a whole file under its final name at the end.
#pragma once

#include "apps/stylize/media/ffmpeg.h"
#include "apps/stylize/media/partial_file.h"

#include <filesystem>
#include <string_view>
#include <vector>

namespace impasto::media {

class Muxer {
 public:
  // Throws usage Error for an unknown extension, Error for a name that cannot be written.
  explicit Muxer(const std::filesystem::path& file);

  [[nodiscard]] AVFormatContext& context() { return *output_; }
  [[nodiscard]] const AVOutputFormat& container() const { return *output_->oformat; }
  [[nodiscard]] bool is(std::string_view name) const { return name == output_->oformat->name; }
  [[nodiscard]] bool is_mp4_family() const;  // mp4, mov, m4v, 3gp
  [[nodiscard]] const std::filesystem::path& name() const { return file_; }

  void begin();  // opens the file and writes the header, after all streams were added
  // Writes a packet whose times are in `time_base`; takes its reference. Time stamps that do not rise are made to.
  void write(AVPacket& packet, int stream, AVRational time_base);
  void finish();  // trailer, close, rename

 private:
  void require(int code);  // Error "FILE: text", the I/O error first

  std::filesystem::path file_;
  PartialFile partial_;
  Output output_;
  std::vector<std::int64_t> last_dts_;
};

// Whether a container has a place for streams of a codec.
[[nodiscard]] bool container_takes(const AVOutputFormat& container, AVCodecID codec);

// A new stream of the output with the metadata and disposition of the input's stream.
AVStream& add_stream(Muxer& muxer, const AVStream& source);

// Metadata that holds for another file too: not brands, statistics, or the encoder's name.
void copy_metadata(AVDictionary*& to, const AVDictionary* from);

}  // namespace impasto::media
