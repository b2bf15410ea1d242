// Runs one op of the frame on a backend, with guard bytes about every buffer and poison in every output and in the
// workspace.
#pragma once

#include "runtime/backend.h"
#include "tests/reference/frame_ops.h"
#include "tests/support.h"

#include <cstring>
#include <random>

namespace impasto::test {

// Copies, in the order of what the backend runs; they return when the bytes have moved.
inline void upload(Backend& backend, std::byte* device, std::span<const std::byte> host) {
  if (backend.host_accessible()) {
    std::copy(host.begin(), host.end(), device);
    return;
  }
  const auto staged = backend.allocate_host(std::max<std::size_t>(host.size(), 1));
  std::copy(host.begin(), host.end(), staged->data());
  const auto flight = backend.make_flight(0);
  flight->upload(device, {staged->data(), host.size()});
  flight->compute([] {});
  flight->wait();
}
inline void download(Backend& backend, std::span<std::byte> host, const std::byte* device) {
  if (backend.host_accessible()) {
    std::copy_n(device, host.size(), host.begin());
    return;
  }
  const auto staged = backend.allocate_host(std::max<std::size_t>(host.size(), 1));
  const auto flight = backend.make_flight(0);
  flight->compute([] {});
  flight->download({staged->data(), host.size()}, device);
  flight->wait();
  std::copy_n(staged->data(), host.size(), host.begin());
}

// Device memory full of NaN between guard bytes. On a host under AddressSanitizer, which guards what a backend
// allocates, without them.
class Guarded {
 public:
  Guarded(Backend& backend, std::size_t bytes)
      : backend_(backend), bytes_(bytes), memory_(backend.allocate(bytes + 2 * kGuard)) {
    poison();
  }
  void poison() {
    std::vector<std::byte> all(kGuard, kMark);
    all.resize(kGuard + bytes_, std::byte{0xFF});
    all.resize(all.size() + kGuard, kMark);
    if (!all.empty()) upload(backend_, memory_->data(), all);
  }
  [[nodiscard]] std::byte* data() const { return memory_->data() + kGuard; }
  // Fails the test if a guard byte has changed.
  [[nodiscard]] std::vector<std::byte> download() const {
    std::vector<std::byte> all(bytes_ + 2 * kGuard);
    if (!all.empty()) test::download(backend_, all, memory_->data());
    const auto end = all.end() - kGuard;
    const auto marked = [](std::byte b) { return b == kMark; };
    CHECK(std::all_of(all.begin(), all.begin() + kGuard, marked));
    CHECK(std::all_of(end, all.end(), marked));
    return {all.begin() + kGuard, end};
  }

 private:
  static constexpr std::byte kMark{0xA5};
#ifdef __SANITIZE_ADDRESS__
  static constexpr std::ptrdiff_t kGuard = 0;
#else
  static constexpr std::ptrdiff_t kGuard = 256;
#endif
  Backend& backend_;
  std::size_t bytes_;
  std::unique_ptr<Memory> memory_;
};

inline double read_value(const std::byte* data, DType dtype, std::size_t i) {
  switch (dtype) {
    case DType::u8:
      return static_cast<double>(reinterpret_cast<const std::uint8_t*>(data)[i]);
    case DType::i8:
      return static_cast<double>(reinterpret_cast<const std::int8_t*>(data)[i]);
    case DType::u16:
      return static_cast<double>(reinterpret_cast<const std::uint16_t*>(data)[i]);
    case DType::f32:
      return static_cast<double>(reinterpret_cast<const float*>(data)[i]);
    case DType::bf16:
      return static_cast<double>(bf16_to_f32(reinterpret_cast<const std::uint16_t*>(data)[i]));
    case DType::f16:
      break;
  }
  return static_cast<double>(f16_to_f32(reinterpret_cast<const std::uint16_t*>(data)[i]));
}

inline void write_value(std::byte* data, DType dtype, std::size_t i, double value) {
  switch (dtype) {
    case DType::u8:
      reinterpret_cast<std::uint8_t*>(data)[i] = static_cast<std::uint8_t>(value);
      return;
    case DType::i8:
      reinterpret_cast<std::int8_t*>(data)[i] = static_cast<std::int8_t>(value);
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
      reinterpret_cast<std::uint16_t*>(data)[i] = f32_to_f16(static_cast<float>(value));
      return;
  }
}

// An input: its values and element type; a map without values is an absent input.
struct Input {
  reference::Map map;
  DType dtype;
};

// Outputs of the op, in order. Fails the test if a guard is touched, an input changed, or two runs differ.
inline std::vector<reference::Map> run_op(Backend& backend, const Op& op, const std::vector<Input>& inputs) {
  Graph graph;
  std::vector<TensorId> ids;
  for (const Input& input : inputs) {
    const Shape shape{1, input.map.h, input.map.w, input.map.c};
    ids.push_back(input.map.v.empty() ? kAbsent : graph.input("in", shape, input.dtype));
  }
  graph.append_planes("op", op, ids);
  const Node& node = graph.nodes().front();
  const Prepared prepared = backend.prepare(graph);
  Kernel* kernel = prepared.kernels.front().get();

  std::vector<Guarded> in, out;
  std::vector<std::vector<std::byte>> in_bytes;
  std::vector<std::byte*> in_pointers, out_pointers;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto& [map, dtype] = inputs[i];
    in_bytes.emplace_back(map.v.size() * size_of(dtype));
    for (std::size_t k = 0; k < map.v.size(); ++k) write_value(in_bytes[i].data(), dtype, k, map.v[k]);
    in.emplace_back(backend, in_bytes[i].size());
    if (!in_bytes[i].empty()) upload(backend, in[i].data(), in_bytes[i]);
    in_pointers.push_back(ids[i] == kAbsent ? nullptr : in[i].data());
  }
  for (const TensorId id : node.outputs) out.emplace_back(backend, graph.tensor(id).bytes());
  for (const Guarded& buffer : out) out_pointers.push_back(buffer.data());

  std::vector<std::vector<std::byte>> first;
  for (int run = 0; run < 2; ++run) {
    const Guarded workspace(backend, kernel->workspace_bytes());
    for (Guarded& buffer : out) buffer.poison();
    kernel->run({in_pointers, out_pointers, workspace.data()});
    static_cast<void>(workspace.download());
    for (std::size_t i = 0; i < in.size(); ++i) CHECK(in[i].download() == in_bytes[i]);
    for (std::size_t i = 0; i < out.size(); ++i) {
      std::vector<std::byte> bytes = out[i].download();
      if (run == 1) CHECK(first[i] == bytes);
      if (run == 0) first.push_back(std::move(bytes));
    }
  }
  std::vector<reference::Map> maps;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const TensorInfo& info = graph.tensor(node.outputs[i]);
    reference::Map map(info.shape.h, info.shape.w, info.shape.c);
    for (std::size_t k = 0; k < map.v.size(); ++k) map.v[k] = read_value(first[i].data(), info.dtype, k);
    maps.push_back(std::move(map));
  }
  return maps;
}

// What holds for an op on every backend.
struct PixelCheck {
  std::string_view name;
  void (*check)(Backend&);
};
inline void run_checks(Backend& backend, std::span<const PixelCheck> checks) {
  for (const PixelCheck& c : checks) {
    DYNAMIC_SECTION(c.name) {
      c.check(backend);
    }
  }
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
