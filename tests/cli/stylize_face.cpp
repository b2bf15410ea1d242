// -m portrait-fcn+: with a face, without one, with landmarks. The net is slim and its weights are random: what it sees
// must show in what it says, no more.
#include "nets/net.h"
#include "runtime/weights.h"
#include "tests/cli/stylize_program.h"
#include "tests/slim_shapes.h"

#include <cmath>
#include <cstring>
#include <random>

using namespace impasto;
using namespace impasto::test;

namespace {

// Key points of a face as it lies in the frame of slim_shapes, 15 x 20.
constexpr float kCanonical[][2] = {{6.4F, 6.8F}, {9.6F, 6.8F}, {8.2F, 9}, {8, 10.4F}, {4.8F, 7.5F}, {11.4F, 7.5F}};

// Weights of the plus net with so many canonical landmarks; more than six are made up.
void write_model(const std::filesystem::path& file, std::int64_t landmarks = 6) {
  const Net& net = find_net("portrait-fcn+");
  std::mt19937 random(3);
  std::vector<NamedTensor> tensors;
  for (WeightSpec& spec : weight_table(net, slim_shapes(2))) {
    if (spec.name == "canonical_landmarks") spec.shape = {landmarks, 2};
    std::int64_t count = 1;
    for (const std::int64_t extent : spec.shape) count *= extent;
    // What a layer makes is as large as what it is made of, so that the picture shows at the other end.
    const auto fan_in = static_cast<double>(spec.shape.size() == 4 ? count / spec.shape[0] : 100);
    std::normal_distribution<double> weight(0, std::sqrt(2 / fan_in));
    std::vector<float> values(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<float>(weight(random));
      if (spec.name == "mean_mask") values[i] = static_cast<float>(i % 15) / 15;
      if (spec.name == "canonical_landmarks") {
        values[i] = kCanonical[i / 2 % 6][i % 2] + static_cast<float>(i / 12) / 8;
      }
    }
    NamedTensor tensor{spec.name, DType::f32, spec.shape, std::vector<std::byte>(values.size() * sizeof(float))};
    std::memcpy(tensor.data.data(), values.data(), tensor.data.size());
    tensors.push_back(std::move(tensor));
  }
  write_safetensors(file, tensors, {{"net", std::string(net.name)}});
}

const std::string kSample = (source_dir() / "apps/stylize/sample/sample.png").string();

struct Fixture {
  TempDir folder;
  std::string model = file("plus.safetensors");
  std::string out = file("out.png");

  Fixture() { write_model(model); }
  [[nodiscard]] std::string file(const std::string& name) const { return (folder / name).string(); }
  [[nodiscard]] std::string landmarks(const std::string& text) const {
    write_file(file("landmarks.txt"), text);
    return file("landmarks.txt");
  }
  [[nodiscard]] Finished run(const std::string& in, std::vector<std::string> words) const {
    words.insert(words.begin(), {in, out, "-y", "-m", "portrait-fcn+:" + model, "--matte-size", "80", "--view", "matte",
                                 "--matte-softness", "1", "-v"});
    return stylize(words);
  }
  // The matte; what is said must hold `said`.
  [[nodiscard]] std::vector<std::uint8_t> matte(const std::string& in, const std::vector<std::string>& words,
                                                const std::string& said) const {
    const Finished done = run(in, words);
    INFO(done.err);
    REQUIRE(done.code == 0);
    CHECK(done.err.find(said) != std::string::npos);
    return read_image(out).samples;
  }
  void expect_failure(const std::vector<std::string>& words, const std::string& part) const {
    const Finished done = run(kSample, words);
    INFO(done.err);
    CHECK(done.code == 1);
    CHECK(done.err.find(part) != std::string::npos);
  }
};

const std::string kNoFace = "face: none is found\n";
const std::string kWide = "150 120\n210 120\n180 150\n180 185\n120 130\n240 130\n";

}  // namespace

