#include "runtime/cpu/choose_layouts.h"
#include "runtime/cpu/conv_primitive.h"
#include "runtime/cpu/filters.h"
#include "runtime/rows/rows.h"
#include "runtime/rows/tiles.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace impasto::cpu {
namespace {

// A whole tensor at once.
class Conv : public Kernel {
 public:
  Conv(const DnnlBuild& build, const Node& node, const Conv2d& op)
      : out_(build.out(node)),
        input_(build.in(node), wanted_border(node), out_.dtype, blocks_of(build.in(node).channels())),
        primitive_(build, problem(node, op), filter_of(node, op, build.in(node).channels()).values, bias_of(node)) {}

  [[nodiscard]] std::string_view name() const noexcept override { return primitive_.name(); }
  [[nodiscard]] std::size_t workspace_bytes() const noexcept override {
    return input_.workspace_bytes() + primitive_.scratch_bytes();
  }
  void run(const Binding& binding) override {
    const std::byte* x = input_.get(binding.inputs[0], binding.workspace);
    if (const std::byte* residual = binding.inputs[1]; residual != nullptr) {
      const std::size_t row = out_.row_bytes();
      for_rows(out_.shape,
               [&](int n, int y) { std::memcpy(out_.row(binding.outputs[0], n, y), out_.row(residual, n, y), row); });
    }
    primitive_.run(x, binding.outputs[0], binding.workspace + input_.workspace_bytes());
  }

 private:
  [[nodiscard]] ConvProblem problem(const Node& node, const Conv2d& op) const {
    ConvProblem p{.x = input_.padded_shape(),
                  .k = op.k,
                  .r = op.r,
                  .s = op.s,
                  .stride = op.stride,
                  .groups = op.groups,
                  .in = out_.dtype,
                  .out = out_.dtype,
                  .activation = op.activation,
                  .residual = has_input(node, 1),
                  .blocked = out_.blocks > 1,
                  .winograd = out_.blocks > 1 && fits_winograd(node, input_.layout().channels())};
    if (input_.layout().border.empty()) p.zeros = {op.pad_top, op.pad_left, op.pad_bottom, op.pad_right};
    return p;
  }

  // Of the input, in the order that goes with the output's: by 16 channels where that divides them, else by one.
  [[nodiscard]] int blocks_of(int channels) const {
    if (out_.blocks == 1) return 1;
    return channels % 16 == 0 ? channels / 16 : channels;
  }

  Layout out_;
  BorderedInput input_;
  ConvPrimitive primitive_;
};

// With few outputs most of a vector of output channels would be empty.
bool is_wide_with_few_outputs(const Conv2d& op) {
  return op.k <= 4 && op.s >= 5 && op.stride == 1;
}

// A filter over pixels that count as one (side_by_side()), and what its tiles are.
struct Wide {
  int pixels;  // in one
  Filter filter;

  Wide(const Conv2d& op, Filter plain)
      : pixels(is_wide_with_few_outputs(op) ? 4 : 1),
        filter(pixels > 1 ? side_by_side(plain, pixels) : std::move(plain)) {}

  [[nodiscard]] TileShape tiles(const Conv2d& op, const Layout& out) const {
    return {.border = border_of(op),
            .rows = {.positions = out.shape.h, .advance = op.stride, .window = op.r},
            .columns = {.positions = (out.shape.w + pixels - 1) / pixels,
                        .advance = op.stride * pixels,
                        .window = filter.s * pixels},
            .position_bytes = static_cast<std::size_t>(filter.k) * size_of(out.dtype)};
  }
};

class TileConv : public TileKernel {
 public:
  TileConv(const DnnlBuild& build, const Node& node, const Conv2d& op)
      : TileConv(build, node, op, {op, filter_of(node, op, build.in(node).channels())}) {}

 private:
  TileConv(const DnnlBuild& build, const Node& node, const Conv2d& op, const Wide& wide)
      : TileKernel(build, node, op.joined, wide.tiles(op, build.out(node))),
        pixels_(wide.pixels),
        primitive_(build,
                   {.x = {1, in_rows(), in_columns() / wide.pixels, wide.filter.c},
                    .k = wide.filter.k,
                    .r = op.r,
                    .s = wide.filter.s,
                    .stride = op.stride,
                    .in = out().dtype,
                    .out = out().dtype,
                    .activation = op.activation},
                   wide.filter.values, bias_of(node, wide.pixels), build.threads) {
    set_name(primitive_.name() + " in tiles");
  }

