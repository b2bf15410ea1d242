#include "runtime/cpu/cpu_backend.h"

#include "runtime/cpu/choose_layouts.h"
#include "runtime/cpu/kernels.h"
#include "runtime/cpu/peaks.h"
#include "runtime/error.h"

#include <cpuid.h>
#include <omp.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <string>
#include <thread>
#include <utility>
#include <variant>

namespace impasto {
namespace {

using namespace cpu;

// Large blocks are in huge pages where the system gives them on request: a net walks through hundreds of megabytes, and
// each small page would cost a look into the page table.
class HostMemory : public Memory {
 public:
  explicit HostMemory(std::size_t bytes) : alignment_{bytes < 2 * kHugePage ? 64 : kHugePage} {
    const auto align = static_cast<std::size_t>(alignment_);
    const std::size_t whole = (std::max<std::size_t>(bytes, 1) + align - 1) / align * align;
    data_ = static_cast<std::byte*>(::operator new(whole, alignment_));
    if (align == kHugePage) madvise(data_, whole, MADV_HUGEPAGE);  // a wish; without it all works the same
  }
  ~HostMemory() override { ::operator delete(data_, alignment_); }
  HostMemory(const HostMemory&) = delete;
  HostMemory& operator=(const HostMemory&) = delete;
  [[nodiscard]] std::byte* data() const noexcept override { return data_; }

 private:
  static constexpr std::size_t kHugePage = std::size_t{2} << 20;
  std::align_val_t alignment_;
  std::byte* data_ = nullptr;
};

// OpenMP's number of threads belongs to the thread that calls, so each run sets it.
class OnThreads : public Kernel {
 public:
  OnThreads(int threads, std::unique_ptr<Kernel> kernel) : threads_(threads), kernel_(std::move(kernel)) {}
  [[nodiscard]] std::string_view name() const noexcept override { return kernel_->name(); }
  [[nodiscard]] std::size_t workspace_bytes() const noexcept override { return kernel_->workspace_bytes(); }
  [[nodiscard]] std::optional<std::size_t> in_place_gap() const noexcept override { return kernel_->in_place_gap(); }
  void run(const Binding& binding) override {
    omp_set_num_threads(threads_);
    kernel_->run(binding);
  }

 private:
  int threads_;
  std::unique_ptr<Kernel> kernel_;
};

// What OpenMP uses by itself: OMP_NUM_THREADS, else the cores that this process may use. Asked on a new thread, because
// this one's number may have been set.
int default_threads() {
  int count = 1;
  std::thread([&count] { count = omp_get_max_threads(); }).join();
  return count;
}

class CpuBackend : public Backend {
 public:
  explicit CpuBackend(int threads)
      : threads_(threads > 0 ? threads : default_threads()), engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {}

  [[nodiscard]] std::string_view name() const noexcept override { return "cpu"; }
  [[nodiscard]] std::string device_name() const override {
    std::array<unsigned, 12> words{};
    for (unsigned i = 0; i < 3; ++i) {
      unsigned* w = words.data() + 4 * i;
      if (__get_cpuid(0x80000002 + i, w, w + 1, w + 2, w + 3) == 0) return "cpu";
    }
    std::string brand(reinterpret_cast<const char*>(words.data()), sizeof words);
    return brand.c_str();  // up to the first NUL
  }
  [[nodiscard]] bool supports(Precision precision) const noexcept override {
    return precision == Precision::fp32 || (precision == Precision::bf16 && cpu_has_bf16());
  }
  [[nodiscard]] std::unique_ptr<Memory> allocate(std::size_t bytes) override {
    return std::make_unique<HostMemory>(bytes);
  }
  [[nodiscard]] Prepared prepare(const Graph& graph) override {
    omp_set_num_threads(threads_);  // kernels are made for this number
    const std::vector<Layout> layouts = choose_layouts(graph);
    Prepared prepared;
    for (const Layout& layout : layouts) prepared.tensor_bytes.push_back(layout.bytes());
    const DnnlBuild build{{layouts, threads_}, engine_, stream_};
    for (const Node& node : graph.nodes()) {
      prepared.kernels.push_back(std::make_unique<OnThreads>(threads_, prepare_node(build, node)));
    }
    return prepared;
  }
  [[nodiscard]] bool fuses(const Graph& graph, const Node& node) const override { return cpu::fuses(graph, node); }
  // A row of the output.
  [[nodiscard]] int moments_part(const Graph& graph, const Node& node) const override {
    return graph.tensor(node.outputs[0]).shape.w;
  }
  void fill(std::byte* device, std::byte value, std::size_t bytes) override { std::fill_n(device, bytes, value); }
  [[nodiscard]] std::optional<Peaks> measure_peaks() override { return cpu::measure_peaks(threads_); }
  [[nodiscard]] bool host_accessible() const noexcept override { return true; }

 private:
  static std::unique_ptr<Kernel> prepare_node(const DnnlBuild& build, const Node& node) {
    try {
      return std::visit([&](const auto& op) { return make_kernel(build, node, op); }, node.op);
    } catch (const dnnl::error& error) {
      fail("{} ({}): oneDNN cannot prepare it: {}", node.name, op_name(node.op), error.what());
    }
  }

  int threads_;
  dnnl::engine engine_;
  dnnl::stream stream_;
};

}  // namespace

std::unique_ptr<Backend> make_cpu_backend(int threads) {
  if (threads < 0) fail("{} threads, expected 0 or more", threads);
  return std::make_unique<CpuBackend>(threads);
}

bool cpu_has_bf16() {
  return has_isa(dnnl::cpu_isa::avx512_core_bf16);
}

}  // namespace impasto
