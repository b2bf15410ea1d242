// A clean matte, on the command line: islands, holes, and a person larger or smaller.
#include "tests/cli/stylize_program.h"

#include <cstdlib>

using namespace impasto::test;

namespace {

struct Fixture {
  TempDir folder;
  std::string out = (folder / "out.png").string();

  // The matte of the sample's picture, a person before a wall.
  Image matte(std::vector<std::string> words) const {
    const auto sample = source_dir() / "apps" / "stylize" / "sample" / "sample.png";
    words.insert(words.begin(), {sample.string(), out, "-y", "--view", "matte"});
    const Finished done = stylize(words);
    INFO(done.err);
    REQUIRE(done.code == 0);
    return read_image(out);
  }
};

double share(const Image& matte) {
  double sum = 0;
  for (const std::uint8_t v : matte.samples) sum += v;
  return sum / (255.0 * static_cast<double>(matte.samples.size()));
}

}  // namespace

TEST_CASE("islands smaller than --matte-min-area go, 0 keeps all") {
  const Fixture f;
  const double person = share(f.matte({"--matte-min-area", "0"}));
  CHECK(person > 0.05);
  CHECK(person < 0.95);
  CHECK(share(f.matte({})) == Approx(person).margin(0.02));
  CHECK(share(f.matte({"--matte-min-area", "1"})) == 0);  // nobody is as large as the picture
}

TEST_CASE("clean matte: --matte-grow enlarges the person, below 0 it makes them smaller, by as many pixels") {
  const Fixture f;
  const Image as_is = f.matte({});
  CHECK(f.matte({"--matte-grow", "0"}).samples == as_is.samples);
  double before = 0;
  for (const char* pixels : {"-20", "-3", "-0.5", "0", "0.5", "3", "20"}) {
    const double now = share(f.matte({"--matte-grow", pixels}));
    INFO(pixels);
    CHECK(now > before);
    before = now;
  }
}

TEST_CASE("clean matte: --no-matte-fill leaves holes, and each device makes the same clean matte") {
  const Fixture f;
  const std::vector<std::string> words{"--matte-threshold", "0.9", "--matte-softness", "0", "--matte-grow", "1.5"};
  const Image filled = f.matte(words);
  std::vector<std::string> open = words;
  open.emplace_back("--no-matte-fill");
  CHECK(share(f.matte(open)) <= share(filled));
  std::vector<std::string> simt = words;
  simt.insert(simt.end(), {"-d", "simt", "--precision", "fp32"});
  const Image other = f.matte(simt);
  std::size_t different = 0;
  for (std::size_t i = 0; i < filled.samples.size(); ++i) {
    different += std::abs(filled.samples[i] - other.samples[i]) > 2 ? 1 : 0;
  }
  CHECK(static_cast<double>(different) < 1e-3 * static_cast<double>(filled.samples.size()));
}
