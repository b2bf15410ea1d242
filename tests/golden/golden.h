// What the golden tests share: pictures, running a net alone on the cpu device, and the limits of
// ../shared/golden/README.md.
#pragma once

#include "nets/net.h"
#include "runtime/backend.h"
#include "tests/support.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace impasto::test {

struct Picture {
  int h = 0;
  int w = 0;
  std::vector<std::uint8_t> rgb;  // [h,w,3]
};

// As R,G,B. Throws std::runtime_error.
[[nodiscard]] Picture read_picture(const std::filesystem::path& file);
// Tensor `name` [H,W,3] u8 of a golden file.
[[nodiscard]] Picture picture_of(const Weights& golden, const std::string& name = "picture");
// Tensor `name` of a golden file, as floats. Throws std::runtime_error if it is missing.
[[nodiscard]] std::vector<float> floats_of(const Weights& golden, const std::string& name);
// The default weights that are part of the program.
[[nodiscard]] Weights embedded(const char* file);
// Golden files of a folder, sorted; without the taps.
[[nodiscard]] std::vector<std::filesystem::path> golden_files(const std::filesystem::path& folder,
                                                              const std::string& extension);

// The device under test.
[[nodiscard]] std::unique_ptr<Backend> make_backend();

// A tensor brought back, in C,H,W order as golden files have it.
struct Planar {
  int c = 0;
  int h = 0;
  int w = 0;
  std::vector<float> values;
  // The top left h x w.
  [[nodiscard]] Planar cropped(int height, int width) const;
};

// Runs a net alone and asserts that its convolutions ran in `precision`. `taps` are names of nodes whose outputs come
// back too; `side` is the net's other input, if it has one.
struct NetRun {
  Planar output;
  std::map<std::string, Planar> taps;
};
[[nodiscard]] NetRun run_net(Backend& backend, const Net& net, const Weights& weights, const Picture& picture,
                             std::span<const float> side, Precision precision, std::span<const std::string> taps = {});
// On the cpu device.
[[nodiscard]] NetRun run_net(const Net& net, const Weights& weights, const Picture& picture,
                             std::span<const float> side, Precision precision, std::span<const std::string> taps = {});

struct Limits {
  double largest;
  double mean;
};
void check_floats(std::span<const float> ours, std::span<const float> golden, const Limits& limits);
// Largest difference relative to the golden tensor's largest value.
void check_tap(const std::string& name, const Planar& ours, std::span<const float> golden, double limit);

// Ours [h,w,3] u8 against a golden picture. In fp32: 1 level on less than 0.5 %; in 16 bits: at least `least_psnr` dB.
void check_picture(std::span<const std::uint8_t> ours, std::span<const std::uint8_t> golden, Precision precision,
                   double least_psnr);
[[nodiscard]] double psnr(std::span<const float> a, std::span<const float> b, double peak);

// C,H,W to u8 [h,w,3] by value * scale, clipped, rounded half up or truncated.
[[nodiscard]] std::vector<std::uint8_t> to_bytes(const Planar& planar, double scale, bool truncate);

}  // namespace impasto::test
