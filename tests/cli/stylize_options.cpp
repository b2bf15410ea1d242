// What the command line says and refuses, before any work is done.
#include "tests/cli/stylize_program.h"

#include <nlohmann/json.hpp>

using namespace impasto::test;

namespace {

// A usage error names what was wrong in one line, and nothing is printed on stdout.
void expect_usage(const std::vector<std::string>& words, const std::string& part) {
  const Finished done = stylize(words);
  INFO(done.err);
  CHECK(done.code == 2);
  CHECK(is_one_line(done.err, part));
  CHECK(done.out.empty());
}

struct Fixture {
  TempDir folder;
  std::string in = (folder / "in.png").string();
  std::string out = (folder / "out.png").string();
  Fixture() { write_png(in, make_image(16, 24, 3)); }
};

}  // namespace

TEST_CASE("help ends with three worked examples and names only what is there") {
  const Finished done = stylize({"--help"});
  CHECK(done.code == 0);
  CHECK(done.err.empty());
  std::size_t examples = 0;
  for (std::size_t at = done.out.find("Examples:"); (at = done.out.find("\n  stylize ", at)) != std::string::npos;
       ++at) {
    ++examples;
  }
  CHECK(examples == 3);
  for (const char* flag : {"--input",
                           "--output",
                           "--style",
                           "--strength",
                           "--apply",
                           "--bg",
                           "--bg-style",
                           "--preserve-color",
                           "--style-size",
                           "--border",
                           "--steady",
                           "--matte",
                           "--matte-threshold",
                           "--view",
                           "--matte-softness",
                           "--matte-min-area",
                           "--no-matte-fill",
                           "--matte-grow",
                           "--matte-smooth",
                           "--matte-feather",
                           "--matte-size",
                           "--landmarks",
                           "portrait-fcn:FILE",
                           "portrait-fcn+:FILE",
                           "--output-alpha",
                           "--output-foreground",
                           "--codec",
                           "--crf",
                           "--preset",
                           "--bitrate",
                           "--pix-fmt",
                           "--encoder-option",
                           "--fps",
                           "--ss",
                           "--to",
                           "--duration",
                           "--frames",
                           "--no-audio",
                           "--device",
                           "--precision",
                           "--threads",
                           "--list-devices",
                           "--kernel",
                           "--progress",
                           "--quiet",
                           "--verbose",
                           "--timings",
                           "--json",
                           "--list-styles",
                           "--contact-sheet",
                           "--list-models",
                           "--graph",
                           "--version",
                           "--benchmark"}) {
    INFO(flag);
    CHECK(done.out.find(flag) != std::string::npos);
  }
  for (const char* flag : {"--hwaccel", "--tile", "--loop", "--input-size", "doctor"}) {
    INFO(flag);
    CHECK(done.out.find(flag) == std::string::npos);
  }
}

