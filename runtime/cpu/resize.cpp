#include "runtime/cpu/kernels.h"
#include "runtime/cpu/rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace impasto::cpu {
namespace {

class NearestKernel : public Kernel {
 public:
  NearestKernel(const Build& build, const Node& node) : in_(build.in(node)), out_(build.out(node)) {}

  [[nodiscard]] std::string_view name() const noexcept override { return "copy"; }
  void run(const Binding& binding) override {
    const int times_h = out_.shape.h / in_.shape.h;
    const int times_w = out_.shape.w / in_.shape.w;
    const std::size_t pixel = in_.pixel_bytes();
    const auto task = [&](int n, int y) {
      const std::byte* in = in_.row(binding.inputs[0], n, y);
      std::byte* first = out_.row(binding.outputs[0], n, y * times_h);
      for (int i = 0; i < times_w; ++i) {
        copy_runs(first + static_cast<std::size_t>(i) * pixel, static_cast<std::size_t>(times_w) * pixel, in, pixel,
                  pixel, in_.shape.w);
      }
      for (int i = 0; i < times_h; ++i) {
        std::byte* row = out_.row(binding.outputs[0], n, y * times_h + i);
        if (i > 0) std::memcpy(row, first, static_cast<std::size_t>(out_.shape.w) * pixel);
        out_.finish_row(binding.outputs[0], n, y * times_h + i);
      }
    };
    for_rows({in_.shape.n, in_.shape.h, out_.shape.w, out_.shape.c}, task);
  }

 private:
  Layout in_, out_;
};

// Half-pixel centres, clamped at the border.
class BilinearKernel : public Kernel {
 public:
  BilinearKernel(const Build& build, const Node& node)
      : in_(build.in(node)), out_(build.out(node)), name_(simd_name()) {
    for (int x = 0; x < out_.shape.w; ++x) {
      const Position p = position(x, in_.shape.w, out_.shape.w);
      const auto c = static_cast<std::size_t>(in_.shape.c);
      columns_.push_back(
          {static_cast<std::size_t>(p.first) * c, static_cast<std::size_t>(p.second - p.first) * c, p.weight});
    }
  }

  [[nodiscard]] std::string_view name() const noexcept override { return name_; }
  [[nodiscard]] std::size_t workspace_bytes() const noexcept override {
    return static_cast<std::size_t>(out_.shape.n) * static_cast<std::size_t>(out_.shape.h) * blended_bytes();
  }
  void run(const Binding& binding) override {
    for_rows(out_.shape, [&](int n, int y) {
      const Position p = position(y, in_.shape.h, out_.shape.h);
      const auto index = static_cast<std::size_t>(n * out_.shape.h + y);
      auto* blended = reinterpret_cast<float*>(binding.workspace + index * blended_bytes());
      blend_rows(p.weight, in_.dtype, in_.row(binding.inputs[0], n, p.first), in_.row(binding.inputs[0], n, p.second),
                 blended, in_.row_values());
      blend_columns(columns_, in_.shape.c, blended, out_.dtype, out_.row(binding.outputs[0], n, y));
    });
  }

 private:
  struct Position {
    int first, second;
    float weight;  // of the second
  };
  static Position position(int out, int in_size, int out_size) {
    const double centre = (out + 0.5) * in_size / out_size - 0.5;
    const double clamped = std::clamp(centre, 0.0, static_cast<double>(in_size - 1));
    const auto first = static_cast<int>(clamped);
    return {first, std::min(first + 1, in_size - 1), static_cast<float>(clamped - first)};
  }
  [[nodiscard]] std::size_t blended_bytes() const noexcept { return align_up(in_.row_values() * sizeof(float)); }

  Layout in_, out_;
  std::vector<ColumnBlend> columns_;
  std::string name_;
};

}  // namespace

std::unique_ptr<Kernel> make_nearest(const Build& build, const Node& node) {
  return std::make_unique<NearestKernel>(build, node);
}
std::unique_ptr<Kernel> make_bilinear(const Build& build, const Node& node) {
  return std::make_unique<BilinearKernel>(build, node);
}

}  // namespace impasto::cpu
