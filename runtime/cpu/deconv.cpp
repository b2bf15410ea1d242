#include "runtime/cpu/conv_primitive.h"
#include "runtime/cpu/filters.h"
#include "runtime/rows/tiles.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace impasto::cpu {
namespace {

// Filter taps that one output phase of a transposed convolution sees at most.
int taps_of(int size, int stride) {
  return (size + stride - 1) / stride;
}

// stride^2 convolutions, one for each output phase (phase_of()), and their results side by side. Where the phases see
// different parts of the filter, each is a primitive of its own; else one makes all, as groups of K outputs. A position
// is a pixel of the input, with the stride^2 pixels of the output that it ends at.
class PhaseDeconv : public TileKernel {
 public:
  PhaseDeconv(const DnnlBuild& build, const Node& node, const Deconv2d& op, const Filter& filter, bool repeats_edge)
      : TileKernel(build, node, op.joined, tiles(op, repeats_edge, build.out(node).dtype)),
        stride_(op.stride),
        crop_top_(op.crop_top),
        crop_left_(op.crop_left) {
    const int taps_r = taps_of(op.r, op.stride);
    const int taps_s = taps_of(op.s, op.stride);
    const auto add_part = [&](const Filter& phase, int count) {
      const ConvProblem problem{.x = {1, tile_rows() + phase.r - 1, in_columns(), channels()},
                                .k = phase.k,
                                .r = phase.r,
                                .s = phase.s,
                                .in = out().dtype,
                                .out = out().dtype,
                                .activation = op.activation};
      const std::size_t seen = static_cast<std::size_t>(taps_r - phase.r) * in_row_bytes() +
                               static_cast<std::size_t>(taps_s - phase.s) * in_pixel_bytes();
      const std::size_t pixel = static_cast<std::size_t>(phase.k) * size_of(out().dtype);
      const std::size_t row = pixel * static_cast<std::size_t>(problem.y().w);
      parts_.push_back(
          {{build, problem, phase.values, bias_of(node, count), build.threads}, seen, made_bytes_, pixel, row});
      made_bytes_ += align_up(row * static_cast<std::size_t>(tile_rows()));
      scratch_bytes_ = std::max(scratch_bytes_, parts_.back().primitive.scratch_bytes());
    };
    // A few outputs each would leave vectors empty.
    const bool differ = op.r % op.stride != 0 || op.s % op.stride != 0;
    const bool apart = differ && op.k >= 16 && op.r >= op.stride && op.s >= op.stride;
    std::vector<Filter> together;
    for (int i = 0; i < op.stride; ++i) {
      for (int j = 0; j < op.stride; ++j) {
        if (apart) {
          add_part(phase_of(filter, op.stride, i, j, taps_of(op.r - i, op.stride), taps_of(op.s - j, op.stride)), 1);
        } else {
          together.push_back(phase_of(filter, op.stride, i, j, taps_r, taps_s));
        }
      }
    }
    if (!apart) add_part(joined_filters(together), op.stride * op.stride);
    set_name(parts_.front().primitive.name() + " by phases");
  }

 private:
  struct Part {
    ConvPrimitive primitive;
    std::size_t seen;        // where in the tile what it sees begins
    std::size_t made;        // where in a thread's memory its output lies,
    std::size_t pixel, row;  // and the bytes of that
  };

  static TileShape tiles(const Deconv2d& op, bool repeats_edge, DType dtype) {
    const auto axis = [&](int crop, int size, int taps) {
      const int first = crop / op.stride;
      return Axis{.first = first, .positions = (crop + size - 1) / op.stride - first + 1, .window = taps};
    };
    const int taps_r = taps_of(op.r, op.stride);
    const int taps_s = taps_of(op.s, op.stride);
    return {.border = {taps_r - 1, taps_s - 1, taps_r - 1, taps_s - 1, PadMode::zero},
            .repeats_edge = repeats_edge,
            .rows = axis(op.crop_top, op.out_h, taps_r),
            .columns = axis(op.crop_left, op.out_w, taps_s),
            .position_bytes = static_cast<std::size_t>(op.stride * op.stride * op.k) * size_of(dtype)};
  }