TEST_CASE("usage errors exit 2 with one line that names flag, value and what was expected") {
  const Fixture f;
  expect_usage({}, "no input");
  expect_usage({f.in}, "no output");
  expect_usage({f.in, f.out, "more.png"}, "more.png");
  expect_usage({f.in, f.out, "--hwaccel"}, "--hwaccel");
  expect_usage({f.in, f.out, "--style-size", "0"}, "--style-size 0: expected a whole number from 1 to 32768");
  expect_usage({f.in, f.out, "--style-size", "large"}, "--style-size large");
  expect_usage({f.in, f.out, "--border", "mirror"}, "--border mirror: expected extend|none");
  expect_usage({f.in, f.out, "-d", "cpu", "--kernel", "conv2d=v1"}, "--kernel conv2d=v1: device cpu has no rungs");
  expect_usage({f.in, f.out, "-d", "simt", "--kernel", "conv2d"}, "--kernel conv2d: expected OP=RUNG");
  expect_usage({f.in, f.out, "-d", "simt", "--kernel", "conv2d=v1", "--kernel", "conv2d=v2"}, "expected one rung");
  expect_usage({f.in, f.out, "-s7"}, "-s7");
  expect_usage({f.in, f.out, "-t5"}, "-t5");
  expect_usage({f.in, f.out, "-yn"}, "-yn");
  expect_usage({f.in, f.out, "-vcodec", "h264"}, "-vcodec");
  expect_usage({f.in, f.out, "--strength", "1.5"}, "--strength 1.5: expected a number from 0 to 1");
  expect_usage({f.in, f.out, "--strength", "nan"}, "--strength nan");
  expect_usage({f.in, f.out, "--strength", "half"}, "--strength half");
  expect_usage({f.in, f.out, "--apply", "face"}, "person|background|frame");
  expect_usage({f.in, f.out, "--bg", "#12345"}, "#RRGGBB");
  expect_usage({f.in, f.out, "--bg", "#12345g"}, "#RRGGBB");
  for (const char* blur : {"blur:", "blur:x", "blur:0", "blur:-3", "blur:5px", "blur:nan", "blur:1001"}) {
    expect_usage({f.in, f.out, "--bg", blur}, std::string("--bg ") + blur + ": expected blur:R, R in pixels");
  }
  for (const char* matte :
       {"portrait", "portrait-fcn", "portrait-fcn:", "portrait-fcn+", "selfie:x", "none:x", "face", ""}) {
    expect_usage({f.in, f.out, "-m", matte}, "selfie|selfie-landscape|portrait-fcn:FILE|portrait-fcn+:FILE|none");
  }
  expect_usage({f.in, f.out, "--landmarks", "x.txt"}, "--landmarks x.txt: expected with -m portrait-fcn+:FILE");
  expect_usage({f.in, f.out, "--landmarks", "x.txt", "-m", "portrait-fcn:x"}, "--landmarks x.txt: expected with");
  expect_usage({f.in, f.out, "--landmarks", "x.txt", "-m", "none"}, "--landmarks x.txt");
  expect_usage({f.in, f.out, "--matte-size", "500"}, "--matte-size 500: expected with a matte net of any size");
  expect_usage({f.in, f.out, "-m", "none", "--matte-size", "500"}, "--matte-size 500");
  expect_usage({f.in, f.out, "-m", "portrait-fcn:x", "--matte-size", "0"}, "--matte-size 0");
  expect_usage({f.in, f.out, "-m", "portrait-fcn:x", "--matte-size", "1e3"}, "--matte-size 1e3");
  expect_usage({f.in, f.out, "--matte-threshold", "-1"}, "--matte-threshold -1");
  expect_usage({f.in, f.out, "--matte-feather", "inf"}, "--matte-feather inf");
  expect_usage({f.in, f.out, "--matte-min-area", "1.5"}, "--matte-min-area 1.5: expected a number from 0 to 1");
  expect_usage({f.in, f.out, "--matte-grow", "-101"}, "--matte-grow -101: expected a number from -100 to 100");
  expect_usage({f.in, f.out, "--matte-grow", "much"}, "--matte-grow much");
  expect_usage({f.in, f.out, "--view", "8up"}, "comp|matte|styled|side|4up");
  expect_usage({f.in, f.out, "--fps", "0"}, "--fps 0");
  expect_usage({f.in, f.out, "--fps", "25/0"}, "--fps 25/0");
  expect_usage({f.in, f.out, "-ss", "1:99"}, "--ss 1:99");
  expect_usage({f.in, f.out, "-ss", "3", "-to", "2"}, "--to 2");
  expect_usage({f.in, f.out, "-ss", "99999999999999"}, "--ss 99999999999999");
  expect_usage({f.in, f.out, "-t", "soon"}, "--duration soon");
  expect_usage({f.in, f.out, "--frames", "0"}, "--frames 0");
  expect_usage({f.in, f.out, "-b:v", "fast"}, "--bitrate fast");
  expect_usage({f.in, f.out, "-e", "x"}, "KEY=VALUE");
  expect_usage({f.in, f.out, "-d", "gpu"}, "--device gpu");
  expect_usage({f.in, f.out, "-d", "cuda:x"}, "--device cuda:x");
  expect_usage({f.in, f.out, "--precision", "int8"}, "--precision int8");
  expect_usage({f.in, f.out, "-d", "cpu", "--precision", "fp16"}, "device cpu has fp32");
  expect_usage({f.in, f.out, "-d", "simt", "--precision", "bf16"}, "device simt has fp32, fp16");
  const Finished loud = run({IMPASTO_STYLIZE, f.in, f.out, "--progress", "loud"});
  CHECK(loud.code == 2);
  CHECK(is_one_line(loud.err, "auto|bar|plain|json|none"));
  expect_usage({f.in, f.out, "--crf"}, "--crf");
  expect_usage({f.in, f.out, "--view", "comp", "--view", "side"}, "--view");
  expect_usage({f.in, f.out, "--contact-sheet", "x.png"}, "--list-styles");
  expect_usage({f.in, f.out, "--graph", "selfie"}, "--list-models");
  expect_usage({"--list-models", "--graph", "resnet"}, "resnet");
  expect_usage({"-", f.out}, "-");
  expect_usage({f.in, "-"}, "-");
  expect_usage({f.in, (f.folder / "out.docx").string()}, "out.docx");
  expect_usage({f.in, (f.folder / "out").string()}, "out");
  expect_usage({f.in, (f.folder / "out.mp4").string()}, "out.mp4");
  expect_usage({f.in, f.out, "--output-alpha", (f.folder / "a.jpg").string()}, "a.jpg");
  CHECK_FALSE(std::filesystem::exists(f.out));
}

