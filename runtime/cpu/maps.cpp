// The ops on maps that have no weights; each row of the output is made by itself.
#include "runtime/cpu/kernels.h"
#include "runtime/cpu/rows.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

namespace impasto::cpu {
namespace {

// Calls body(binding, n, y) for each row of `rows`; the body writes what of the output comes from it.
template <typename Body>
class RowKernel : public Kernel {
 public:
  RowKernel(const Shape& rows, Body body, std::size_t workspace_bytes)
      : rows_(rows), body_(std::move(body)), workspace_bytes_(workspace_bytes), name_(simd_name()) {}

  [[nodiscard]] std::string_view name() const noexcept override { return name_; }
  [[nodiscard]] std::size_t workspace_bytes() const noexcept override { return workspace_bytes_; }
  void run(const Binding& binding) override {
    for_rows(rows_, [&](int n, int y) { body_(binding, n, y); });
  }

 private:
  Shape rows_;
  Body body_;
  std::size_t workspace_bytes_;
  std::string name_;
};

template <typename Body>
std::unique_ptr<Kernel> by_rows(const Shape& rows, Body body, std::size_t workspace_bytes = 0) {
  return std::make_unique<RowKernel<Body>>(rows, std::move(body), workspace_bytes);
}

// x * g + y is a normalisation with mean and beta 0 and gain g.
class GateKernel : public Kernel {
 public:
  GateKernel(const Build& build, const Node& node)
      : in_(build.in(node)),
        factor_(build.in(node, 1)),
        addend_(has_input(node, 2) ? build.in(node, 2) : Layout{}),
        out_(build.out(node)),
        factors_(static_cast<std::size_t>(in_.shape.c)),
        gain_(table_size(in_.shape.c)),
        zeros_(gain_.size(), 0.0F),
        name_(simd_name()) {}

  [[nodiscard]] std::string_view name() const noexcept override { return name_; }
  void run(const Binding& binding) override {
    const std::byte* addend = binding.inputs.size() > 2 ? binding.inputs[2] : nullptr;
    for (int n = 0; n < in_.shape.n; ++n) {
      convert_row(1, factor_.dtype, factor_.row(binding.inputs[1], n, 0), DType::f32,
                  reinterpret_cast<std::byte*>(factors_.data()), factors_.size());
      fill_table(factors_, gain_);
      const Normalise gate{.mean = zeros_.data(), .gain = gain_.data(), .beta = zeros_.data(), .period = gain_.size()};
      for_rows({1, in_.shape.h, in_.shape.w, in_.shape.c}, [&](int, int y) {
        normalise_row(gate, in_.dtype, in_.row(binding.inputs[0], n, y),
                      addend == nullptr ? nullptr : addend_.row(addend, n, y), out_.dtype,
                      out_.row(binding.outputs[0], n, y), out_.row_values());
        out_.finish_row(binding.outputs[0], n, y);
      });
    }
  }

 private:
  Layout in_, factor_, addend_, out_;
  std::vector<float> factors_, gain_, zeros_;
  std::string name_;
};

// Where an output position falls among the input's, half-pixel centres, clamped at the border.
struct Position {
  int first, second;
  float weight;  // of the second
};
Position position(int out, int in_size, int out_size) {
  const double centre = std::clamp((out + 0.5) * in_size / out_size - 0.5, 0.0, in_size - 1.0);
  const auto first = static_cast<int>(centre);
  return {first, std::min(first + 1, in_size - 1), static_cast<float>(centre - first)};
}

}  // namespace

std::unique_ptr<Kernel> make_convert(const Build& build, const Node& node, const Convert& op) {
  const auto row = [scale = op.scale, in = build.in(node), out = build.out(node)](const Binding& b, int n, int y) {
    convert_row(scale, in.dtype, in.row(b.inputs[0], n, y), out.dtype, out.row(b.outputs[0], n, y), out.row_values());
    out.finish_row(b.outputs[0], n, y);
  };
  return by_rows(build.out(node).shape, row);
}

std::unique_ptr<Kernel> make_add(const Build& build, const Node& node, const Add& op) {
  const auto row = [activation = op.activation, first = build.in(node, 0), second = build.in(node, 1),
                    out = build.out(node)](const Binding& b, int n, int y) {
    add_row(activation, out.dtype, first.row(b.inputs[0], n, y), second.row(b.inputs[1], n, y),
            out.row(b.outputs[0], n, y), out.row_values());
    out.finish_row(b.outputs[0], n, y);
  };
  return by_rows(build.out(node).shape, row);
}

std::unique_ptr<Kernel> make_gate(const Build& build, const Node& node) {
  return std::make_unique<GateKernel>(build, node);
}

std::unique_ptr<Kernel> make_nearest(const Build& build, const Node& node) {
  const auto row = [in = build.in(node), out = build.out(node)](const Binding& b, int n, int y) {
    const int times_h = out.shape.h / in.shape.h;
    const auto times_w = static_cast<std::size_t>(out.shape.w / in.shape.w);
    const std::size_t pixel = in.pixel_bytes();
    std::byte* first = out.row(b.outputs[0], n, y * times_h);
    for (std::size_t i = 0; i < times_w; ++i) {
      copy_runs(first + i * pixel, times_w * pixel, in.row(b.inputs[0], n, y), pixel, pixel, in.shape.w);
    }
    for (int i = y * times_h; i < (y + 1) * times_h; ++i) {
      std::byte* copy = out.row(b.outputs[0], n, i);
      if (copy != first) std::memcpy(copy, first, static_cast<std::size_t>(out.shape.w) * pixel);
      out.finish_row(b.outputs[0], n, i);
    }
  };
  const Shape& out = build.out(node).shape;
  return by_rows({out.n, build.in(node).shape.h, out.w, out.c}, row);
}

std::unique_ptr<Kernel> make_bilinear(const Build& build, const Node& node) {
  const Layout& in = build.in(node);
  const Layout& out = build.out(node);
  std::vector<ColumnBlend> columns;
  for (int x = 0; x < out.shape.w; ++x) {
    const Position p = position(x, in.shape.w, out.shape.w);
    const auto c = static_cast<std::size_t>(in.shape.c);
    columns.push_back(
        {static_cast<std::size_t>(p.first) * c, static_cast<std::size_t>(p.second - p.first) * c, p.weight});
  }
  const std::size_t blended_bytes = align_up(in.row_values() * sizeof(float));
  const auto row = [in, out, columns, blended_bytes](const Binding& b, int n, int y) {
    const Position p = position(y, in.shape.h, out.shape.h);
    auto* blended =
        reinterpret_cast<float*>(b.workspace + static_cast<std::size_t>(n * out.shape.h + y) * blended_bytes);
    blend_rows(p.weight, in.dtype, in.row(b.inputs[0], n, p.first), in.row(b.inputs[0], n, p.second), blended,
               in.row_values());
    blend_columns(columns, in.shape.c, blended, out.dtype, out.row(b.outputs[0], n, y));
  };
  return by_rows(out.shape, row, static_cast<std::size_t>(out.shape.n * out.shape.h) * blended_bytes);
}

}  // namespace impasto::cpu
