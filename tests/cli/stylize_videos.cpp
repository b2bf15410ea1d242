// Videos: lossless copies, streams, views, early ends, progress.
#include "tests/cli/stylize_program.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>
#include <sstream>
#include <thread>

using namespace impasto::test;

namespace {

struct Fixture {
  TempDir folder;
  [[nodiscard]] std::string file(const std::string& name) const { return (folder / name).string(); }
  void paint(std::vector<std::string> words) const {
    const Finished done = stylize(words);
    INFO(done.err);
    REQUIRE(done.code == 0);
  }
};

}  // namespace

TEST_CASE("strength 0 without a matte copies YUV and RGB video bit for bit") {
  const Fixture f;
  for (const char* format : {"yuv420p", "yuv444p", "yuv422p10le", "gbrp", "gray"}) {
    INFO(format);
    make_clip(f.file("in.mkv"), 34, 50, 4, false, format);
    f.paint({f.file("in.mkv"), f.file("out.mkv"), "-c:v", "ffv1", "--strength", "0", "-m", "none", "-y"});
    CHECK(probe(f.file("out.mkv"), "pix_fmt") == probe(f.file("in.mkv"), "pix_fmt"));
    CHECK(frame_hashes(f.file("out.mkv")) == frame_hashes(f.file("in.mkv")));
  }
}

TEST_CASE("NV12 stays NV12 bit for bit, and loses no sample where the output is planar") {
  const Fixture f;
  struct Case {
    const char* size;
    const char* device;
  };
  for (const auto& [size, device] : {Case{"50x34", "cpu"}, Case{"37x23", "cpu"}, Case{"37x23", "simt"}}) {
    INFO(size << " on " << device);
    const std::string source = std::string("testsrc2=rate=25:size=") + size;
    REQUIRE(run({"ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source, "-frames:v", "3", "-vf",
                 "format=yuv444p,noise=alls=40:allf=t,format=nv12", "-c:v", "rawvideo", f.file("in.nut")})
                .code == 0);
    const auto copy = [&](const std::string& to, const std::vector<std::string>& format) {
      std::vector<std::string> words{f.file("in.nut"), f.file(to), "--strength", "0", "-m", "none", "-y", "-d", device};
      words.insert(words.end(), format.begin(), format.end());
      f.paint(words);
    };
    copy("out.nut", {"-c:v", "rawvideo", "--pix-fmt", "nv12"});
    CHECK(probe(f.file("out.nut"), "pix_fmt") == "nv12");
    CHECK(frame_hashes(f.file("out.nut")) == frame_hashes(f.file("in.nut")));
    copy("out.mkv", {"-c:v", "ffv1"});
    CHECK(probe(f.file("out.mkv"), "pix_fmt") == "yuv420p");
    CHECK(frame_hashes(f.file("out.mkv")) == frame_hashes(f.file("in.nut"), "yuv420p"));
  }
}

