// Engstrom's trained weights, from the shared pack.
#pragma once

#include "nets/net.h"
#include "tests/golden/golden.h"

#include <fmt/format.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <tuple>

namespace impasto::test {

// Engstrom's weights as the browser port has them: raw float32, file k = 3 layer + {0: weight, 1: shift, 2: scale},
// kernels [R,S,C,K].
inline Weights engstrom(const std::filesystem::path& style) {
  const std::filesystem::path folder = shared_dir() / "weights/engstrom" / style;
  std::vector<NamedTensor> tensors;
  for (const WeightSpec& spec : find_net("transform_net").weight_table()) {
    const std::size_t at = tensors.size();
    const std::size_t part = std::array{0U, 2U, 1U}.at(at % 3);  // the table has scale before shift
    const std::size_t k = at / 3 * 3 + part;
    std::ifstream file(folder / (k == 0 ? "Variable" : fmt::format("Variable_{}", k)), std::ios::binary);
    const std::vector<char> raw(std::istreambuf_iterator<char>(file), {});
    NamedTensor tensor{spec.name, DType::f32, spec.shape, std::vector<std::byte>(raw.size())};
    if (spec.shape.size() == 1) {
      std::memcpy(tensor.data.data(), raw.data(), raw.size());
    } else {
      const auto [a, b, r, s] = std::tuple(spec.shape[0], spec.shape[1], spec.shape[2], spec.shape[3]);
      REQUIRE(static_cast<std::int64_t>(raw.size()) == a * b * r * s * 4);
      for (std::int64_t to = 0; to < a * b * r * s; ++to) {
        const std::int64_t from = (to % (r * s) * b + to / (r * s) % b) * a + to / (r * s * b);
        std::memcpy(tensor.data.data() + to * 4, raw.data() + from * 4, 4);
      }
    }
    tensors.push_back(std::move(tensor));
  }
  const TempDir temporary;
  write_safetensors(temporary / "engstrom.safetensors", tensors, {});
  return Weights::open(temporary / "engstrom.safetensors");
}

}  // namespace impasto::test
