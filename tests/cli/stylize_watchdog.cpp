// Nets that give NaN, infinity or the same value everywhere: an error that names net and frame; one-coloured frames and
// empty mattes are none.
#include "nets/net.h"
#include "runtime/weights.h"
#include "tests/cli/stylize_program.h"
#include "tests/slim_shapes.h"

#include <cstring>
#include <functional>

using namespace impasto;
using namespace impasto::test;

namespace {

struct Fixture {
  TempDir folder;
  [[nodiscard]] std::string file(const std::string& name) const { return (folder / name).string(); }

  // Random weights of a net; `change` gets each tensor's name and values.
  [[nodiscard]] std::string weights(const std::string& name, const char* net,
                                    const std::function<void(const std::string&, std::vector<float>&)>& change) const {
    const Weights random = Weights::random(weight_table(find_net(net), slim_shapes(2)), 3);
    std::vector<NamedTensor> tensors;
    for (const WeightView& t : random.tensors()) {
      std::vector<float> values = to_floats(t);
      change(t.name, values);
      std::vector<std::byte> bytes(values.size() * sizeof(float));
      std::memcpy(bytes.data(), values.data(), bytes.size());
      tensors.push_back({t.name, DType::f32, t.shape, bytes});
    }
    write_safetensors(file(name), tensors, {{"net", net}});
    return file(name);
  }
  [[nodiscard]] std::string zeros(const char* net) const {
    return weights(std::string(net) + "_zeros.safetensors", net, [](const std::string&, std::vector<float>& values) {
      std::fill(values.begin(), values.end(), 0.0F);
    });
  }
  // Any light in the input becomes infinite in the convolutions whose names end so; shifts are 0, scales as they are.
  [[nodiscard]] std::string huge(const char* net, const std::string& end) const {
    const auto change = [&](const std::string& tensor, std::vector<float>& values) {
      if (tensor.ends_with(end)) std::fill(values.begin(), values.end(), 3e38F);
      if (tensor.ends_with(".shift") || tensor.ends_with(".bias")) std::fill(values.begin(), values.end(), 0.0F);
    };
    return weights(std::string(net) + "_huge.safetensors", net, change);
  }
  // The clip's first frames are black.
  void make_dark_clip(const std::string& name, int dark) const {
    const std::string select =
        "testsrc=rate=25:size=64x48,format=gbrp,drawbox=t=fill:c=black:enable='lt(n," + std::to_string(dark) + ")'";
    REQUIRE(run({"ffmpeg", "-v", "error", "-f", "lavfi", "-i", select, "-frames:v", "5", "-c:v", "ffv1", file(name)})
                .code == 0);
  }
  void expect_failure(std::vector<std::string> words, const std::vector<std::string>& parts) const {
    words.insert(words.end(), {"-y"});
    const Finished done = stylize(words);
    INFO(done.err);
    CHECK(done.code == 1);
    for (const std::string& part : parts) CHECK(is_one_line(done.err, part));
  }
};

}  // namespace

TEST_CASE("watchdog: a style net of zeros paints one colour, which is an error that names net and frame") {
  const Fixture f;
  write_png(f.file("in.png"), make_image(40, 56, 3));
  const std::string zeros = f.zeros("transform_net");
  for (const char* device : {"cpu", "simt"}) {
    f.expect_failure({f.file("in.png"), f.file("out.png"), "-s", zeros, "-d", device},
                     {"frame 1: ", "transform_net (", "transform_net_zeros.safetensors)", "everywhere"});
    CHECK_FALSE(std::filesystem::exists(f.file("out.png")));
  }
  f.make_dark_clip("in.mkv", 0);
  f.expect_failure(
      {f.file("in.mkv"), f.file("out.mkv"), "-s", zeros, "-c:v", "ffv1", "--output-alpha", f.file("alpha.mkv")},
      {"frame 1 at 0.000 s: ", "transform_net ("});
  CHECK_FALSE(std::filesystem::exists(f.file("out.mkv")));
  CHECK_FALSE(std::filesystem::exists(f.file("alpha.mkv")));
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(f.folder.path())) {
    files += entry.path().filename().string().find("part-") != std::string::npos ? 1 : 0;
  }
  CHECK(files == 0);
}

