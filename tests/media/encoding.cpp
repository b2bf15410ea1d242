// Codecs, pixel formats and colour tags of the output.
#include "tests/media/tools.h"

using namespace impasto;
using namespace impasto::test;

namespace {

void make_clip(const std::filesystem::path& file, const std::string& size, const std::string& format,
               const std::string& more = "-c:v ffv1") {
  ffmpeg("-f lavfi -i testsrc2=s=64x64:r=25,format=" + format + ",crop=" + size + ":0:0:exact=1 -frames:v 4 " + more +
         " '" + file.string() + "'");
}

}  // namespace

TEST_CASE("The container chooses the codec") {
  NEED_FFMPEG();
  const auto [name, codec] = GENERATE(table<std::string, std::string>({{"out.mp4", "h264"},
                                                                       {"out.mov", "h264"},
                                                                       {"out.mkv", "h264"},
                                                                       {"out.m4v", "h264"},
                                                                       {"out.ts", "h264"},
                                                                       {"out.avi", "h264"},
                                                                       {"out.webm", "vp9"},
                                                                       {"out.mpg", "mpeg1video"}}));
  CAPTURE(name);
  const TempDir folder;
  make_clip(folder / "in.mkv", "32:24", "yuv420p");
  CHECK(pass(folder / "in.mkv", folder / name).frames == 4);
  CHECK(video_entry("codec_name", folder / name) == codec);
}

TEST_CASE("Option --codec takes encoders and codecs by name") {
  NEED_FFMPEG();
  const auto [wanted, codec, name] = GENERATE(table<std::string, std::string, std::string>({
      {"h264", "h264", "out.mkv"},
      {"libx264", "h264", "out.mp4"},
      {"hevc", "hevc", "out.mp4"},
      {"libx265", "hevc", "out.mkv"},
      {"vp9", "vp9", "out.mkv"},
      {"ffv1", "ffv1", "out.avi"},
      {"mpeg4", "mpeg4", "out.mp4"},
      {"mjpeg", "mjpeg", "out.mov"},
      {"libx264rgb", "h264", "out.mkv"},
  }));
  CAPTURE(wanted, name);
  const TempDir folder;
  make_clip(folder / "in.mkv", "64:48", wanted == "libx264rgb" ? "bgr0" : "yuv420p");
  media::WriteOptions write;
  write.codec = wanted;
  CHECK(pass(folder / "in.mkv", folder / name, write).frames == 4);
  CHECK(video_entry("codec_name", folder / name) == codec);
  if (codec == "hevc" && name == "out.mp4") CHECK(video_entry("codec_tag_string", folder / name) == "hvc1");
}

TEST_CASE("A codec that the container or the picture does not fit is a wrong use") {
  NEED_FFMPEG();
  const TempDir folder;
  make_clip(folder / "in.mkv", "64:48", "yuv420p");
  media::WriteOptions write;
  write.codec = "vp9";
  const Thrown quicktime = thrown_by([&] { pass(folder / "in.mkv", folder / "out.mov", write); });
  CHECK(quicktime.kind == ErrorKind::usage);
  CHECK(quicktime.message.find("container mov does not take it") != std::string::npos);
  // Of GIF's formats only grey has planes.
  CHECK(thrown_by([&] { pass(folder / "in.mkv", folder / "out.gif"); }).kind == ErrorKind::usage);
  CHECK_FALSE(std::filesystem::exists(folder / "out.gif"));
}