TEST_CASE("portrait-fcn+ finds the face, takes landmarks, and does without") {
  const Fixture f;
  const auto found = f.matte(kSample, {}, "face: found, score 0.9");
  CHECK(found == f.matte(kSample, {}, "face net face in fp32"));  // the same again
  const auto given = f.matte(kSample, {"--landmarks", f.landmarks(kWide)}, "");
  CHECK(given != found);

  write_png(f.file("noise.png"), make_image(150, 110, 3));
  const auto none = f.matte(f.file("noise.png"), {}, kNoFace);
  const std::string line = "1 1\n2 2\n3 3\n4 4\n5 5\n6 6\n";
  CHECK(none == f.matte(f.file("noise.png"), {"--landmarks", f.landmarks(line)}, "lie on a line"));
  CHECK(none != f.matte(f.file("noise.png"), {"--landmarks", f.landmarks(kWide)}, ""));

  for (const auto& [height, width] : {std::pair{1, 1}, {3, 200}, {200, 3}}) {
    write_png(f.file("tiny.png"), make_image(height, width, 3));
    CHECK(f.matte(f.file("tiny.png"), {}, kNoFace).size() == static_cast<std::size_t>(height * width * 3));
  }
}

TEST_CASE("portrait-fcn+ asks for landmarks where key points do not do") {
  const Fixture f;
  f.expect_failure({"--landmarks", f.landmarks("1 2\n3 4\n5 7\n")}, "landmarks.txt: has 3 landmarks, expected 6");
  f.expect_failure({"--landmarks", f.landmarks("1 2\n3\n")}, "landmarks.txt: line 2: expected the two numbers x y");
  f.expect_failure({"--landmarks", f.file("none.txt")}, "none.txt");
  write_model(f.model, 21);
  f.expect_failure({}, "21 canonical landmarks");
  f.expect_failure({}, "--landmarks FILE");
  std::string points;
  for (int i = 0; i < 21; ++i) points += std::to_string(100 + i * i % 17) + " " + std::to_string(90 + 5 * i) + "\n";
  CHECK(f.run(kSample, {"--landmarks", f.landmarks(points)}).code == 0);

  const Finished usage = stylize({kSample, f.out, "--landmarks", f.landmarks(points)});
  CHECK(usage.code == 2);
  CHECK(is_one_line(usage.err, "landmarks.txt: expected with -m portrait-fcn+:FILE"));
  CHECK(stylize({kSample, f.out, "--landmarks", "x", "-m", "portrait-fcn:" + f.model}).code == 2);
}

TEST_CASE("a video keeps the last face while none is found") {
  const Fixture f;
  const Finished made = run({"ffmpeg",
                             "-v",
                             "error",
                             "-loop",
                             "1",
                             "-t",
                             "0.3",
                             "-r",
                             "10",
                             "-i",
                             kSample,
                             "-f",
                             "lavfi",
                             "-t",
                             "0.3",
                             "-i",
                             "color=gray:size=360x360:rate=10",
                             "-filter_complex",
                             "[0]format=yuv420p[a];[1]format=yuv420p[b];[a][b]concat",
                             "-c:v",
                             "ffv1",
                             f.file("in.mkv")});
  INFO(made.err);
  REQUIRE(made.code == 0);
  const Finished done = stylize({f.file("in.mkv"), f.file("out.mkv"), "-m", "portrait-fcn+:" + f.model, "--matte-size",
                                 "64", "--view", "matte", "-v", "-s", "3"});
  INFO(done.err);
  REQUIRE(done.code == 0);
  const std::size_t found = done.err.find("face: found");
  const std::size_t lost = done.err.find("face: none is found, the last one is kept");
  CHECK(found != std::string::npos);
  CHECK(lost != std::string::npos);
  CHECK(found < lost);
  CHECK(done.err.find("face:", lost + 1) == std::string::npos);  // said once
}
