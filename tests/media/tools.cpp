#include "tests/media/tools.h"

#include <cstdlib>
#include <sstream>

namespace impasto::test {

bool have_ffmpeg() {
  return std::system("ffmpeg -version >/dev/null 2>&1 && ffprobe -version >/dev/null 2>&1") == 0;
}

void ffmpeg(const std::string& arguments) {
  INFO("ffmpeg " << arguments);
  REQUIRE(std::system(("ffmpeg -nostdin -v error -y " + arguments).c_str()) == 0);
}

std::string output_of(const std::string& command) {
  std::string text;
  std::FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  char part[4096];
  for (std::size_t got = 0; (got = std::fread(part, 1, sizeof part, pipe)) > 0;) text.append(part, got);
  pclose(pipe);
  return text;
}

std::vector<std::string> probe(const std::string& arguments, const std::filesystem::path& file) {
  std::istringstream text(output_of("ffprobe -v error -of csv=p=0 " + arguments + " '" + file.string() + "'"));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    while (!line.empty() && (line.back() == ',' || line.back() == '\r')) line.pop_back();
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

std::string video_entry(const std::string& name, const std::filesystem::path& file) {
  const std::vector<std::string> lines = probe("-select_streams V:0 -show_entries stream=" + name, file);
  return lines.empty() ? "" : lines[0];
}

std::string video_md5(const std::filesystem::path& file, const std::string& format, const std::string& filter) {
  const std::string convert = format.empty() ? "" : " -pix_fmt " + format;
  return output_of("ffmpeg -nostdin -v error -noautorotate -i '" + file.string() +
                   "' -map 0:V:0 -vsync 0 -sws_flags bitexact " + filter + convert + " -c:v rawvideo -f md5 -");
}

std::vector<double> packet_times(const std::string& stream, const std::filesystem::path& file) {
  std::vector<double> times;
  for (const std::string& line : probe("-select_streams " + stream + ":0 -show_entries packet=pts_time", file)) {
    times.push_back(std::strtod(line.c_str(), nullptr));
  }
  std::sort(times.begin(), times.end());
  return times;
}

std::vector<double> video_times(const std::filesystem::path& file) {
  return packet_times("V", file);
}

bool Said::has(const std::string& text) const {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& l) { return l.find(text) != std::string::npos; });
}

std::vector<std::vector<std::byte>> apart(const std::vector<std::vector<std::byte>>& planes, int depth) {
  const std::size_t bytes = depth == 8 ? 1 : 2;
  std::vector<std::vector<std::byte>> three{planes[0], {}, {}};
  for (std::size_t i = 0; i < planes[1].size(); ++i) three[1 + i / bytes % 2].push_back(planes[1][i]);
  return three;
}

Pass pass(const std::filesystem::path& in, const std::filesystem::path& out, const media::WriteOptions& write,
          const media::ReadOptions& read) {
  Pass result;
  media::VideoReader reader(in, read, result.said.say());
  media::VideoWriter writer(out, write, reader, reader.width(), reader.height(), media::Content::result,
                            result.said.say());
  const PixelFormat to = writer.format();
  media::Picture picture;
  media::Picture grey;
  for (;;) {
    try {
      if (!reader.read(picture)) break;
    } catch (const Error& e) {
      result.error = e.what();
      break;
    }
    ++result.frames;
    REQUIRE(picture.format == reader.format());
    REQUIRE(picture.width == reader.width());
    REQUIRE(picture.height == reader.height());
    REQUIRE(picture.alpha.empty() != reader.has_alpha());
    PixelFormat from = reader.format();
    if (from.semi_planar && !to.semi_planar) {
      picture.planes = apart(picture.planes, from.depth);
      from.semi_planar = false;
    }
    if (from == to) {
      writer.write(picture);
      continue;
    }
    grey.format = to;
    grey.width = picture.width;
    grey.height = picture.height;
    grey.pts = picture.pts;
    grey.duration = picture.duration;
    grey.alpha = writer.takes_alpha() ? picture.alpha : std::vector<std::byte>{};
    grey.planes.clear();
    for (const Shape& shape : to.plane_shapes(picture.height, picture.width)) {
      grey.planes.emplace_back(static_cast<std::size_t>(shape.count()) * size_of(to.dtype()), std::byte{0x80});
    }
    if (to.depth > 8) {
      for (auto& plane : grey.planes) std::fill(plane.begin(), plane.end(), std::byte{0});
    }
    writer.write(grey);
  }
  writer.finish();
  return result;
}

bool has_partial_files(const std::filesystem::path& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().filename().string().find(".part-") != std::string::npos) return true;
  }
  return false;
}

}  // namespace impasto::test