TEST_CASE("thread counts are numbers") {
  const Fixture f;
  for (const char* threads : {"0", "-1", "two", "1.5"}) {
    const Finished done = run({IMPASTO_STYLIZE, f.in, f.out, "--threads", threads});
    CHECK(done.code == 2);
    CHECK(is_one_line(done.err, threads));
  }
}

TEST_CASE("styles are an index, a blend or a file") {
  const Fixture f;
  for (const char* style : {"26", "-1", "7:0.6,26:0.4", "99999999999999999999"})
    expect_usage({f.in, f.out, "-s", style}, "0 to 25");
  for (const char* style : {"seven", "7.5", "7,", ",", ":0.5", "7,seven", "0s:seven"}) {
    expect_usage({f.in, f.out, "-s", style}, std::string("--style ") + style);
  }
  for (const char* style : {"7:-1", "7:x", "7:nan", "7:"}) expect_usage({f.in, f.out, "-s", style}, "share");
  expect_usage({f.in, f.out, "-s", "7:0,8:0"}, "add up to 0");
  CHECK(stylize({f.in, f.out, "--style", "7:3,19"}).code == 0);
  const Finished missing = stylize({f.in, f.out, "-s", "painting.jpg"});
  CHECK(missing.code == 1);
  CHECK(is_one_line(missing.err, "painting.jpg: no such file"));
  for (const char* style : {"5s:7", "0s:7,0s:8", "0s:7,5s:8,3s:9"})
    expect_usage({f.in, f.out, "-s", style}, "begin at 0s and rise");
  expect_usage({f.in, f.out, "-s", "7," + f.in}, "pictures and built-in styles together");
  expect_usage({f.in, f.out, "-s", "0s:7,1s:" + f.in}, "pictures and built-in styles together");
  expect_usage({f.in, f.out, "-s", "7,udnie.safetensors"}, "expected it alone");
}

TEST_CASE("shares of a blend are divided by their sum") {
  const Fixture f;
  const std::string other = (f.folder / "other.png").string();
  REQUIRE(stylize({f.in, f.out, "-m", "none", "-s", "7:0.25,19:0.75"}).code == 0);
  REQUIRE(stylize({f.in, other, "-m", "none", "-s", "19:6,7:2"}).code == 0);
  CHECK(read_file(f.out) == read_file(other));
  REQUIRE(stylize({f.in, other, "-m", "none", "-s", "7", "-y"}).code == 0);
  CHECK(read_file(f.out) != read_file(other));
}

TEST_CASE("a GPU that is not there exits 3, and auto does without") {
  const Fixture f;
  const std::vector<std::string> no_gpu{"CUDA_VISIBLE_DEVICES="};
  for (const char* device : {"cuda", "cuda:1"}) {
    const Finished done = stylize({f.in, f.out, "-d", device}, no_gpu);
    CHECK(done.code == 3);
    CHECK(is_one_line(done.err, std::string("--device ") + device));
  }
  CHECK(stylize({f.in, f.out, "-d", "cuda:999"}).code == 3);
  CHECK(stylize({f.in, f.out}, {"STYLIZE_DEVICE=cuda", "CUDA_VISIBLE_DEVICES="}).code == 3);
  CHECK(stylize({f.in, f.out, "-d", "cpu"}, {"STYLIZE_DEVICE=cuda"}).code == 0);
  CHECK(stylize({f.in, f.out, "-y", "-d", "auto"}, no_gpu).code == 0);
}

TEST_CASE("lists and version") {
  const Finished styles = stylize({"--list-styles"});
  CHECK(styles.code == 0);
  CHECK(std::count(styles.out.begin(), styles.out.end(), '\n') == 26);
  CHECK(stylize({"--version"}).out.find("CUDA") != std::string::npos);
  const std::string devices = stylize({"--list-devices"}).out;
  CHECK(devices.find("cpu ") == 0);
  CHECK(devices.find("\nsimt ") != std::string::npos);
  CHECK(devices.find("\ncuda") != std::string::npos);
  const Finished models = stylize({"--list-models"});
  for (const char* net : {"multistyle", "transform_net", "arbitrary_transform", "style_predictor", "selfie",
                          "selfie-landscape", "face"}) {
    CHECK(models.out.find(net) != std::string::npos);
    const Finished graph = stylize({"--list-models", "--graph", net});
    CHECK(graph.code == 0);
    CHECK(graph.out.find("conv2d") != std::string::npos);
  }
}

TEST_CASE("a contact sheet shows every style") {
  const Fixture f;
  REQUIRE(stylize({"--list-styles", "--contact-sheet", f.out, f.in}).code == 0);
  const Image sheet = read_image(f.out);
  CHECK(sheet.width > 6 * 200);
  CHECK(sheet.height > 5 * 150);
  const Finished again = stylize({"--list-styles", "--contact-sheet", f.out});
  CHECK(again.code == 1);
  CHECK(is_one_line(again.err, "exists"));
}
