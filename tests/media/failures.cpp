// What cannot be used is refused in one clear line, and leaves nothing half-written.
#include "tests/media/tools.h"

#include <cstdlib>
#include <fstream>

using namespace impasto;
using namespace impasto::test;

namespace {

const media::Say silent = [](const std::string&) {};

void make_clip(const std::filesystem::path& file, const std::string& options = "-c:v libx264 -g 10", int seconds = 4) {
  ffmpeg("-f lavfi -i testsrc2=s=64x48:r=25:d=" + std::to_string(seconds) + " -f lavfi -i sine=d=" +
         std::to_string(seconds) + " -pix_fmt yuv420p -c:a aac " + options + " '" + file.string() + "'");
}

// One line that begins with the file's name.
void check_line(const Thrown& thrown, const std::filesystem::path& file, const std::string& what) {
  CAPTURE(thrown.message);
  CHECK(thrown.message.starts_with(file.string() + ": "));
  CHECK(thrown.message.find(what) != std::string::npos);
  CHECK(thrown.message.find('\n') == std::string::npos);
  CHECK(thrown.kind == ErrorKind::failed);
}

}  // namespace

TEST_CASE("Files that are no picture and no video") {
  const TempDir folder;
  const auto recognise = [&](const std::string& name) {
    return thrown_by([&] { (void)media::recognise(folder / name); });
  };
  check_line(recognise("missing.mp4"), folder / "missing.mp4", "no such file");
  check_line(recognise("."), folder / ".", "is a directory");
  std::ofstream(folder / "empty.mp4").close();
  check_line(recognise("empty.mp4"), folder / "empty.mp4", "is empty");
  std::ofstream(folder / "text.mp4") << "This is no video, whatever its name says.\n";
  check_line(recognise("text.mp4"), folder / "text.mp4", "");
  std::ofstream(folder / "text.txt") << "This is no video, as its name says.\n";
  check_line(recognise("text.txt"), folder / "text.txt", "");
  std::ofstream(folder / "noise.jpg") << "\xFF\xD8\xFF\xE0 and then nothing that a JPEG has";
  CHECK_FALSE(thrown_by([&] { (void)media::read_image(folder / "noise.jpg", silent); }).message.empty());
}

TEST_CASE("A file with sound alone has no video") {
  NEED_FFMPEG();
  const TempDir folder;
  ffmpeg("-f lavfi -i sine=d=1 '" + (folder / "in.m4a").string() + "'");
  check_line(thrown_by([&] { (void)media::recognise(folder / "in.m4a"); }), folder / "in.m4a", "no video stream");
  check_line(thrown_by([&] { media::VideoReader(folder / "in.m4a", {}, silent); }), folder / "in.m4a",
             "no video stream");
}

TEST_CASE("A truncated picture is refused") {
  const TempDir folder;
  media::Picture picture;
  picture.width = picture.height = 64;
  picture.planes.emplace_back(64 * 64 * 3);
  std::mt19937 noise(1);
  for (std::byte& v : picture.planes[0]) v = static_cast<std::byte>(noise());
  media::write_image(folder / "cut.png", picture, silent);
  std::filesystem::resize_file(folder / "cut.png", 6000);
  check_line(thrown_by([&] { (void)media::read_image(folder / "cut.png", silent); }), folder / "cut.png", "picture");
}

TEST_CASE("A video that was cut off gives its frames and then an error; the output is whole") {
  NEED_FFMPEG();
  const std::string name = GENERATE("in.mp4", "in.mkv", "in.mov");
  CAPTURE(name);
  const TempDir folder;
  make_clip(folder / name, name == "in.mkv" ? "-c:v libx264 -g 10" : "-c:v libx264 -g 10 -movflags faststart");
  std::filesystem::resize_file(folder / name, std::filesystem::file_size(folder / name) / 2);
  const Pass p = pass(folder / name, folder / "out.mp4");
  CHECK(p.frames > 20);
  CHECK(p.frames < 80);
  CHECK(p.error.starts_with((folder / name).string() + ": damaged after " + std::to_string(p.frames) + " frames"));
  const std::vector<double> times = video_times(folder / "out.mp4");
  CHECK(static_cast<std::int64_t>(times.size()) == p.frames);
  // The sound ends with the picture.
  CHECK(std::abs(packet_times("a", folder / "out.mp4").back() - times.back()) < 0.12);
  CHECK_FALSE(has_partial_files(folder.path()));
}

TEST_CASE("A video whose index is cut off cannot be read at all") {
  NEED_FFMPEG();
  const TempDir folder;
  make_clip(folder / "in.mp4");
  std::filesystem::resize_file(folder / "in.mp4", std::filesystem::file_size(folder / "in.mp4") / 2);
  check_line(thrown_by([&] { media::VideoReader(folder / "in.mp4", {}, silent); }), folder / "in.mp4",
             "moov atom not found");
}

TEST_CASE("Bytes that went bad in the middle end the video there") {
  NEED_FFMPEG();
  const TempDir folder;
  make_clip(folder / "in.mkv", "-c:v libx264 -qp 5 -g 10");
  std::fstream file(folder / "in.mkv", std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(folder / "in.mkv") / 2));
  file << std::string(600, '\x5A');
  file.close();
  const Pass p = pass(folder / "in.mkv", folder / "out.mkv");
  CHECK(p.frames > 10);
  CHECK(p.frames < 100);
  CHECK(p.error.find("damaged after") != std::string::npos);
}

