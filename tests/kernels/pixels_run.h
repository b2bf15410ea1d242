// Runs one pixel op with guard bytes about every buffer and poison in every output and in the workspace.
#pragma once

#include "runtime/cpu/cpu_backend.h"
#include "tests/reference/frame_ops.h"
#include "tests/support.h"

#include <cstring>
#include <random>

namespace impasto::test {

// 64-byte aligned bytes between two guards.
class Guarded {
 public:
  explicit Guarded(std::size_t bytes) : bytes_(bytes), store_(bytes + 2 * kGuard + 64, std::byte{0xA5}) {
    std::memset(data(), 0xFF, bytes);  // NaN as float
  }
  [[nodiscard]] std::byte* data() {
    const auto at = reinterpret_cast<std::uintptr_t>(store_.data()) + kGuard;
    return store_.data() + kGuard + (64 - at % 64) % 64;
  }
  [[nodiscard]] bool intact() {
    const auto guard = [](std::byte b) { return b == std::byte{0xA5}; };
    return std::all_of(store_.data(), data(), guard) &&
           std::all_of(data() + bytes_, store_.data() + store_.size(), guard);
  }

 private:
  static constexpr std::size_t kGuard = 192;
  std::size_t bytes_;
  std::vector<std::byte> store_;
};

inline double read_value(const std::byte* data, DType dtype, std::size_t i) {
  switch (dtype) {
    case DType::u8:
      return static_cast<double>(reinterpret_cast<const std::uint8_t*>(data)[i]);
    case DType::u16:
      return static_cast<double>(reinterpret_cast<const std::uint16_t*>(data)[i]);
    case DType::f32:
      return static_cast<double>(reinterpret_cast<const float*>(data)[i]);
    case DType::bf16:
      return static_cast<double>(bf16_to_f32(reinterpret_cast<const std::uint16_t*>(data)[i]));
    case DType::f16:
      break;
  }
  throw std::runtime_error("read_value: f16");
}

inline void write_value(std::byte* data, DType dtype, std::size_t i, double value) {
  switch (dtype) {
    case DType::u8:
      reinterpret_cast<std::uint8_t*>(data)[i] = static_cast<std::uint8_t>(value);
      return;
    case DType::u16:
      reinterpret_cast<std::uint16_t*>(data)[i] = static_cast<std::uint16_t>(value);
      return;
    case DType::f32:
      reinterpret_cast<float*>(data)[i] = static_cast<float>(value);
      return;
    case DType::bf16:
      reinterpret_cast<std::uint16_t*>(data)[i] = f32_to_bf16(static_cast<float>(value));
      return;
    case DType::f16:
      break;
  }
  throw std::runtime_error("write_value: f16");
}

// An input: its values and element type; a map without values is an absent input.
struct Input {
  reference::Map map;
  DType dtype;
};

// Outputs of the op, in order. Fails the test if a guard is touched, an input changed, or two runs differ.
inline std::vector<reference::Map> run_op(const Op& op, const std::vector<Input>& inputs) {
  Graph graph;
  std::vector<TensorId> ids;
  for (const Input& input : inputs) {
    const Shape shape{1, input.map.h, input.map.w, input.map.c};
    ids.push_back(input.map.v.empty() ? kAbsent : graph.input("in", shape, input.dtype));
  }
  graph.append_planes("op", op, ids);
  const Node& node = graph.nodes().front();
  const std::unique_ptr<Backend> backend = make_cpu_backend();
  const Prepared prepared = backend->prepare(graph);
  Kernel* kernel = prepared.kernels.front().get();

  std::vector<Guarded> in, out;
  std::vector<std::byte*> in_pointers, out_pointers;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    in.emplace_back(inputs[i].map.v.size() * size_of(inputs[i].dtype));
    for (std::size_t k = 0; k < inputs[i].map.v.size(); ++k) {
      write_value(in[i].data(), inputs[i].dtype, k, inputs[i].map.v[k]);
    }
  }
  for (std::size_t i = 0; i < in.size(); ++i) in_pointers.push_back(ids[i] == kAbsent ? nullptr : in[i].data());
  for (const TensorId id : node.outputs) out.emplace_back(graph.tensor(id).bytes());
  for (Guarded& buffer : out) out_pointers.push_back(buffer.data());

  std::vector<std::vector<std::byte>> first;
  for (int run = 0; run < 2; ++run) {
    Guarded workspace(kernel->workspace_bytes());
    for (std::size_t i = 0; i < out.size(); ++i)
      std::memset(out_pointers[i], 0xFF, graph.tensor(node.outputs[i]).bytes());
    kernel->run({in_pointers, out_pointers, workspace.data()});
    CHECK(workspace.intact());
    for (Guarded& buffer : in) CHECK(buffer.intact());
    for (Guarded& buffer : out) CHECK(buffer.intact());
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::size_t bytes = graph.tensor(node.outputs[i]).bytes();
      if (run == 0) first.emplace_back(out_pointers[i], out_pointers[i] + bytes);
      if (run == 1) CHECK(std::memcmp(first[i].data(), out_pointers[i], bytes) == 0);
    }
  }
  std::vector<reference::Map> maps;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const TensorInfo& info = graph.tensor(node.outputs[i]);
    reference::Map map(info.shape.h, info.shape.w, info.shape.c);
    for (std::size_t k = 0; k < map.v.size(); ++k) map.v[k] = read_value(out_pointers[i], info.dtype, k);
    maps.push_back(std::move(map));
  }
  return maps;
}

// Uniform values in low..high, the same on every machine; whole numbers for integer types.
inline reference::Map random_map(int h, int w, int c, double low, double high, std::uint64_t seed, bool whole = false) {
  reference::Map map(h, w, c);
  std::mt19937_64 engine(seed);
  for (double& v : map.v) {
    v = low + (high - low) * (static_cast<double>(engine() >> 11) * 0x1p-53);
    v = whole ? std::floor(v + 0.5) : static_cast<double>(static_cast<float>(v));
  }
  return map;
}

// Random planes; `smooth` keeps out of the extremes.
inline std::vector<Input> random_planes(const PixelFormat& format, int h, int w, std::uint64_t seed) {
  std::vector<Input> planes;
  for (const Shape& s : format.plane_shapes(h, w)) {
    planes.push_back({random_map(s.h, s.w, s.c, 0, (1 << format.depth) - 1, seed++, true), format.dtype()});
  }
  return planes;
}

inline reference::Planes maps_of(const std::vector<Input>& inputs) {
  reference::Planes planes;
  for (const Input& input : inputs) planes.push_back(input.map);
  return planes;
}

inline double largest_difference(const reference::Map& a, const reference::Map& b) {
  return difference<double, double>(a.v, b.v).largest;
}

// Difference of whole samples from exact ones beyond what rounding (or truncation) explains; exact values are clipped
// first.
inline double beyond_rounding(const reference::Map& samples, const reference::Map& exact, int depth) {
  if (samples.v.size() != exact.v.size()) return std::nan("");
  double worst = 0;
  for (std::size_t i = 0; i < exact.v.size(); ++i) {
    const double e = std::abs(samples.v[i] - std::clamp(exact.v[i], 0.0, std::pow(2, depth) - 1)) - 0.5;
    worst = !(e <= worst) ? e : worst;
  }
  return worst;
}

}  // namespace impasto::test