TEST_CASE("watchdog: infinity in a style net's output ends a video at that frame, and those before it stay") {
  const Fixture f;
  const std::string huge = f.huge("transform_net", "out.weight");
  write_png(f.file("in.png"), make_image(40, 56, 3));
  for (const char* device : {"cpu", "simt"}) {
    f.expect_failure({f.file("in.png"), f.file("out.png"), "-s", huge, "-d", device},
                     {"frame 1: ", "transform_net (", "NaN or infinite"});
  }
  CHECK_FALSE(std::filesystem::exists(f.file("out.png")));
  f.make_dark_clip("in.mkv", 2);
  f.expect_failure({f.file("in.mkv"), f.file("out.mkv"), "-s", huge, "-m", "none", "-c:v", "ffv1", "--output-alpha",
                    f.file("a.mkv")},
                   {"frame 3 at 0.080 s: ", "transform_net (", "NaN or infinite", "2 frames were written"});
  CHECK(frame_hashes(f.file("out.mkv")).size() == 2);
  CHECK(frame_hashes(f.file("a.mkv")).size() == 2);
}

TEST_CASE("watchdog: the net behind the person and the matte net are watched too") {
  const Fixture f;
  write_png(f.file("in.png"), make_image(40, 56, 3));
  f.expect_failure({f.file("in.png"), f.file("out.png"), "--bg-style", f.zeros("transform_net")},
                   {"frame 1: ", "transform_net ("});
  f.expect_failure({f.file("in.png"), f.file("out.png"), "-m", "portrait-fcn:" + f.zeros("portrait-fcn")},
                   {"frame 1: ", "portrait-fcn (", "gave 0.5 everywhere"});
  f.expect_failure({f.file("in.png"), f.file("out.png"), "-m", "portrait-fcn:" + f.huge("portrait-fcn", ".weight")},
                   {"frame 1: ", "portrait-fcn (", "NaN or infinite"});
  CHECK_FALSE(std::filesystem::exists(f.file("out.png")));
}

TEST_CASE("watchdog: one-coloured frames, mattes of 0 or of 1 and single pixels are no error") {
  const Fixture f;
  Image flat = make_image(40, 56, 3);
  std::fill(flat.samples.begin(), flat.samples.end(), std::uint8_t{77});
  write_png(f.file("flat.png"), flat);
  write_png(f.file("in.png"), make_image(40, 56, 3));
  const auto paint = [&](std::vector<std::string> words) {
    words.insert(words.end(), {f.file("out.png"), "-y"});
    const Finished done = stylize(words);
    INFO(done.err);
    CHECK(done.code == 0);
  };
  paint({f.file("flat.png"), "-s", f.zeros("transform_net")});
  paint({f.file("flat.png"), "-m", "portrait-fcn:" + f.zeros("portrait-fcn")});
  // Scores far apart: the person is nowhere, or everywhere.
  for (const auto& [nobody, person] : {std::pair{200.0F, -200.0F}, {-200.0F, 200.0F}}) {
    const std::string sure =
        f.weights("sure.safetensors", "portrait-fcn", [n = nobody, p = person](const std::string& name, auto& values) {
          std::fill(values.begin(), values.end(), 0.0F);
          if (name == "score_fr.bias") values = {n, p};
          const std::size_t quarter = values.size() / 4;  // of 2 x 2 channels: each goes to its own
          for (std::size_t i = 0; name.starts_with("upscore") && i < quarter; ++i)
            values[i] = values[3 * quarter + i] = 1;
        });
    paint({f.file("in.png"), "-m", "portrait-fcn:" + sure});
  }
  for (const auto& [h, w] : {std::pair{1, 1}, {1, 2}, {2, 1}, {3, 2}}) {
    write_png(f.file("tiny.png"), make_image(h, w, 3));
    for (const char* style : {"5", "12"}) paint({f.file("tiny.png"), "-s", style});
  }
}