TEST_CASE("A video without frames") {
  NEED_FFMPEG();
  const TempDir folder;
  // A header and no frame.
  ffmpeg("-f lavfi -i testsrc2=s=64x48:d=1 -frames:v 0 -c:v ffv1 '" + (folder / "in.mkv").string() + "'");
  const auto open = [&] { media::VideoReader(folder / "in.mkv", {}, silent); };
  CHECK_FALSE(thrown_by(open).message.empty());
  CHECK(thrown_by(open).message.starts_with((folder / "in.mkv").string()));
}

TEST_CASE("Outputs that cannot be written") {
  NEED_FFMPEG();
  const TempDir folder;
  make_clip(folder / "in.mp4", "-c:v libx264", 1);
  const auto to = [&](const std::filesystem::path& out) { return thrown_by([&] { pass(folder / "in.mp4", out); }); };
  std::filesystem::create_directory(folder / "folder.mp4");
  check_line(to(folder / "folder.mp4"), folder / "folder.mp4", "is a directory");
  check_line(to(folder / "none" / "out.mp4"), folder / "none" / "out.mp4", "no folder");
  media::Picture picture;
  picture.width = picture.height = 1;
  picture.planes.emplace_back(3);
  const auto image_to = [&](const std::filesystem::path& out) {
    return thrown_by([&] { media::write_image(out, picture, silent); });
  };
  check_line(image_to(folder / "folder.mp4"), folder / "folder.mp4", "is a directory");
  if (std::filesystem::exists("/proc/self")) {
    // Nobody may make files there, not even root.
    CHECK_FALSE(to("/proc/out.mp4").message.empty());
    CHECK(to("/proc/out.mp4").message.starts_with("/proc/out.mp4: "));
    CHECK(image_to("/proc/out.png").message.starts_with("/proc/out.png: "));
  }
  CHECK_FALSE(has_partial_files(folder.path()));
}

TEST_CASE("Without finish() nothing is left, and what was there stays") {
  NEED_FFMPEG();
  const TempDir folder;
  make_clip(folder / "in.mp4", "-c:v libx264", 1);
  std::ofstream(folder / "out.mp4") << "before";
  {
    media::VideoReader reader(folder / "in.mp4", {}, silent);
    media::VideoWriter writer(folder / "out.mp4", {}, reader, reader.width(), reader.height(), media::Content::result,
                              silent);
    media::Picture picture;
    REQUIRE(reader.read(picture));
    writer.write(picture);
    CHECK(has_partial_files(folder.path()));
  }
  CHECK_FALSE(has_partial_files(folder.path()));
  CHECK(std::filesystem::file_size(folder / "out.mp4") == 6);
}

TEST_CASE("Output extensions") {
  CHECK(media::output_kind("a.png") == media::FileKind::image);
  CHECK(media::output_kind("a.JPEG") == media::FileKind::image);
  for (const char* name : {"a.mp4", "a.MOV", "a.mkv", "a.webm", "a.avi", "a.m4v", "a.ts"}) {
    CHECK(media::output_kind(name) == media::FileKind::video);
  }
  for (const char* name : {"a", "a.txt", "a.wav", "a.mp3", "a.srt", "a.m3u8", "a.bmp", "dir.mp4/a"}) {
    CAPTURE(name);
    const Thrown thrown = thrown_by([&] { (void)media::output_kind(name); });
    CHECK(thrown.kind == ErrorKind::usage);
    CHECK(thrown.message.starts_with(std::string(name) + ": "));
  }
}

TEST_CASE("Encoder settings that make no sense are named") {
  NEED_FFMPEG();
  const TempDir folder;
  make_clip(folder / "in.mp4", "-c:v libx264", 1);
  const auto check_usage = [&](const media::WriteOptions& write, const std::string& name,
                               const std::string& out = "out.mp4") {
    const Thrown thrown = thrown_by([&] { pass(folder / "in.mp4", folder / out, write); });
    CAPTURE(thrown.message, name);
    CHECK(thrown.kind == ErrorKind::usage);
    CHECK(thrown.message.find(name) != std::string::npos);
    CHECK(thrown.message.find('\n') == std::string::npos);
  };
  media::WriteOptions write;
  write.codec = "h265x";
  check_usage(write, "h265x");
  write.codec = "aac";
  check_usage(write, "aac");
  write.codec = "libx264";
  check_usage(write, "libx264", "out.webm");
  write = {};
  write.preset = "hyperfast";
  check_usage(write, "hyperfast");
  write = {};
  write.pix_fmt = "yuv421p";
  check_usage(write, "yuv421p");
  write.pix_fmt = "rgb565le";
  check_usage(write, "rgb565le");
  write = {};
  write.bitrate = "lots";
  check_usage(write, "lots");
  write = {};
  write.encoder_options = {{"no-such", "1"}};
  check_usage(write, "no-such");
  write.encoder_options = {{"bf", "many"}};
  check_usage(write, "bf=many");
  write = {};
  write.codec = "ffv1";
  write.crf = 20;
  check_usage(write, "--crf 20", "out.mkv");
  write = {};
  write.crf = 99;
  check_usage(write, "--crf 99");
  write = {};
  write.codec = "ffv1";
  write.preset = "fast";
  check_usage(write, "--preset fast", "out.mkv");
  CHECK_FALSE(has_partial_files(folder.path()));
  CHECK_FALSE(std::filesystem::exists(folder / "out.mp4"));
}
