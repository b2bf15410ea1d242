// Time stamps: variable frame rates, offsets, -ss, -to, -t, --frames, --fps.
#include "tests/media/tools.h"

using namespace impasto;
using namespace impasto::test;

namespace {

constexpr double kMillisecond = 0.0011;  // Matroska's clock, rounded

void check_times(const std::vector<double>& times, const std::vector<double>& expected) {
  REQUIRE(times.size() == expected.size());
  for (std::size_t i = 0; i < times.size(); ++i) {
    CAPTURE(i);
    CHECK(!(std::abs(times[i] - expected[i]) > kMillisecond));
  }
}

// 25 pictures a second with a key frame every ten, B-frames and a tone; each picture's number is in its luma.
void make_clip(const std::filesystem::path& file, int frames, const std::string& more = "") {
  const double seconds = frames / 25.0;
  ffmpeg("-f lavfi -i \"color=black:s=64x48:r=25,geq=lum='16+N':cb=128:cr=128\" -f lavfi -i sine=f=440:r=48000 -t " +
         std::to_string(seconds) + " -c:v libx264 -qp 0 -pix_fmt yuv420p -g 10 -bf 2 -c:a aac " + more + " '" +
         file.string() + "'");
}

std::vector<int> numbers(const std::filesystem::path& file) {
  media::VideoReader reader(file, {}, [](const std::string&) {});
  media::Picture picture;
  std::vector<int> seen;
  while (reader.read(picture)) seen.push_back(std::to_integer<int>(picture.planes[0][0]) - 16);
  return seen;
}

std::vector<int> count_from(int first, int count) {
  std::vector<int> n(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) n[static_cast<std::size_t>(i)] = first + i;
  return n;
}

media::WriteOptions ffv1() {
  media::WriteOptions options;
  options.codec = "ffv1";
  return options;
}

}  // namespace

TEST_CASE("Variable frame rates keep their time stamps") {
  NEED_FFMPEG();
  const std::string name = GENERATE("out.mp4", "out.mkv", "out.mov", "out.webm");
  CAPTURE(name);
  const TempDir folder;
  ffmpeg(
      "-f lavfi -i testsrc2=s=64x48:r=30:d=2 -vf "
      "\"select='not(mod(n\\,7))+not(mod(n\\,5))',settb=1/10000,setpts=PTS+7*N\" -vsync vfr -enc_time_base 1/10000 "
      "-c:v libx264 "
      "'" +
      (folder / "in.mp4").string() + "'");
  const std::vector<double> times = video_times(folder / "in.mp4");
  REQUIRE(times.size() > 15);
  const Pass p = pass(folder / "in.mp4", folder / name);
  CHECK(p.frames == static_cast<std::int64_t>(times.size()));
  check_times(video_times(folder / name), times);
}

TEST_CASE("A video that begins late stays late, one of a broadcast begins at 0") {
  NEED_FFMPEG();
  const TempDir folder;
  make_clip(folder / "late.mkv", 20, "-vf setpts=PTS+0.5/TB");
  pass(folder / "late.mkv", folder / "late.mp4");
  REQUIRE(video_times(folder / "late.mkv")[0] > 0.49);
  check_times(video_times(folder / "late.mp4"), video_times(folder / "late.mkv"));
  CHECK(std::abs(packet_times("a", folder / "late.mp4")[1]) < 0.03);

  make_clip(folder / "in.ts", 20);
  REQUIRE(video_times(folder / "in.ts")[0] > 1);
  pass(folder / "in.ts", folder / "out.mkv");
  CHECK(std::abs(video_times(folder / "out.mkv")[0]) < 0.05);
}

TEST_CASE("The last frame keeps its duration") {
  NEED_FFMPEG();
  const TempDir folder;
  make_clip(folder / "in.mp4", 20);
  pass(folder / "in.mp4", folder / "out.mp4");
  CHECK(video_entry("duration", folder / "out.mp4") == "0.800000");
}

TEST_CASE("Option -ss is exact, whatever the container seeks to") {
  NEED_FFMPEG();
  const std::string name = GENERATE("in.mp4", "in.mkv", "in.ts");
  const double start = GENERATE(0.0, 0.2, 0.52, 1.16, 1.96);
  CAPTURE(name, start);
  const TempDir folder;
  make_clip(folder / name, 60);
  media::ReadOptions read;
  read.start = start;
  const Pass p = pass(folder / name, folder / "out.mkv", ffv1(), read);
  const int first = static_cast<int>(std::lround(start * 25));
  CHECK(p.frames == 60 - first);
  CHECK(numbers(folder / "out.mkv") == count_from(first, 60 - first));
  const std::vector<double> times = video_times(folder / "out.mkv");
  CHECK(std::abs(times[0]) < 0.03);
  CHECK(std::abs(times.back() - times[0] - (59 - first) / 25.0) < kMillisecond);
  // Sound begins where the picture does, give or take a packet.
  CHECK(std::abs(packet_times("a", folder / "out.mkv")[0]) < 0.03);
}

