// Backend: what a device has to offer to run a Graph. Implemented by runtime/cpu and by runtime/kernel (simt, cuda).
#pragma once

#include "runtime/graph.h"
#include "runtime/roofline.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
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
  // Of a kernel that can work in place: input 0 may lie in the memory of output 0 if it ends at least so many bytes
  // behind it (0: where it ends), and nothing has to be left of it.
  [[nodiscard]] virtual std::optional<std::size_t> in_place_gap() const noexcept { return std::nullopt; }
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

// A run's way through a device: copies to it, nodes, copies back. A backend has one or several, and a flight is used
// again when wait() has returned. The nodes of all flights run in the order of compute(); the copies of one may run
// beside the nodes of another. All calls but wait() may return before the work is done.
class Flight {
 public:
  virtual ~Flight() = default;
  // Host memory is of Backend::allocate_host() and stays as it is until wait() has returned.
  virtual void upload(std::byte* device, std::span<const std::byte> host) = 0;
  // `nodes` runs kernels, the same ones each time: a device may record what it launches and repeat that without a call.
  virtual void compute(const std::function<void()>& nodes) = 0;
  // The same with a clock: `nodes` is always called, and calls lap() before the first node and after each.
  virtual void compute_timed(const std::function<void()>& nodes) = 0;
  virtual void lap() = 0;
  virtual void download(std::span<std::byte> host, const std::byte* device) = 0;
  // Until all of it is done. Throws Error if the device has failed.
  virtual void wait() = 0;
  // Milliseconds between lap `i` and the next.
  [[nodiscard]] virtual double lap_ms(std::size_t i) const = 0;
};

// Of a device whose memory is the host's: does everything at once.
[[nodiscard]] std::unique_ptr<Flight> make_host_flight(std::size_t laps);

class Backend {
 public:
  virtual ~Backend() = default;
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;  // "cpu", "simt", "cuda"
  [[nodiscard]] virtual std::string device_name() const = 0;         // as the device names itself
  [[nodiscard]] virtual bool supports(Precision precision) const noexcept = 0;
  // Throws std::bad_alloc.
  [[nodiscard]] virtual std::unique_ptr<Memory> allocate(std::size_t bytes) = 0;  // 64-byte aligned
  [[nodiscard]] virtual Prepared prepare(const Graph& graph) = 0;
  // Whether fuse() may make this fused convolution of nodes of the graph.
  [[nodiscard]] virtual bool fuses(const Graph& /*graph*/, const Node& /*node*/) const { return false; }
  // Pixels of the parts that it would measure for the norm behind (Joined::moments_part).
  [[nodiscard]] virtual int moments_part(const Graph& /*graph*/, const Node& /*node*/) const { return 1; }
  // Sets every byte of device memory, in the order of the nodes.
  virtual void fill(std::byte* device, std::byte value, std::size_t bytes) = 0;

  // What it can do at most, measured now; nothing where that is not known, or times say nothing (simt).
  [[nodiscard]] virtual std::optional<Peaks> measure_peaks() { return std::nullopt; }

  // True where the host works on the device's own memory and nothing runs beside it: cpu and simt. The rest is for
  // devices where that is not so.
  [[nodiscard]] virtual bool host_accessible() const noexcept = 0;
  // Host memory that the device can copy from and to while the host does something else. Throws std::bad_alloc.
  [[nodiscard]] virtual std::unique_ptr<Memory> allocate_host(std::size_t bytes) { return allocate(bytes); }
  // `laps`: how often lap() is called in a run.
  [[nodiscard]] virtual std::unique_ptr<Flight> make_flight(std::size_t laps) { return make_host_flight(laps); }
};

}  // namespace impasto
