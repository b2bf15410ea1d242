// FFV1 gives back every decoded sample: RGB, YUV of every subsampling and depth, grey, alpha; rotated; odd sizes.
#include "tests/media/tools.h"

#include <array>

using namespace impasto;
using namespace impasto::test;

namespace {

media::WriteOptions ffv1() {
  media::WriteOptions options;
  options.codec = "ffv1";
  return options;
}

// Noise over a test picture, so that neighbours differ and no bit is constant.
void make_clip(const std::filesystem::path& file, const std::string& format, const std::string& size, int frames = 3,
               const std::string& codec = "rawvideo") {
  std::string crop = size;
  crop.replace(crop.find('x'), 1, ":");
  ffmpeg("-f lavfi -i testsrc2=s=64x64:r=5,format=rgba64le,noise=alls=40:allf=t+u,format=" + format + ",crop=" + crop +
         ":0:0:exact=1 -frames:v " + std::to_string(frames) + " -c:v " + codec + " '" + file.string() + "'");
}

}  // namespace

TEST_CASE("FFV1 keeps planar formats bit for bit") {
  NEED_FFMPEG();
  const std::string format =
      GENERATE("yuv420p", "yuv422p", "yuv444p", "yuv440p", "yuv411p", "yuv410p", "yuv420p9le", "yuv420p10le",
               "yuv422p10le", "yuv444p10le", "yuv420p12le", "yuv422p12le", "yuv444p12le", "yuv420p14le", "yuv444p14le",
               "yuv420p16le", "yuv422p16le", "yuv444p16le", "gbrp10le", "gbrp12le", "gbrp14le", "gbrp16le", "gray",
               "gray9le", "gray10le", "gray12le", "gray16le");
  CAPTURE(format);
  const TempDir folder;
  make_clip(folder / "in.nut", format, "37x23");
  const Pass p = pass(folder / "in.nut", folder / "out.mkv", ffv1());
  CHECK(p.frames == 3);
  CHECK(p.error.empty());
  CHECK(video_entry("pix_fmt", folder / "out.mkv") == format);
  CHECK(video_md5(folder / "out.mkv") == video_md5(folder / "in.nut"));
}

TEST_CASE("FFV1 keeps the samples of packed formats") {
  NEED_FFMPEG();
  // What is stored, and the planar format in which both must decode to the same.
  const auto [format, stored] = GENERATE(table<std::string, std::string>({
      {"rgb24", "bgr0"},
      {"bgr24", "bgr0"},
      {"bgr0", "bgr0"},
      {"0rgb", "bgr0"},
      {"gbrp", "bgr0"},
      {"rgb48le", "gbrp16le"},
      {"rgb48be", "gbrp16le"},
      {"bgr48le", "gbrp16le"},
      {"gbrp10be", "gbrp10le"},
      {"nv12", "yuv420p"},
      {"nv21", "yuv420p"},
      {"yuyv422", "yuv422p"},
      {"uyvy422", "yuv422p"},
      {"yuv420p10be", "yuv420p10le"},
      {"gray10be", "gray10le"},
  }));
  CAPTURE(format);
  const TempDir folder;
  make_clip(folder / "in.nut", format, "38x23");
  CHECK(pass(folder / "in.nut", folder / "out.mkv", ffv1()).frames == 3);
  CHECK(video_entry("pix_fmt", folder / "out.mkv") == stored);
  const std::string common = stored == "bgr0" ? "rgb24" : stored;  // the fourth byte of bgr0 means nothing
  CHECK(video_md5(folder / "out.mkv", common) == video_md5(folder / "in.nut", common));
}

TEST_CASE("Semi-planar formats stay what they are in a file that takes them") {
  NEED_FFMPEG();
  media::WriteOptions write;
  write.codec = "rawvideo";
  write.pix_fmt = GENERATE("nv12", "nv21");  // swscale makes no nv16, and nut has no tag for nv24
  const std::string size = GENERATE("38x22", "37x23", "1x1");
  if (size != "38x22" && write.pix_fmt != "nv12") return;  // one of them is enough
  CAPTURE(write.pix_fmt, size);
  const TempDir folder;
  make_clip(folder / "in.nut", write.pix_fmt, size);
  {
    media::VideoReader reader(folder / "in.nut", {}, {});
    CHECK(reader.format().semi_planar == (write.pix_fmt != "nv21"));
  }
  CHECK(pass(folder / "in.nut", folder / "out.nut", write).frames == 3);
  CHECK(video_entry("pix_fmt", folder / "out.nut") == write.pix_fmt);
  CHECK(video_md5(folder / "out.nut") == video_md5(folder / "in.nut"));
}

TEST_CASE("FFV1 keeps alpha untouched") {
  NEED_FFMPEG();
  const auto [format, stored] = GENERATE(table<std::string, std::string>({
      {"rgba", "bgra"},
      {"argb", "bgra"},
      {"bgra", "bgra"},
      {"gbrap", "bgra"},
      {"yuva420p", "yuva420p"},
      {"yuva422p", "yuva422p"},
      {"yuva444p", "yuva444p"},
      {"yuva420p10le", "yuva420p10le"},
      {"yuva444p16le", "yuva444p16le"},
      {"gbrap16le", "gbrap16le"},
      {"rgba64le", "gbrap16le"},
      {"ya8", "ya8"},
  }));
  CAPTURE(format);
  const TempDir folder;
  const std::string ramp = "testsrc2=s=32x19:r=5,format=rgba64le,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':a='2000*X+17*Y'";
  ffmpeg("-f lavfi -i \"" + ramp + ",format=" + format + "\" -frames:v 2 -c:v rawvideo '" +
         (folder / "in.nut").string() + "'");
  const Pass p = pass(folder / "in.nut", folder / "out.mkv", ffv1());
  CHECK(p.frames == 2);
  CHECK(video_entry("pix_fmt", folder / "out.mkv") == stored);
  CHECK(video_md5(folder / "out.mkv", stored) == video_md5(folder / "in.nut", stored));
  CHECK_FALSE(p.said.has("alpha"));
}