  [[nodiscard]] std::size_t row_bytes() const noexcept {
    return static_cast<std::size_t>(tile_columns() * pixels_) * out_pixel_bytes();
  }
  [[nodiscard]] std::size_t made_bytes() const noexcept {
    return align_up(static_cast<std::size_t>(tile_rows()) * row_bytes());
  }
  [[nodiscard]] std::size_t own_bytes() const noexcept override { return made_bytes() + primitive_.scratch_bytes(); }

  void convolve(const Tile& tile) override {
    const int x = tile.columns.first * pixels_;
    const int width = std::min(tile.columns.count * pixels_, out().shape.w - x);
    // Whole rows of the output can be made where they lie.
    const bool there = tile_columns() * pixels_ == out().shape.w && tile.rows.count == tile_rows();
    std::byte* made = there ? place_for(tile, tile.rows.first, 0, tile.own) : tile.own;
    primitive_.run(tile.x, made, tile.own + made_bytes(), tile.thread);
    for (int i = 0; i < tile.rows.count; ++i) {
      finish(tile, tile.rows.first + i, x, width, made + static_cast<std::size_t>(i) * row_bytes());
    }
  }

  int pixels_;
  ConvPrimitive primitive_;
};

// A filter of many rows, in float32: Winograd's F(3,3) along the columns takes 5 products where there are 9, and beside
// so many products transforming costs little.
class WinogradRows : public TileKernel {
 public:
  WinogradRows(const DnnlBuild& build, const Node& node, const Conv2d& op)
      : WinogradRows(build, node, op, {op, filter_of(node, op, build.in(node).channels())}) {}

 private:
  WinogradRows(const DnnlBuild& build, const Node& node, const Conv2d& op, const Wide& wide)
      : TileKernel(build, node, op.joined, tiles(op, wide, build.out(node))),
        pixels_(wide.pixels),
        in_values_(static_cast<std::size_t>(in_columns()) * static_cast<std::size_t>(channels())),
        out_values_(static_cast<std::size_t>(tile_columns()) * static_cast<std::size_t>(wide.filter.k)),
        transformed_rows_(tile_rows() + op.r / kTileRows - 1) {
    const ConvProblem problem{.x = {1, transformed_rows_, in_columns() / wide.pixels, wide.filter.c},
                              .k = wide.filter.k,
                              .r = op.r / kTileRows,
                              .s = wide.filter.s};
    for (int i = 0; i < kComponents; ++i) {
      primitives_.emplace_back(build, problem, winograd_rows(wide.filter, i).values, std::span<const float>{},
                               build.threads);
    }
    set_name(primitives_.front().name() + " of F(3,3) rows");
  }

  static TileShape tiles(const Conv2d& op, const Wide& wide, const Layout& out) {
    TileShape shape = wide.tiles(op, out);
    shape.rows = {
        .positions = (out.shape.h + kTileRows - 1) / kTileRows, .advance = kTileRows, .window = op.r + kTileRows - 1};
    shape.position_bytes = kComponents * sizeof(float) * static_cast<std::size_t>(wide.filter.c + wide.filter.k);
    return shape;
  }

  [[nodiscard]] std::size_t in_floats() const noexcept {
    return static_cast<std::size_t>(transformed_rows_) * in_values_;
  }
  [[nodiscard]] std::size_t out_floats() const noexcept { return static_cast<std::size_t>(tile_rows()) * out_values_; }
  [[nodiscard]] std::size_t floats_bytes() const noexcept {
    return align_up((kComponents * (in_floats() + out_floats()) + kTileRows * out_values_) * sizeof(float));
  }
  [[nodiscard]] std::size_t own_bytes() const noexcept override {
    return floats_bytes() + primitives_.front().scratch_bytes();
  }