TEST_CASE("H.264 is yuv420p, or yuv444p for what that cannot hold") {
  NEED_FFMPEG();
  struct Case {
    const char* format;
    const char* size;
    const char* stored;
    bool said;
  };
  const Case c = GENERATE(Case{"yuv420p", "32:24", "yuv420p", false}, Case{"yuv422p", "32:24", "yuv420p", false},
                          Case{"yuv420p10le", "32:24", "yuv420p", false}, Case{"gray", "32:24", "yuv420p", false},
                          Case{"yuv420p", "33:24", "yuv444p", true}, Case{"yuv420p", "32:23", "yuv444p", true},
                          Case{"yuv444p", "32:24", "yuv444p", true}, Case{"yuv444p12le", "32:24", "yuv444p", true},
                          Case{"bgr0", "32:24", "yuv444p", true}, Case{"gbrp10le", "32:24", "yuv444p", true});
  CAPTURE(c.format, c.size);
  const TempDir folder;
  make_clip(folder / "in.mkv", c.size, c.format);
  const Pass p = pass(folder / "in.mkv", folder / "out.mp4");
  CHECK(p.frames == 4);
  CHECK(video_entry("pix_fmt", folder / "out.mp4") == c.stored);
  CHECK(p.said.has("yuv444p") == c.said);
  CHECK(p.said.lines.size() == (c.said ? 1 : 0));
}

TEST_CASE("Option --pix-fmt is obeyed") {
  NEED_FFMPEG();
  const TempDir folder;
  make_clip(folder / "in.mkv", "32:24", "yuv444p");
  media::WriteOptions write;
  write.pix_fmt = GENERATE("yuv420p", "yuv422p", "yuv420p10le", "nv12");
  const Pass p = pass(folder / "in.mkv", folder / "out.mp4", write);
  const std::string stored = write.pix_fmt == "nv12" ? "yuv420p" : write.pix_fmt;
  CHECK(video_entry("pix_fmt", folder / "out.mp4") == stored);
  CHECK(p.said.lines.empty());
}

TEST_CASE("Colour tags are read, and carried over") {
  NEED_FFMPEG();
  struct Case {
    const char* flags;
    double kr;
    PixelFormat::Range range;
    const char* tags;  // range, matrix, transfer, primaries
  };
  using Range = PixelFormat::Range;
  const Case c =
      GENERATE(Case{"", 0.299, Range::limited, "unknown,unknown,unknown,unknown"},
               Case{"-colorspace bt709 -color_range tv -color_trc bt709 -color_primaries bt709", 0.2126, Range::limited,
                    "tv,bt709,bt709,bt709"},
               Case{"-colorspace bt709 -color_range pc", 0.2126, Range::full, "pc,bt709,unknown,unknown"},
               Case{"-colorspace smpte170m -color_range tv", 0.299, Range::limited, "tv,smpte170m,unknown,unknown"},
               Case{"-colorspace smpte240m -color_range tv", 0.212, Range::limited, "tv,smpte240m,unknown,unknown"},
               Case{"-colorspace fcc -color_range tv", 0.30, Range::limited, "tv,fcc,unknown,unknown"},
               Case{"-colorspace bt2020nc -color_range tv -color_trc smpte2084 -color_primaries bt2020", 0.2627,
                    Range::limited, "tv,bt2020nc,smpte2084,bt2020"},
               Case{"-colorspace bt2020nc -color_range tv -color_trc arib-std-b67 -color_primaries bt2020", 0.2627,
                    Range::limited, "tv,bt2020nc,arib-std-b67,bt2020"});
  const std::string codec = GENERATE("libx264", "ffv1");
  CAPTURE(c.flags, codec);
  const TempDir folder;
  make_clip(folder / "in.mkv", "32:24", "yuv420p10le", "-c:v libx264 " + std::string(c.flags));
  const media::VideoReader reader(folder / "in.mkv", {}, [](const std::string&) {});
  CHECK(reader.format().kr == c.kr);
  CHECK(reader.format().range == c.range);
  CHECK(reader.format().depth == 10);
  media::WriteOptions write;
  write.codec = codec;
  const Pass p = pass(folder / "in.mkv", folder / "out.mkv", write);
  CHECK(video_entry("color_range,color_space,color_transfer,color_primaries", folder / "out.mkv") == c.tags);
  const bool hdr = std::string(c.flags).find("smpte2084") != std::string::npos ||
                   std::string(c.flags).find("arib") != std::string::npos;
  CHECK(p.said.has("high dynamic range") == hdr);
}