TEST_CASE("Options -t, -to and --frames end the video and its sound") {
  NEED_FFMPEG();
  const TempDir folder;
  make_clip(folder / "in.mp4", 100);
  media::ReadOptions read;
  read.start = 0.4;
  const int which = GENERATE(0, 1, 2);
  CAPTURE(which);
  if (which == 0) read.duration = 1.2;
  if (which == 1) read.to = 1.6;
  if (which == 2) read.frames = 30;
  const Pass p = pass(folder / "in.mp4", folder / "out.mkv", ffv1(), read);
  CHECK(p.frames == 30);
  CHECK(numbers(folder / "out.mkv") == count_from(10, 30));
  CHECK(std::abs(packet_times("a", folder / "out.mkv").back() - 1.2) < 0.03);
}

TEST_CASE("Option --fps drops and repeats frames") {
  NEED_FFMPEG();
  const TempDir folder;
  make_clip(folder / "in.mp4", 50);
  const auto [rate, frames] = GENERATE(table<int, int>({{5, 10}, {10, 20}, {25, 50}, {50, 100}, {60, 120}}));
  CAPTURE(rate);
  media::ReadOptions read;
  read.fps = {rate, 1};
  const Pass p = pass(folder / "in.mp4", folder / "out.mp4", {}, read);
  CHECK(p.frames == frames);
  const std::vector<double> times = video_times(folder / "out.mp4");
  std::vector<double> expected;
  for (int i = 0; i < frames; ++i) expected.push_back(i / static_cast<double>(rate));
  check_times(times, expected);
}

TEST_CASE("Option -t ends a video with --fps too") {
  NEED_FFMPEG();
  const TempDir folder;
  make_clip(folder / "in.mp4", 50);
  const int rate = GENERATE(10, 60, 1000);
  media::ReadOptions read;
  read.fps = {rate, 1};
  read.duration = 0.5;
  CHECK(pass(folder / "in.mp4", folder / "out.mkv", ffv1(), read).frames == rate / 2);
}

TEST_CASE("A range without frames is an error, and -to before -ss a wrong use") {
  NEED_FFMPEG();
  const TempDir folder;
  make_clip(folder / "in.mp4", 10);
  media::ReadOptions read;
  read.start = 100;
  const auto open = [&] { media::VideoReader(folder / "in.mp4", read, [](const std::string&) {}); };
  CHECK(thrown_by(open).message.find("no frames") != std::string::npos);
  read.start = 2;
  read.to = 1;
  CHECK(thrown_by(open).kind == ErrorKind::usage);
}

TEST_CASE("Containers of a constant rate get one") {
  NEED_FFMPEG();
  const TempDir folder;
  make_clip(folder / "in.mp4", 20);
  CHECK(pass(folder / "in.mp4", folder / "out.avi").frames == 20);
  CHECK(video_entry("avg_frame_rate", folder / "out.avi") == "25/1");
  CHECK(numbers(folder / "out.avi").size() == 20);
}

TEST_CASE("The same input gives the same bytes") {
  NEED_FFMPEG();
  const std::string name = GENERATE("out.mp4", "out.mkv", "out.webm");
  const TempDir folder;
  make_clip(folder / "in.mp4", 12);
  media::WriteOptions write;
  write.threads = 2;
  pass(folder / "in.mp4", folder / name, write);
  const std::string first = output_of("md5sum < '" + (folder / name).string() + "'");
  pass(folder / "in.mp4", folder / name, write);
  CHECK(output_of("md5sum < '" + (folder / name).string() + "'") == first);
}

TEST_CASE("Golden clips: every frame at its time, every decoded sample") {
  NEED_FFMPEG();
  if (!have_shared()) SKIP_CASE("../shared is not here");
  const auto [name, frames] = GENERATE(table<std::string, int>({{"chaplin.mp4", 241}, {"portrait_av.mp4", 120}}));
  const std::filesystem::path in = shared_dir() / "golden" / "clip" / name;
  const TempDir folder;
  const Pass p = pass(in, folder / "out.mkv", ffv1());
  CHECK(p.frames == frames);
  CHECK(video_md5(folder / "out.mkv") == video_md5(in));
  check_times(video_times(folder / "out.mkv"), video_times(in));
  CHECK(output_of("ffmpeg -v error -i '" + in.string() + "' -map 0:a -c copy -f md5 -") ==
        output_of("ffmpeg -v error -i '" + (folder / "out.mkv").string() + "' -map 0:a -c copy -f md5 -"));
}
