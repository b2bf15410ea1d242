// The two resizes about the selfie nets against what MediaPipe's own code gave (../shared/golden/selfie).
#include "runtime/weights.h"
#include "tests/kernels/pixels_run.h"

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#include <stb_image.h>

using namespace impasto;
using namespace impasto::test;

namespace {

reference::Map read_png(const std::filesystem::path& file) {
  int w = 0, h = 0, channels = 0;
  const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(stbi_load(file.c_str(), &w, &h, &channels, 3),
                                                         stbi_image_free);
  REQUIRE(pixels != nullptr);
  reference::Map map(h, w, 3);
  std::copy(pixels.get(), pixels.get() + map.v.size(), map.v.begin());
  return map;
}

reference::Map read_map(const WeightView& view) {
  const int channels = view.shape.size() > 2 ? static_cast<int>(view.shape[2]) : 1;
  reference::Map map(static_cast<int>(view.shape[0]), static_cast<int>(view.shape[1]), channels);
  for (std::size_t i = 0; i < map.v.size(); ++i) {
    map.v[i] = view.dtype == DType::f16
                   ? static_cast<double>(f16_to_f32(reinterpret_cast<const std::uint16_t*>(view.data.data())[i]))
                   : read_value(view.data.data(), view.dtype, i);
  }
  return map;
}

}  // namespace

TEST_CASE("resizes before and after the selfie nets match MediaPipe") {
  if (!have_shared()) SKIP_CASE("../shared is not here");
  for (const char* kind : {"square", "landscape"}) {
    for (const std::string picture :
         {"astronaut_256x256", "astronaut_512x512", "camera_512x512", "carphone_176x144", "girl3_852x480"}) {
      CAPTURE(kind, picture);
      const Weights golden = Weights::open(shared_dir() / "golden" / "selfie" / kind / (picture + ".safetensors"));
      const reference::Map rgb = read_png(shared_dir() / "golden" / "inputs" / (picture + ".png"));
      const reference::Map seen = read_map(*golden.find("tensor_u8"));
      const auto out = run_op(Resize{Resize::Mode::bilinear_shiftless, seen.h, seen.w}, {{rgb, DType::u8}})[0];
      CHECK(largest_difference(out, seen) <= 3);
      std::size_t different = 0;
      for (std::size_t i = 0; i < seen.v.size(); ++i) different += out.v[i] != seen.v[i] ? 1 : 0;
      CHECK(static_cast<double>(different) <= 0.05 * static_cast<double>(seen.v.size()));

      if (golden.find("mask") == nullptr) continue;
      const reference::Map small = read_map(*golden.find("mask_small"));
      const auto mask = run_op(Resize{Resize::Mode::bilinear, rgb.h, rgb.w}, {{small, DType::f32}})[0];
      CHECK(largest_difference(mask, read_map(*golden.find("mask"))) <= 5e-4);
    }
  }
}