  [[nodiscard]] std::size_t row_bytes() const noexcept {
    return align_up(static_cast<std::size_t>(tile_columns() * stride_) * out_pixel_bytes());
  }
  [[nodiscard]] std::size_t own_bytes() const noexcept override { return made_bytes_ + row_bytes() + scratch_bytes_; }

  void convolve(const Tile& tile) override {
    for (Part& part : parts_) {
      part.primitive.run(tile.x + part.seen, tile.own + part.made, tile.own + made_bytes_ + row_bytes(), tile.thread);
    }
    const int left = tile.columns.first * stride_ - crop_left_;
    const int begin = std::max(left, 0);
    const int end = std::min(left + tile.columns.count * stride_, out().shape.w);
    for (int i = 0; i < tile.rows.count * stride_; ++i) {
      const int y = tile.rows.first * stride_ + i - crop_top_;
      if (y < 0 || y >= out().shape.h) continue;
      std::byte* row = place_for(tile, y, begin, tile.own + made_bytes_);
      write_row(tile.own, i / stride_, i % stride_, left - begin, end - begin, row);
      finish(tile, y, begin, end - begin, row);
    }
  }

  // Row i of the phases (i, 0), (i, 1) .. of a row of positions, the first of which begins at column x, 0 or left of
  // it.
  void write_row(const std::byte* own, int position, int i, int x, int width, std::byte* y) const {
    const bool apart = parts_.size() > 1;
    const int run = apart ? 1 : stride_;  // pixels of the output that lie together
    for (int j = 0; j < stride_; j += run) {
      const Part& part = parts_[static_cast<std::size_t>(apart ? i * stride_ + j : 0)];
      const std::byte* from = own + part.made + static_cast<std::size_t>(position) * part.row;
      if (!apart) from += static_cast<std::size_t>(i * stride_) * out_pixel_bytes();
      write_runs(y, x + j, width, from, part.pixel, run);
    }
  }

  // Runs of `run` pixels, the first at column x and each stride_ further; cut to a row of so many.
  void write_runs(std::byte* y, int x, int width, const std::byte* from, std::size_t step, int run) const {
    const std::size_t pixel = out_pixel_bytes();
    const auto cut_one = [&] {
      const int skip = std::max(0, -x);
      const int count = std::min(run, width - x) - skip;
      if (count > 0) {
        std::memcpy(y + static_cast<std::size_t>(x + skip) * pixel, from + static_cast<std::size_t>(skip) * pixel,
                    static_cast<std::size_t>(count) * pixel);
      }
      x += stride_;
      from += step;
    };
    while (x < 0) cut_one();
    const int whole = width - x < run ? 0 : (width - x - run) / stride_ + 1;
    copy_runs(y + static_cast<std::size_t>(x) * pixel, static_cast<std::size_t>(stride_) * pixel, from, step,
              static_cast<std::size_t>(run) * pixel, whole);
    x += whole * stride_;
    from += static_cast<std::size_t>(whole) * step;
    if (x < width) cut_one();
  }

  int stride_, crop_top_, crop_left_;
  std::vector<Part> parts_;  // by i * stride + j, or one for all
  std::size_t made_bytes_ = 0, scratch_bytes_ = 0;
};

}  // namespace

std::unique_ptr<Kernel> make_kernel(const DnnlBuild& build, const Node& node, const Deconv2d& op) {
  return std::make_unique<PhaseDeconv>(build, node, op, filter_of(node, op, build.in(node).channels()), false);
}

// fuse() makes them with a border of one pixel, zero or mirrored. In the enlarged picture the mirrored one is the edge
// pixel again.
std::unique_ptr<Kernel> make_enlarged(const DnnlBuild& build, const Node& node, const Conv2d& op) {
  const Shape& out = build.out(node).shape;
  const Deconv2d transposed{.k = op.k,
                            .r = op.r + 1,
                            .s = op.s + 1,
                            .stride = 2,
                            .crop_top = op.r - 1 - op.pad_top,
                            .crop_left = op.s - 1 - op.pad_left,
                            .out_h = out.h,
                            .out_w = out.w,
                            .activation = op.activation,
                            .joined = op.joined};
  return std::make_unique<PhaseDeconv>(build, node, transposed,
                                       enlarged(filter_of(node, op, build.in(node).channels())),
                                       op.pad_mode == PadMode::reflect);
}

}  // namespace impasto::cpu