  void convolve(const Tile& tile) override {
    auto* in = reinterpret_cast<float*>(tile.own);
    float* out_components = in + kComponents * in_floats();
    float* spare = out_components + kComponents * out_floats();
    const auto each = [](auto* first, std::size_t step) {
      return std::array{first, first + step, first + 2 * step, first + 3 * step, first + 4 * step};
    };
    const int shared = transformed_rows_ - tile_rows();
    if (tile.continues) {
      for (std::size_t i = 0; i < kComponents; ++i) {
        float* first = in + i * in_floats();
        const float* last = first + static_cast<std::size_t>(tile_rows()) * in_values_;
        std::memmove(first, last, static_cast<std::size_t>(shared) * in_values_ * sizeof(float));
      }
    }
    for (int i = tile.continues ? shared : 0; i < tile.rows.count + shared; ++i) {
      const auto* x = reinterpret_cast<const float*>(tile.x) + static_cast<std::size_t>(i * kTileRows) * in_values_;
      winograd_in(each(x, in_values_), each(in + static_cast<std::size_t>(i) * in_values_, in_floats()), in_values_);
    }
    for (std::size_t i = 0; i < kComponents; ++i) {
      primitives_[i].run(reinterpret_cast<const std::byte*>(in + i * in_floats()),
                         reinterpret_cast<std::byte*>(out_components + i * out_floats()), tile.own + floats_bytes(),
                         tile.thread);
    }
    const int x = tile.columns.first * pixels_;
    const int width = std::min(tile.columns.count * pixels_, out().shape.w - x);
    for (int i = 0; i < tile.rows.count; ++i) {
      const int y = (tile.rows.first + i) * kTileRows;
      const int rows = std::min(kTileRows, out().shape.h - y);
      std::array<float*, kTileRows> made{};
      for (int row = 0; row < kTileRows; ++row) {
        float*& place = made[static_cast<std::size_t>(row)];
        place = spare + static_cast<std::size_t>(row) * out_values_;
        const bool fits = row < rows && width == tile_columns() * pixels_;
        if (fits) place = reinterpret_cast<float*>(place_for(tile, y + row, x, reinterpret_cast<std::byte*>(place)));
      }
      const float* products = out_components + static_cast<std::size_t>(i) * out_values_;
      winograd_out(each(products, out_floats()), made, out_values_);
      for (int row = 0; row < rows; ++row) {
        finish(tile, y + row, x, width, reinterpret_cast<const std::byte*>(made[static_cast<std::size_t>(row)]));
      }
    }
  }

  int pixels_;
  std::size_t in_values_, out_values_;     // of a row of a component
  int transformed_rows_;                   // that a tile sees
  std::vector<ConvPrimitive> primitives_;  // by component
};

// Small pictures would gain nothing, and norms over few pixels make its rounding larger.
bool fits_winograd_rows(const Node& node, const Conv2d& op, const Shape& out) {
  const bool has_bias = node.weights.size() > 1 && !node.weights[1].empty();
  return node.precision == Precision::fp32 && op.r % kTileRows == 0 && op.r > kTileRows && op.stride == 1 &&
         op.activation == Activation::none && !has_bias && out.h >= 8 * kTileRows;
}

}  // namespace

bool in_tiles(const Node& node) {
  if (std::holds_alternative<Deconv2d>(node.op)) return true;
  const auto* op = std::get_if<Conv2d>(&node.op);
  if (op == nullptr || op->groups != 1 || has_input(node, 1)) return false;
  return op->joined.first || op->joined.moments_part != 0 || op->upsample != 1 || is_wide_with_few_outputs(*op);
}

bool fuses(const Graph& graph, const Node& node) {
  const TensorInfo& x = graph.tensor(node.inputs[0]);
  if (std::holds_alternative<Deconv2d>(node.op)) return x.shape.n == 1;
  const auto* op = std::get_if<Conv2d>(&node.op);
  if (op == nullptr || op->groups != 1 || has_input(node, 1) || x.shape.n != 1) return false;
  if (op->upsample == 1) return !fits_winograd(node, x.shape.c) || !has_isa(dnnl::cpu_isa::avx512_core);
  const auto all = [&](int pad) {
    return op->pad_top == pad && op->pad_left == pad && op->pad_bottom == pad && op->pad_right == pad;
  };
  return x.dtype != DType::u8 && op->r == 3 && op->s == 3 && op->stride == 1 && all(1);
}

std::unique_ptr<Kernel> make_kernel(const DnnlBuild& build, const Node& node, const Conv2d& op) {
  if (op.upsample != 1) return make_enlarged(build, node, op);
  if (!in_tiles(node)) return std::make_unique<Conv>(build, node, op);
  if (fits_winograd_rows(node, op, build.out(node).shape)) return std::make_unique<WinogradRows>(build, node, op);
  return std::make_unique<TileConv>(build, node, op);
}

}  // namespace impasto::cpu
