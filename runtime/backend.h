// Backend: what a device has to offer to run a Graph. Implemented by runtime/cpu and by runtime/kernel (simt, cuda).
#pragma once

#include "runtime/graph.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace impasto {

// A block of device memory, freed with its owner.
class Memory {
 public:
  virtual ~Memory() = default;
  [[nodiscard]] virtual std::byte* data() const noexcept = 0;
};

// Where a kernel finds its tensors in one run: pointers by the node's inputs and outputs (nullptr where absent).
struct Binding {
  std::span<std::byte* const> inputs;
  std::span<std::byte* const> outputs;
  std::byte* workspace = nullptr;
};

// One prepared node: weights packed, implementation chosen. run() neither allocates nor waits.
class Kernel {
 public:
  virtual ~Kernel() = default;
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;  // the rung or implementation that runs it
  [[nodiscard]] virtual std::size_t workspace_bytes() const noexcept { return 0; }
  virtual void run(const Binding& binding) = 0;
};

// A whole graph made ready for a device.
struct Prepared {
  std::vector<std::size_t> tensor_bytes;  // by TensorId; at least TensorInfo::bytes(), more where a layout needs it.
                                          // Graph inputs and outputs always lie dense in NHWC
  std::vector<std::unique_ptr<Kernel>> kernels;  // one a node, in order
};

// A wish: nodes of an op ("conv2d") run on one of its rungs, named "v2", "v2_shared_tile" or "conv2d_v2_shared_tile",
// where that takes them. Only backends over kernels/ have rungs.
struct ForcedRung {
  std::string op;
  std::string rung;
};

class Backend {
 public:
  virtual ~Backend() = default;
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;  // "cpu", "simt", "cuda"
  [[nodiscard]] virtual std::string device_name() const = 0;         // as the device names itself
  [[nodiscard]] virtual bool supports(Precision precision) const noexcept = 0;
  [[nodiscard]] virtual std::unique_ptr<Memory> allocate(std::size_t bytes) = 0;  // 64-byte aligned
  [[nodiscard]] virtual Prepared prepare(const Graph& graph) = 0;
  // Bring input bytes to the device and output bytes back; for cpu and simt host memory is device memory (plain
  // copies).
  virtual void upload(std::byte* device, std::span<const std::byte> host) = 0;
  virtual void download(std::span<std::byte> host, const std::byte* device) = 0;
  virtual void synchronise() = 0;
  // True where Engine::host() may hand out the device's own memory.
  [[nodiscard]] virtual bool host_accessible() const noexcept = 0;
};

}  // namespace impasto
