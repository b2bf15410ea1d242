// Weights by a formula that tests/tools/golden_common.py shares, so that a test needs no file of weights.
#pragma once

#include "runtime/weights.h"
#include "tests/support.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace impasto::test {

// Uniform in -1..1, exact in float32: splitmix64 of the element's number, seeded by FNV-1a of the tensor's name.
inline std::vector<double> formula(const std::string& name, std::size_t count) {
  std::uint64_t seed = 0xcbf29ce484222325U;
  for (const char c : name) seed = (seed ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  std::vector<double> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t z = seed + (i + 1) * 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    z ^= z >> 31U;
    values[i] = static_cast<double>(z >> 41U) * 0x1p-22 - 1;
  }
  return values;
}

// ".weight" tensors are divided by the square root of what they sum over, ".scale" is near 1, ".shift" near 0. `gain`
// multiplies the ".weight" tensors.
inline Weights formula_weights(std::span<const WeightSpec> table,
                               const std::map<std::string, std::string>& metadata = {}, double gain = 1) {
  std::vector<NamedTensor> tensors;
  for (const WeightSpec& spec : table) {
    std::size_t count = 1;
    for (const std::int64_t extent : spec.shape) count *= static_cast<std::size_t>(extent);
    const bool is_weight = spec.name.ends_with(".weight");
    const std::int64_t in = spec.name.starts_with("up") ? spec.shape.front() : spec.shape.at(is_weight ? 1 : 0);
    const double divisor = is_weight ? std::sqrt(static_cast<double>(in * spec.shape[2] * spec.shape[3])) : 4;
    const double gain_of = is_weight ? gain : 1;
    const double offset = spec.name.ends_with(".scale") ? 1 : 0;
    std::vector<float> values;
    for (const double v : formula(spec.name, count))
      values.push_back(static_cast<float>(offset + gain_of * v / divisor));
    NamedTensor tensor{spec.name, DType::f32, spec.shape, std::vector<std::byte>(count * sizeof(float))};
    std::memcpy(tensor.data.data(), values.data(), tensor.data.size());
    tensors.push_back(std::move(tensor));
  }
  const TempDir folder;
  write_safetensors(folder / "formula.safetensors", tensors, metadata);
  return Weights::open(folder / "formula.safetensors");  // stays mapped when the folder goes
}

}  // namespace impasto::test
