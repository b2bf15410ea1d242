// The portrait nets, whose weights are brought: by pictures and by video, at any size, and with files that do not fit.
#include "nets/net.h"
#include "runtime/weights.h"
#include "tests/cli/stylize_program.h"
#include "tests/slim_shapes.h"

#include <map>

using namespace impasto;
using namespace impasto::test;

namespace {

struct Fixture {
  TempDir folder;
  std::string in = file("in.png");
  std::string out = file("out.png");
  [[nodiscard]] std::string file(const std::string& name) const { return (folder / name).string(); }

  // Slim weights for a net, some of them left out.
  void write_weights(const std::string& name, const char* net, const std::map<std::string, std::string>& metadata,
                     std::size_t left_out = 0) const {
    std::vector<WeightSpec> table = weight_table(find_net(net), slim_shapes(2));
    for (WeightSpec& spec : table) {
      if (spec.name == "canonical_landmarks") spec.shape = {6, 2};  // a face's key points do for these
    }
    const Weights random = Weights::random(table, 3);
    std::vector<NamedTensor> tensors;
    for (std::size_t i = left_out; i < random.tensors().size(); ++i) {
      const WeightView& t = random.tensors()[i];
      tensors.push_back({t.name, t.dtype, t.shape, {t.data.begin(), t.data.end()}});
    }
    write_safetensors(file(name), tensors, metadata);
  }
  Image paint(int height, int width, std::vector<std::string> words) const {
    write_png(in, make_image(height, width, 3));
    words.insert(words.begin(), {in, out, "-y"});
    const Finished done = stylize(words);
    INFO(done.err);
    REQUIRE(done.code == 0);
    return read_image(out);
  }
  void expect_failure(const std::string& matte, const std::string& part) const {
    write_png(in, make_image(8, 9, 3));
    const Finished done = stylize({in, out, "-m", matte});
    INFO(done.err);
    CHECK(done.code == 1);
    CHECK(is_one_line(done.err, part));
    CHECK(!std::filesystem::exists(out));
  }
};

}  // namespace

TEST_CASE("portrait nets cut pictures of any size, at their own or at a smaller one") {
  const Fixture f;
  for (const char* net : {"portrait-fcn", "portrait-fcn+"}) {
    f.write_weights("w.safetensors", net, {{"net", net}});
    const std::string matte = std::string(net) + ":" + f.file("w.safetensors");
    for (const auto& [h, w] : {std::pair{1, 1}, {3, 40}, {33, 21}}) {
      const Image own = f.paint(h, w, {"-m", matte, "--view", "matte"});
      CHECK(own.height == h);
      CHECK(own.width == w);
      CHECK(f.paint(h, w, {"-m", matte, "--view", "matte", "--matte-size", "800"}).samples == own.samples);
      CHECK(f.paint(h, w, {"-m", matte, "--view", "matte", "--matte-size", "16"}).width == w);
    }
  }
}

TEST_CASE("a portrait net cuts a video, and its weights are looked for in STYLIZE_MODELS") {
  const Fixture f;
  f.write_weights("mine.safetensors", "portrait-fcn", {});
  make_clip(f.file("clip.mp4"), 32, 48, 3);
  const std::vector<std::string> words{
      f.file("clip.mp4"), f.file("out.mp4"), "-m", "portrait-fcn:mine.safetensors", "--matte-size", "24", "-v"};
  const bool has_bf16 = stylize({"--list-devices"}).out.find("bf16") != std::string::npos;
  for (const std::string precision : {"auto", "fp32", "bf16"}) {
    if (precision == "bf16" && !has_bf16) continue;
    INFO(precision);
    std::vector<std::string> all = words;
    all.insert(all.end(), {"-y", "-d", "cpu", "--precision", precision});
    CHECK(stylize(all).code == 1);
    const Finished done = stylize(all, {"STYLIZE_MODELS=" + f.folder.path().string()});
    INFO(done.err);
    REQUIRE(done.code == 0);
    const std::string taken = precision != "auto" ? precision : has_bf16 ? "bf16" : "fp32";
    CHECK(done.err.find("matte net portrait-fcn in " + taken + "\n") != std::string::npos);
    CHECK(probe(f.file("out.mp4"), "width") == "48");
    CHECK(frame_hashes(f.file("out.mp4")).size() == 3);
  }
}

TEST_CASE("weights of a portrait net that do not fit are named, with the tensor") {
  const Fixture f;
  f.expect_failure("portrait-fcn:" + f.file("none.safetensors"), "none.safetensors");
  f.write_weights("other.safetensors", "portrait-fcn", {{"net", "selfie"}});
  f.expect_failure("portrait-fcn:" + f.file("other.safetensors"),
                   "other.safetensors: is for net \"selfie\", expected \"portrait-fcn\"");
  f.write_weights("part.safetensors", "portrait-fcn", {}, 2);
  f.expect_failure("portrait-fcn:" + f.file("part.safetensors"), "part.safetensors: conv1_1.weight is missing");
  f.write_weights("three.safetensors", "portrait-fcn", {});
  f.expect_failure("portrait-fcn+:" + f.file("three.safetensors"),
                   "three.safetensors: conv1_1.weight has shape 3x3x3x3, expected 3x6x3x3");
  f.write_weights("mean.safetensors", "portrait-fcn", {{"input_mean", "1,2"}});
  f.expect_failure("portrait-fcn:" + f.file("mean.safetensors"), "mean.safetensors: input_mean is \"1,2\"");
  const std::string selfie = (source_dir() / "weights" / "selfie.safetensors").string();
  f.expect_failure("portrait-fcn:" + selfie, "selfie.safetensors: is for net \"selfie\"");
  write_png(f.in, make_image(8, 9, 3));
  f.write_weights("out.png", "portrait-fcn", {});
  const Finished done = stylize({f.in, f.out, "-y", "-m", "portrait-fcn:" + f.out});
  CHECK(done.code == 1);
  CHECK(is_one_line(done.err, "is an input too"));
}

TEST_CASE("the list of nets says which weights are brought") {
  const Finished done = stylize({"--list-models"});
  CHECK(done.code == 0);
  for (const char* part : {"portrait-fcn ", "portrait-fcn+ ", "bring converted weights"}) {
    CHECK(done.out.find(part) != std::string::npos);
  }
}