TEST_CASE("Without a tag the size decides between BT.601 and BT.709") {
  NEED_FFMPEG();
  const auto [size, kr] = GENERATE(
      table<std::string, double>({{"720x576", 0.299}, {"1278x576", 0.299}, {"1280x64", 0.2126}, {"64x578", 0.2126}}));
  CAPTURE(size);
  const TempDir folder;
  ffmpeg("-f lavfi -i color=s=" + size + ":d=0.1 -pix_fmt yuv420p -c:v libx264 '" + (folder / "in.mp4").string() + "'");
  CHECK(media::VideoReader(folder / "in.mp4", {}, [](const std::string&) {}).format().kr == kr);
}

TEST_CASE("RGB encoded as YUV names its matrix") {
  NEED_FFMPEG();
  const TempDir folder;
  make_clip(folder / "in.mkv", "32:24", "bgr0");
  pass(folder / "in.mkv", folder / "out.mp4");
  CHECK(video_entry("color_range,color_space", folder / "out.mp4") == "tv,smpte170m");
}

TEST_CASE("Pixels that are not square stay so, turned with the picture") {
  NEED_FFMPEG();
  const TempDir folder;
  make_clip(folder / "in.mp4", "32:24", "yuv420p", "-vf setsar=4/3 -c:v libx264");
  pass(folder / "in.mp4", folder / "out.mp4");
  CHECK(video_entry("sample_aspect_ratio", folder / "out.mp4") == "4:3");
  ffmpeg("-i '" + (folder / "in.mp4").string() + "' -c copy -metadata:s:v rotate=90 '" +
         (folder / "turned.mp4").string() + "'");
  pass(folder / "turned.mp4", folder / "out.mp4");
  CHECK(video_entry("width,height,sample_aspect_ratio", folder / "out.mp4") == "24,32,3:4");
}

TEST_CASE("mp4 begins with its index") {
  NEED_FFMPEG();
  const TempDir folder;
  make_clip(folder / "in.mkv", "32:24", "yuv420p");
  pass(folder / "in.mkv", folder / "out.mp4");
  const std::string bytes = output_of("cat '" + (folder / "out.mp4").string() + "'");
  CHECK(bytes.find("moov") < bytes.find("mdat"));
}

TEST_CASE("A grey video is lossless in every container") {
  NEED_FFMPEG();
  const std::string name = GENERATE("out.mkv", "out.mp4", "out.webm", "out.mov", "out.avi");
  CAPTURE(name);
  const TempDir folder;
  make_clip(folder / "in.mkv", "33:24", "gray");
  media::VideoReader reader(folder / "in.mkv", {}, [](const std::string&) {});
  media::VideoWriter writer(folder / name, {}, reader, 33, 24, media::Content::matte, [](const std::string&) {});
  CHECK(writer.format().model == PixelFormat::Model::grey);
  CHECK(writer.format().depth == 8);
  media::Picture picture;
  while (reader.read(picture)) writer.write(picture);
  writer.finish();
  const auto luma = [&](const std::filesystem::path& file) {
    return output_of("ffmpeg -nostdin -v error -i '" + file.string() + "' -vsync 0 -vf extractplanes=y -f md5 -");
  };
  CHECK(luma(folder / name) == luma(folder / "in.mkv"));
}

TEST_CASE("A stream that changes its size goes on in the first one") {
  NEED_FFMPEG();
  const TempDir folder;
  make_clip(folder / "a.ts", "64:48", "yuv420p", "-c:v mpeg2video");
  make_clip(folder / "b.ts", "32:32", "yuv420p", "-c:v mpeg2video");
  (void)output_of("cat '" + (folder / "a.ts").string() + "' '" + (folder / "b.ts").string() + "' > '" +
                  (folder / "in.ts").string() + "'");
  const Pass p = pass(folder / "in.ts", folder / "out.mkv");
  CHECK(p.frames >= 7);
  CHECK(video_entry("width,height", folder / "out.mkv") == "64,48");
}