TEST_CASE("A format that FFV1 lacks goes into a deeper one, its alpha scaled") {
  NEED_FFMPEG();
  const TempDir folder;
  ffmpeg("-f lavfi -i testsrc2=s=16x8:r=5,format=yuva444p12le -frames:v 1 -c:v rawvideo '" +
         (folder / "in.nut").string() + "'");
  CHECK(pass(folder / "in.nut", folder / "out.mkv", ffv1()).frames == 1);
  CHECK(video_entry("pix_fmt", folder / "out.mkv") == "yuva444p16le");
  // The picture is opaque, and must stay so.
  const std::string alpha =
      output_of("ffmpeg -v error -i '" + (folder / "out.mkv").string() + "' -vf alphaextract -f rawvideo -");
  CHECK(alpha == std::string(16 * 8 * 2, '\xFF'));
}

TEST_CASE("Formats without a plane of their own are converted") {
  NEED_FFMPEG();
  const auto [format, stored] = GENERATE(
      table<std::string, std::string>({{"rgb565le", "bgr0"}, {"rgb8", "bgr0"}, {"monow", "gray"}, {"pal8", "bgr0"}}));
  CAPTURE(format);
  const TempDir folder;
  ffmpeg("-f lavfi -i testsrc2=s=32x24:r=5 -frames:v 2 -pix_fmt " + format + " -c:v rawvideo '" +
         (folder / "in.nut").string() + "'");
  CHECK(pass(folder / "in.nut", folder / "out.mkv", ffv1()).frames == 2);
  CHECK(video_entry("pix_fmt", folder / "out.mkv") == stored);
  if (format == "pal8") {
    CHECK(video_md5(folder / "out.mkv", "rgb24") == video_md5(folder / "in.nut", "rgb24"));
  }
}

TEST_CASE("Every small size passes") {
  NEED_FFMPEG();
  const std::string size = GENERATE("1x1", "1x2", "2x1", "3x5", "16x16", "17x1", "1x33");
  const std::string format = GENERATE("yuv420p", "yuv411p", "bgr0");
  CAPTURE(size, format);
  const TempDir folder;
  make_clip(folder / "in.nut", format, size, 2);
  CHECK(pass(folder / "in.nut", folder / "out.mkv", ffv1()).frames == 2);
  const std::string common = format == "bgr0" ? "rgb24" : format;
  CHECK(video_md5(folder / "out.mkv", common) == video_md5(folder / "in.nut", common));
}

TEST_CASE("Rotated and mirrored videos come out upright, without a matrix") {
  NEED_FFMPEG();
  struct Turn {
    const char* name;
    const char* filter;                  // what ffmpeg does for the same matrix
    std::array<std::int32_t, 4> matrix;  // a b c d
  };
  constexpr std::int32_t one = 0x10000;
  const Turn turn =
      GENERATE(Turn{"upright", "null", {one, 0, 0, one}}, Turn{"90", "transpose=clock", {0, one, -one, 0}},
               Turn{"180", "hflip,vflip", {-one, 0, 0, -one}}, Turn{"270", "transpose=cclock", {0, -one, one, 0}},
               Turn{"hflip", "hflip", {-one, 0, 0, one}}, Turn{"vflip", "vflip", {one, 0, 0, -one}},
               Turn{"transpose", "transpose=cclock_flip", {0, one, one, 0}},
               Turn{"transverse", "transpose=clock_flip", {0, -one, -one, 0}});
  const std::string format = GENERATE("yuv420p", "yuv444p10le", "bgr0");
  CAPTURE(turn.name, format);
  const TempDir folder;
  make_clip(folder / "in.mov", format, "38x22", 2, "ffv1");
  // The matrix of the first track header in a mov file: nine 32-bit numbers, big endian, 40 bytes into its payload.
  std::FILE* file = std::fopen((folder / "in.mov").c_str(), "r+b");
  REQUIRE(file != nullptr);
  std::string bytes(std::filesystem::file_size(folder / "in.mov"), 0);
  REQUIRE(std::fread(bytes.data(), 1, bytes.size(), file) == bytes.size());
  const std::size_t header = bytes.find("tkhd");
  REQUIRE(header != std::string::npos);
  for (int i = 0; i < 4; ++i) {
    const auto value = static_cast<std::uint32_t>(turn.matrix[static_cast<std::size_t>(i)]);
    const std::array<unsigned char, 4> big{static_cast<unsigned char>(value >> 24),
                                           static_cast<unsigned char>(value >> 16),
                                           static_cast<unsigned char>(value >> 8), static_cast<unsigned char>(value)};
    std::fseek(file, static_cast<long>(header + 44 + (i < 2 ? i : i + 1) * 4), SEEK_SET);
    std::fwrite(big.data(), 1, 4, file);
  }
  std::fclose(file);

  const Pass p = pass(folder / "in.mov", folder / "out.mkv", ffv1());
  CHECK(p.frames == 2);
  const bool turned = std::string(turn.filter).starts_with("transpose");
  CHECK(video_entry("width,height", folder / "out.mkv") == (turned ? "22,38" : "38,22"));
  CHECK(probe("-show_entries stream_side_data=rotation", folder / "out.mkv").empty());
  const std::string stored = video_entry("pix_fmt", folder / "out.mkv");
  CHECK(video_md5(folder / "out.mkv") == video_md5(folder / "in.mov", stored, std::string("-vf ") + turn.filter));
}
