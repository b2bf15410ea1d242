// The clip that began it all (research data, beside the checkout or not there): its matte has no islands and no holes,
// and covers what the author's does. bench/matte_quality.py gives the figures of whole clips.
#include "tests/cli/stylize_program.h"

#include <numeric>

using namespace impasto::test;

namespace {

constexpr int kLeast = 60;  // pixels of the smallest region that counts

struct Mask {
  int h, w;
  std::vector<bool> person;
};

// The sizes of the regions of a value; those at the border are left out if `inner`.
std::vector<int> regions(const Mask& mask, bool value, bool inner) {
  std::vector<int> sizes;
  std::vector<bool> seen(mask.person.size());
  for (std::size_t start = 0; start < seen.size(); ++start) {
    if (seen[start] || mask.person[start] != value) continue;
    std::vector<int> pixels{static_cast<int>(start)};
    seen[start] = true;
    bool at_border = false;
    for (std::size_t k = 0; k < pixels.size(); ++k) {
      const int y = pixels[k] / mask.w, x = pixels[k] % mask.w;
      at_border = at_border || y == 0 || x == 0 || y == mask.h - 1 || x == mask.w - 1;
      for (int j = std::max(0, y - 1); j <= std::min(mask.h - 1, y + 1); ++j) {
        for (int i = std::max(0, x - 1); i <= std::min(mask.w - 1, x + 1); ++i) {
          const int next = j * mask.w + i;
          if ((!value && j != y && i != x) || seen[next] || mask.person[next] != value) continue;
          seen[next] = true;
          pixels.push_back(next);
        }
      }
    }
    if (!(inner && at_border)) sizes.push_back(static_cast<int>(pixels.size()));
  }
  return sizes;
}

int flaws(const Mask& mask) {
  const auto large = [](const std::vector<int>& sizes) {
    return static_cast<int>(std::count_if(sizes.begin(), sizes.end(), [](int size) { return size >= kLeast; }));
  };
  return std::max(large(regions(mask, true, false)) - 1, 0) + large(regions(mask, false, true));
}

double iou(const Mask& a, const Mask& b) {
  double both = 0, either = 0;
  for (std::size_t i = 0; i < a.person.size(); ++i) {
    both += a.person[i] && b.person[i] ? 1 : 0;
    either += a.person[i] || b.person[i] ? 1 : 0;
  }
  return either > 0 ? both / either : 1;
}

struct Fixture {
  TempDir folder;
  [[nodiscard]] std::string file(const std::string& name) const { return (folder / name).string(); }

  // Writes some frames of a clip of ../shared/golden/seed, filtered, without loss.
  void cut(const std::string& clip, const std::string& filter, const std::string& name) const {
    const auto source = shared_dir() / "golden" / "seed" / clip;
    const Finished done = run({"ffmpeg", "-v", "error", "-i", source.string(), "-an", "-vf",
                               "select=between(n\\,70\\,81),setpts=N/30/TB," + filter, "-c:v", "ffv1", file(name)});
    INFO(done.err);
    REQUIRE(done.code == 0);
  }
  [[nodiscard]] std::vector<Mask> masks(const std::string& name) const {
    const int h = std::stoi(probe(file(name), "height")), w = std::stoi(probe(file(name), "width"));
    const Finished done = run({"ffmpeg", "-v", "error", "-i", file(name), "-vf", "scale=out_range=full,format=gray",
                               "-f", "rawvideo", file(name + ".grey")});
    INFO(done.err);
    REQUIRE(done.code == 0);
    const std::string grey = read_file(file(name + ".grey"));
    const std::size_t pixels = static_cast<std::size_t>(h) * w;
    std::vector<Mask> masks;
    for (std::size_t at = 0; at + pixels <= grey.size(); at += pixels) {
      Mask mask{h, w, {}};
      for (std::size_t i = 0; i < pixels; ++i) mask.person.push_back(static_cast<unsigned char>(grey[at + i]) >= 128);
      masks.push_back(std::move(mask));
    }
    return masks;
  }
};

}  // namespace

TEST_CASE("the seed's clip: no islands, no holes, and the author's person") {
  if (!std::filesystem::exists(shared_dir() / "golden" / "seed" / "selfie.mp4")) SKIP_CASE("no seed clip");
  for (const std::string filter : {"null", "hflip", "reverse,crop=300:480:30:40,scale=420:672"}) {
    const Fixture f;
    f.cut("selfie.mp4", filter, "in.mkv");
    f.cut("four_up.mp4", "crop=360:640:360:0," + filter, "author.mkv");
    for (const char* net : {"selfie", "selfie-landscape"}) {
      INFO(filter << ", " << net);
      const Finished done =
          stylize({f.file("in.mkv"), f.file("out.mkv"), "-y", "-m", net, "--view", "matte", "-c", "ffv1"});
      INFO(done.err);
      REQUIRE(done.code == 0);
      const std::vector<Mask> ours = f.masks("out.mkv"), author = f.masks("author.mkv");
      std::filesystem::remove(f.file("out.mkv.grey"));
      std::filesystem::remove(f.file("author.mkv.grey"));
      REQUIRE(ours.size() == 12);
      REQUIRE(author.size() == 12);
      double sum = 0;
      for (std::size_t i = 0; i < ours.size(); ++i) {
        CHECK(flaws(ours[i]) == 0);
        sum += iou(ours[i], author[i]) / static_cast<double>(ours.size());
      }
      CHECK(sum >= 0.88);
    }
  }
}
