// Runs a graph with each tensor and workspace in memory of its own: filled with NaN before the run and with guard bytes
// on both sides that must not change. Twice, and the second run must give the same bits.
#pragma once

#include "runtime/backend.h"
#include "tests/reference/net_ops.h"
#include "tests/support.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <span>
#include <vector>

namespace impasto::test {

class GuardedBytes {
 public:
  explicit GuardedBytes(std::size_t bytes) : bytes_(bytes), storage_(bytes + 3 * kGuard) {
    const auto address = reinterpret_cast<std::uintptr_t>(storage_.data()) + kGuard;
    first_ = kGuard + (kGuard - address % kGuard) % kGuard;
    std::fill(storage_.begin(), storage_.end(), kMark);
    poison();
  }
  void poison() { std::fill_n(data(), bytes_, std::byte{0xFF}); }  // NaN in every float type
  [[nodiscard]] std::byte* data() { return storage_.data() + first_; }
  [[nodiscard]] bool intact() const {
    const auto is_mark = [](std::byte b) { return b == kMark; };
    const auto begin = storage_.begin() + static_cast<std::ptrdiff_t>(first_);
    return std::all_of(storage_.begin(), begin, is_mark) &&
           std::all_of(begin + static_cast<std::ptrdiff_t>(bytes_), storage_.end(), is_mark);
  }

 private:
  static constexpr std::size_t kGuard = 64;
  static constexpr std::byte kMark{0xA5};
  std::size_t bytes_;
  std::vector<std::byte> storage_;
  std::size_t first_ = 0;
};

// The bytes of tensor `out` after the run. `feeds` are the graph's inputs; host memory is device memory.
inline std::vector<std::byte> run_guarded(const Graph& graph, Backend& backend,
                                          const std::map<TensorId, std::vector<std::byte>>& feeds, TensorId out) {
  const Prepared prepared = backend.prepare(graph);
  std::vector<GuardedBytes> tensors(prepared.tensor_bytes.begin(), prepared.tensor_bytes.end());
  std::vector<std::byte> results[2];
  for (auto& result : results) {
    for (GuardedBytes& tensor : tensors) tensor.poison();
    for (const auto& [id, bytes] : feeds) {
      std::memcpy(tensors[static_cast<std::size_t>(id)].data(), bytes.data(), bytes.size());
    }
    for (std::size_t i = 0; i < prepared.kernels.size(); ++i) {
      const Node& node = graph.nodes()[i];
      const auto pointers = [&](const std::vector<TensorId>& ids) {
        std::vector<std::byte*> list;
        for (const TensorId id : ids) {
          list.push_back(id == kAbsent ? nullptr : tensors[static_cast<std::size_t>(id)].data());
        }
        return list;
      };
      GuardedBytes workspace(prepared.kernels[i]->workspace_bytes());
      const std::vector<std::byte*> inputs = pointers(node.inputs);
      const std::vector<std::byte*> outputs = pointers(node.outputs);
      prepared.kernels[i]->run({inputs, outputs, workspace.data()});
      INFO(node.name << " by " << prepared.kernels[i]->name());
      REQUIRE(workspace.intact());
      for (const GuardedBytes& tensor : tensors) REQUIRE(tensor.intact());
    }
    const std::byte* data = tensors[static_cast<std::size_t>(out)].data();
    result.assign(data, data + graph.tensor(out).bytes());
  }
  REQUIRE(results[0] == results[1]);
  return results[0];
}

// ---- Values as a type stores them -----------------------------------------------------------------------------------

inline std::vector<std::byte> to_bytes(std::span<const float> values, DType dtype) {
  std::vector<std::byte> bytes(values.size() * size_of(dtype));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint16_t half = dtype == DType::f16 ? f32_to_f16(values[i]) : f32_to_bf16(values[i]);
    const void* source = dtype == DType::f32 ? static_cast<const void*>(&values[i]) : &half;
    std::memcpy(bytes.data() + i * size_of(dtype), source, size_of(dtype));
  }
  return bytes;
}

inline std::vector<double> from_bytes(std::span<const std::byte> bytes, DType dtype) {
  std::vector<double> values(bytes.size() / size_of(dtype));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::byte* p = bytes.data() + i * size_of(dtype);
    float single = 0;
    std::uint16_t half = 0;
    std::memcpy(dtype == DType::f32 ? static_cast<void*>(&single) : &half, p, size_of(dtype));
    if (dtype == DType::f16) single = f16_to_f32(half);
    if (dtype == DType::bf16) single = bf16_to_f32(half);
    values[i] = static_cast<double>(single);
  }
  return values;
}

inline std::vector<double> rounded(std::span<const float> values, DType dtype) {
  return from_bytes(to_bytes(values, dtype), dtype);
}

// Random input of a graph: its bytes, and the same values for the reference.
struct RandomInput {
  std::vector<std::byte> bytes;
  reference::Tensor tensor;
};
inline RandomInput random_input(const Shape& shape, DType dtype, std::uint64_t seed, float spread = 1,
                                float offset = 0) {
  std::vector<float> values = random_floats(static_cast<std::size_t>(shape.count()), seed);
  for (float& v : values) v = v * spread + offset;
  return {to_bytes(values, dtype), {shape, rounded(values, dtype)}};
}

// Half the distance between neighbouring values of the type, relative to the value.
inline double unit_roundoff(DType dtype) {
  return dtype == DType::f32 ? 0x1p-24 : dtype == DType::f16 ? 0x1p-11 : 0x1p-8;
}

// A float32 weight that lives as long as its values.
inline WeightView view_of(const std::vector<float>& values, std::vector<std::int64_t> shape, std::string name = "w") {
  return {std::move(name), DType::f32, std::move(shape), std::as_bytes(std::span(values))};
}

// Asserts |got - want| <= limit(i) for all i; NaN fails.
template <typename Limit>
void require_close(std::span<const double> got, std::span<const double> want, const Limit& limit) {
  REQUIRE(got.size() == want.size());
  std::size_t worst = 0;
  double worst_ratio = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double ratio = std::abs(got[i] - want[i]) / limit(i);
    if (!(ratio <= worst_ratio)) {
      worst_ratio = ratio;
      worst = i;
    }
    if (std::isnan(ratio)) break;
  }
  INFO("value " << worst << " is " << got[worst] << ", expected " << want[worst] << " within " << limit(worst));
  REQUIRE(worst_ratio <= 1);
}

}  // namespace impasto::test
