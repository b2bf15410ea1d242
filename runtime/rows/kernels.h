// What the cpu device's kernels are made from, and the makers of those that work row by row.
#pragma once

#include "runtime/backend.h"
#include "runtime/rows/layout.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace impasto::cpu {

// A graph while its kernels are made.
struct Build {
  const std::vector<Layout>& layouts;  // by TensorId
  int threads;

  [[nodiscard]] const Layout& in(const Node& node, std::size_t i = 0) const {
    return layouts[static_cast<std::size_t>(node.inputs[i])];
  }
  [[nodiscard]] const Layout& out(const Node& node) const {
    return layouts[static_cast<std::size_t>(node.outputs.front())];
  }
};

[[nodiscard]] inline bool has_input(const Node& node, std::size_t i) {
  return i < node.inputs.size() && node.inputs[i] != kAbsent;
}

// The kernel of a node whose op is `op`: norm.cpp, maps.cpp, portrait_input.cpp, inspect.cpp.
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const InstanceNorm& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MergeMoments& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Normalise& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const GlobalAverage& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Softmax& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const PortraitInput& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Inspect& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Pad& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Convert& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Add& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Gate& op);
std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Store& op);

// Resizes of maps (maps.cpp).
std::unique_ptr<Kernel> make_nearest(const Build& build, const Node& node);
std::unique_ptr<Kernel> make_bilinear(const Build& build, const Node& node);

// A kernel that is a function of the binding.
template <typename Run>
class FunctionKernel final : public Kernel {
 public:
  FunctionKernel(std::string name, Run run, std::size_t workspace_bytes)
      : name_(std::move(name)), run_(std::move(run)), workspace_bytes_(workspace_bytes) {}
  [[nodiscard]] std::string_view name() const noexcept override { return name_; }
  [[nodiscard]] std::size_t workspace_bytes() const noexcept override { return workspace_bytes_; }
  void run(const Binding& binding) override { run_(binding); }

 private:
  std::string name_;
  Run run_;
  std::size_t workspace_bytes_;
};
template <typename Run>
std::unique_ptr<Kernel> kernel_of(std::string name, Run run, std::size_t workspace_bytes = 0) {
  return std::make_unique<FunctionKernel<Run>>(std::move(name), std::move(run), workspace_bytes);
}

// Calls body(n, y) for each row of each picture, in parallel where there is enough to do. The split depends on the
// number of threads, the results must not.
template <typename Body>
void for_rows(const Shape& shape, const Body& body) {
  const std::int64_t rows = std::int64_t{shape.n} * shape.h;
#pragma omp parallel for schedule(static) if (shape.count() > 16384)
  for (std::int64_t i = 0; i < rows; ++i) body(static_cast<int>(i / shape.h), static_cast<int>(i % shape.h));
}

// Rows to work on at a time where the result is an intermediate that had better stay in the cores' caches.
[[nodiscard]] inline int strip_rows(int rows, std::size_t row_bytes, int threads) {
  constexpr std::size_t kBytesForEachCore = std::size_t{512} << 10;
  const std::size_t fit = kBytesForEachCore * static_cast<std::size_t>(threads) / row_bytes;
  return std::clamp(static_cast<int>(std::min<std::size_t>(fit, 1 << 20)), std::min(4 * threads, rows), rows);
}

[[nodiscard]] constexpr std::size_t align_up(std::size_t bytes) {
  return (bytes + 63) / 64 * 64;
}

}  // namespace impasto::cpu