TEST_CASE("alpha of a video is carried through untouched") {
  const Fixture f;
  const std::string source = "testsrc=rate=25:size=50x34,format=yuva444p,geq=lum='lum(X,Y)':a='mod(X*7+Y*3+N,256)'";
  REQUIRE(
      run({"ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, "-frames:v", "3", "-c:v", "ffv1", f.file("in.mkv")})
          .code == 0);
  f.paint({f.file("in.mkv"), f.file("out.mkv"), "-c:v", "ffv1", "-s", "3", "-m", "none"});
  const auto alpha = [&](const std::string& name) {
    const std::string grey = f.file("alpha_of_" + name);
    run({"ffmpeg", "-v", "error", "-i", f.file(name), "-vf", "alphaextract", "-c:v", "ffv1", grey});
    return frame_hashes(grey, "gray");
  };
  CHECK(alpha("out.mkv").size() == 3);
  CHECK(alpha("out.mkv") == alpha("in.mkv"));
  // 10 bits hold 8, and come back from there.
  f.paint({f.file("in.mkv"), f.file("deep.mkv"), "-c:v", "ffv1", "-pix_fmt", "yuva444p10le", "-s", "3", "-m", "none"});
  f.paint({f.file("deep.mkv"), f.file("back.mkv"), "-c:v", "ffv1", "-pix_fmt", "yuva444p", "-s", "3", "-m", "none"});
  CHECK(alpha("back.mkv") == alpha("in.mkv"));
}

TEST_CASE("a clip keeps its size, its frames and its sound") {
  const Fixture f;
  make_clip(f.file("in.mp4"), 64, 96, 12);
  const Finished done = stylize({f.file("in.mp4"), f.file("out.mp4"), "-s", "5", "--json"});
  REQUIRE(done.code == 0);
  const auto record = nlohmann::json::parse(done.out);
  CHECK(record["frames"] == 12);
  CHECK(record["width"] == 96);
  CHECK(probe(f.file("out.mp4"), "width") == "96");
  CHECK(probe(f.file("out.mp4"), "height") == "64");
  CHECK(probe(f.file("out.mp4"), "nb_read_packets") == "12");
  CHECK(probe(f.file("out.mp4"), "codec_name") == "h264");
  CHECK(probe(f.file("out.mp4"), "codec_name", "a:0") == "aac");
  f.paint({f.file("in.mp4"), f.file("silent.mp4"), "-an", "--frames", "3"});
  CHECK(probe(f.file("silent.mp4"), "codec_name", "a:0").empty());
  CHECK(probe(f.file("silent.mp4"), "nb_read_packets") == "3");
}

TEST_CASE("a video is painted the same twice, byte for byte") {
  const Fixture f;
  make_clip(f.file("in.mp4"), 48, 64, 6);
  f.paint({f.file("in.mp4"), f.file("a.mp4")});
  f.paint({f.file("in.mp4"), f.file("b.mp4")});
  CHECK(read_file(f.file("a.mp4")) == read_file(f.file("b.mp4")));
}

TEST_CASE("views of a video, of even and of odd width") {
  const Fixture f;
  make_clip(f.file("even.mp4"), 48, 64, 2, false);
  make_clip(f.file("odd.mkv"), 34, 47, 2, false);
  f.paint({f.file("even.mp4"), f.file("side.mp4"), "--view", "side"});
  CHECK(probe(f.file("side.mp4"), "width") == "128");
  f.paint({f.file("even.mp4"), f.file("four.mp4"), "--view", "4up"});
  CHECK(probe(f.file("four.mp4"), "width") == "256");
  f.paint({f.file("odd.mkv"), f.file("odd.mp4"), "--view", "4up"});
  CHECK(probe(f.file("odd.mp4"), "width") == "188");
  CHECK(probe(f.file("odd.mp4"), "height") == "34");
  const Finished done = stylize({f.file("odd.mkv"), f.file("no.mp4"), "--view", "side", "-pix_fmt", "yuv420p"});
  CHECK(done.code == 2);
  CHECK(is_one_line(done.err, "yuv420p"));
}

TEST_CASE("the matte of a video is a lossless grey video") {
  const Fixture f;
  make_clip(f.file("in.mp4"), 48, 64, 3);
  f.paint({f.file("in.mp4"), f.file("out.mp4"), "--output-alpha", f.file("alpha.mkv")});
  CHECK(probe(f.file("alpha.mkv"), "nb_read_packets") == "3");
  CHECK(probe(f.file("alpha.mkv"), "width") == "64");
  CHECK(probe(f.file("alpha.mkv"), "pix_fmt").starts_with("gray"));
  f.paint({f.file("in.mp4"), f.file("whole.mp4"), "-m", "none", "--output-alpha", f.file("ones.mkv")});
  REQUIRE(
      run({"ffmpeg", "-v", "error", "-i", f.file("ones.mkv"), "-pix_fmt", "gray", "-f", "rawvideo", f.file("ones.raw")})
          .code == 0);
  CHECK(read_file(f.file("ones.raw")) == std::string(std::size_t{3} * 48 * 64, '\xff'));
}

TEST_CASE("a clip that is cut off in the middle is finished, and the reason is said") {
  const Fixture f;
  make_clip(f.file("whole.mkv"), 96, 128, 40, true);
  const std::string bytes = read_file(f.file("whole.mkv"));
  write_file(f.file("cut.mkv"), bytes.substr(0, bytes.size() / 2));
  const Finished done = stylize({f.file("cut.mkv"), f.file("out.mkv"), "-s", "1"});
  INFO(done.err);
  CHECK(done.code == 1);
  CHECK(done.err.find("cut.mkv") != std::string::npos);
  const int frames = std::stoi(probe(f.file("out.mkv"), "nb_read_packets"));
  CHECK(frames > 5);
  CHECK(frames < 40);
}

TEST_CASE("a clip that is cut off early, or in its sound, is called so too") {
  const Fixture f;
  make_clip(f.file("whole.mkv"), 96, 128, 40, true);
  const std::string bytes = read_file(f.file("whole.mkv"));
  write_file(f.file("early.mkv"), bytes.substr(0, bytes.size() / 12));  // read to its end when it is opened
  Finished done = stylize({f.file("early.mkv"), f.file("early_out.mkv"), "--strength", "0"});
  CHECK(done.code == 1);
  CHECK(is_one_line(done.err, "early.mkv"));

  REQUIRE(run({"ffmpeg", "-v", "error", "-i", f.file("whole.mkv"), "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a",
               "aac", "-movflags", "+faststart", f.file("whole.mp4")})
              .code == 0);
  const std::string all = read_file(f.file("whole.mp4"));
  write_file(f.file("sound.mp4"), all.substr(0, all.size() - 3));  // its last packet is one of sound
  done = stylize({f.file("sound.mp4"), f.file("sound_out.mp4"), "--strength", "0"});
  CHECK(done.code == 1);
  CHECK(is_one_line(done.err, "sound.mp4"));
  CHECK(probe(f.file("sound_out.mp4"), "nb_read_packets") == probe(f.file("whole.mp4"), "nb_read_packets"));
  const Finished decoded = run({"ffmpeg", "-v", "error", "-i", f.file("sound_out.mp4"), "-f", "null", "-"});
  CHECK(decoded.err.empty());
}

TEST_CASE("a second interrupt leaves nothing behind") {
  const Fixture f;
  make_clip(f.file("in.mp4"), 240, 320, 500);
  std::filesystem::create_directory(f.folder / "out");
  Running job({IMPASTO_STYLIZE, f.file("in.mp4"), f.file("out/a.mp4"), "--output-alpha", f.file("out/b.mkv"),
               "--threads", "2", "--progress", "json"});
  for (int tries = 0; job.err_so_far().empty() && tries < 300; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  job.signal(SIGINT);
  job.signal(SIGTERM);
  CHECK(job.wait().code == 130);
  for (const auto& entry : std::filesystem::directory_iterator(f.folder / "out")) {
    CHECK(entry.path().filename().string().find(".part-") == std::string::npos);
  }
}

TEST_CASE("an interrupt finishes the file properly") {
  const Fixture f;
  make_clip(f.file("in.mp4"), 240, 320, 500);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    const std::string out = f.file("out" + std::to_string(signal) + ".mp4");
    Running job({IMPASTO_STYLIZE, f.file("in.mp4"), out, "--threads", "2", "--progress", "json"});
    for (int tries = 0; job.err_so_far().empty() && tries < 300; ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    job.signal(signal);
    const Finished done = job.wait();
    INFO(done.err);
    CHECK(done.code == 130);
    const int frames = std::stoi(probe(out, "nb_read_packets"));
    CHECK(frames > 0);
    CHECK(frames < 500);
    CHECK(static_cast<int>(frame_hashes(out).size()) == frames);
  }
}

TEST_CASE("progress as JSON is one record a line with frame and total") {
  const Fixture f;
  make_clip(f.file("in.mp4"), 48, 64, 5);
  const Finished done = run({IMPASTO_STYLIZE, f.file("in.mp4"), f.file("out.mp4"), "--progress", "json"});
  REQUIRE(done.code == 0);
  std::istringstream lines(done.err);
  std::string line;
  nlohmann::json record;
  while (std::getline(lines, line)) record = nlohmann::json::parse(line);
  CHECK(record["frame"] == 5);
  CHECK(record["total"] == 5);
  const Finished plain = run({IMPASTO_STYLIZE, f.file("in.mp4"), f.file("plain.mp4")});
  CHECK(plain.err.find("5/5 100 %") != std::string::npos);
  CHECK(plain.err.find('\r') == std::string::npos);
}

TEST_CASE("a benchmark of a video writes nothing") {
  const Fixture f;
  make_clip(f.file("in.mp4"), 48, 64, 5);
  const Finished done = stylize({f.file("in.mp4"), "--benchmark", "--json"});
  CHECK(done.code == 0);
  CHECK(nlohmann::json::parse(done.out)["frames"] == 5);
  CHECK(std::distance(std::filesystem::directory_iterator(f.folder.path()), {}) == 1);
}

TEST_CASE("a video does not become a picture") {
  const Fixture f;
  make_clip(f.file("in.mp4"), 48, 64, 2);
  const Finished done = stylize({f.file("in.mp4"), f.file("out.png")});
  CHECK(done.code == 2);
  CHECK(is_one_line(done.err, "out.png"));
}

TEST_CASE("a disk that fills up in the middle of a video leaves nothing") {
  const Fixture f;
  make_clip(f.file("in.mp4"), 240, 320, 60, false);
  const std::string command = "trap '' XFSZ; ulimit -f 256; exec " + std::string(IMPASTO_STYLIZE) + " " +
                              f.file("in.mp4") + " " + f.file("out.mkv") +
                              " -c:v ffv1 --strength 0 -m none --threads 2 --progress none";
  const Finished done = run({"sh", "-c", command});
  INFO(done.err);
  CHECK(done.code == 1);
  CHECK(is_one_line(done.err, "out.mkv"));
  CHECK(std::distance(std::filesystem::directory_iterator(f.folder.path()), {}) == 1);
}

TEST_CASE("memory does not grow with the length of a video") {
  if (IMPASTO_IS_SANITIZED) SKIP_CASE("sanitizers keep freed memory");
  const Fixture f;
  make_clip(f.file("in.mp4"), 240, 320, 900, false);
  const auto peak = [&](const std::string& frames) {
    const Finished done = stylize({f.file("in.mp4"), f.file(frames + ".mkv"), "-c:v", "ffv1", "--strength", "0", "-m",
                                   "none", "--frames", frames, "--json"});
    REQUIRE(done.code == 0);
    return nlohmann::json::parse(done.out)["peak_rss_bytes"].get<double>();
  };
  // 700 frames more are 80 MB of samples.
  CHECK(!(peak("900") - peak("200") > 20e6));
}
