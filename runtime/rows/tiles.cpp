#include "runtime/rows/tiles.h"

#include "runtime/rows/rows.h"

#include <omp.h>

#include <algorithm>
#include <cstring>
#include <exception>

namespace impasto::cpu {
namespace {

constexpr std::size_t kTileBytes = std::size_t{768} << 10;  // of a second-level cache
constexpr int kGoodRows = 4;  // positions of a tile, if that can be; it is rather less wide
constexpr int kLeastColumns = 32;
constexpr int kTilesInARow = 4;  // down the picture, by one thread, keeping the rows that the next one sees too
constexpr int kStacks = 16;      // of such, if there are rows for them, so that all threads have some

// The row of a picture of so many that row y (or column, of its border) repeats; -1: none, it is zero.
int source(int y, int size, const TileShape& shape) {
  if (y >= 0 && y < size) return y;
  if (shape.repeats_edge) return std::clamp(y, 0, size - 1);
  if (shape.border.mode == PadMode::zero) return -1;
  const int mirrored = y < 0 ? -y : 2 * (size - 1) - y;
  return mirrored >= 0 && mirrored < size ? mirrored : -1;
}

}  // namespace

TileKernel::TileKernel(const Build& build, const Node& node, const Joined& joined, const TileShape& shape)
    : in_(build.in(node)),
      out_(build.out(node)),
      shape_(shape),
      dtype_(out_.dtype),
      threads_(build.threads),
      terms_(node.inputs.size() - 1),
      measures_(joined.moments_part != 0) {
  if (joined.first) normaliser_.emplace(*joined.first, in_.channels());
  fit_tile();
}

void TileKernel::fit_tile() {
  const auto bytes = [&](int rows, int columns) {
    tile_rows_ = rows;
    tile_columns_ = columns;
    return x_bytes() + static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns) * shape_.position_bytes;
  };
  // Enough tiles for the threads, too.
  const int most = std::clamp((shape_.rows.positions + kStacks - 1) / kStacks, 2, shape_.rows.positions + 1);
  const int good = std::min(kGoodRows, most);
  int columns = shape_.columns.positions;
  for (int cuts = 2; columns > kLeastColumns && bytes(good, columns) > kTileBytes; ++cuts) {
    columns = (shape_.columns.positions + cuts - 1) / cuts;
  }
  int rows = good;
  while (rows < most && bytes(rows + 1, columns) <= kTileBytes) ++rows;
  tile_rows_ = std::min(rows, shape_.rows.positions);
  tile_columns_ = columns;
}

std::size_t TileKernel::in_pixel_bytes() const noexcept {
  return static_cast<std::size_t>(in_.channels()) * size_of(dtype_);
}
std::size_t TileKernel::in_row_bytes() const noexcept {
  return static_cast<std::size_t>(in_columns()) * in_pixel_bytes();
}
std::size_t TileKernel::out_pixel_bytes() const noexcept {
  return static_cast<std::size_t>(out_.channels()) * size_of(dtype_);
}
// With room for a row more: convolutions that see less than the window read on behind it.
std::size_t TileKernel::x_bytes() const noexcept {
  return align_up((static_cast<std::size_t>(in_rows()) + 1) * in_row_bytes());
}
std::size_t TileKernel::thread_bytes() const noexcept {
  return x_bytes() + align_up(own_bytes()) + align_up(scratch_floats() * sizeof(float));
}
std::size_t TileKernel::workspace_bytes() const noexcept {
  return static_cast<std::size_t>(threads_) * thread_bytes();
}

void TileKernel::run(const Binding& binding) {
  if (normaliser_) normaliser_->set(reinterpret_cast<const Term*>(binding.inputs[terms_]));
  const int rows = std::clamp(shape_.rows.positions / (kStacks * tile_rows_), 1, kTilesInARow) * tile_rows_;
  const int stacks = (shape_.rows.positions + rows - 1) / rows;
  std::exception_ptr failure;
#pragma omp parallel for collapse(2) schedule(dynamic) if (out_.shape.count() > 16384)
  for (int n = 0; n < in_.pictures(); ++n) {
    for (int stack = 0; stack < stacks; ++stack) {
      const int thread = omp_get_thread_num();
      std::byte* x = binding.workspace + static_cast<std::size_t>(thread) * thread_bytes();
      std::byte* own = x + x_bytes();
      Tile tile{.thread = thread,
                .n = n,
                .rows = {},
                .columns = {},
                .continues = false,
                .x = x,
                .own = own,
                .y = binding.outputs[0],
                .scratch = reinterpret_cast<float*>(own + align_up(own_bytes())),
                .moments = measures_ ? reinterpret_cast<Moments*>(binding.outputs[1]) : nullptr};
      try {
        run_tiles(tile, {stack * rows, std::min(rows, shape_.rows.positions - stack * rows)}, binding.inputs[0], x);
      } catch (...) {
#pragma omp critical
        failure = std::current_exception();
      }
    }
  }
  if (failure) std::rethrow_exception(failure);
}

// Of these rows: from left to right, so that a row's moments add up in one order, and down in each column of tiles.
void TileKernel::run_tiles(Tile& tile, Range rows, const std::byte* x, std::byte* tile_x) {
  const Axis& down = shape_.rows;
  const Axis& across = shape_.columns;
  for (int left = 0; left < across.positions; left += tile_columns_) {
    tile.columns = {across.first + left, std::min(tile_columns_, across.positions - left)};
    int kept = 0;  // rows that lie there already
    for (int top = 0; top < rows.count; top += tile_rows_) {
      tile.rows = {down.first + rows.first + top, std::min(tile_rows_, rows.count - top)};
      const int seen = (tile.rows.count - 1) * down.advance + down.window;
      for (int i = kept; i < seen; ++i) {
        bring_row(x, tile.n, tile.rows.first * down.advance + i, tile.columns.first * across.advance,
                  tile_x + static_cast<std::size_t>(i) * in_row_bytes());
      }
      tile.continues = top > 0;
      convolve(tile);
      const int used = tile.rows.count * down.advance;
      kept = std::max(seen - used, 0);
      std::memmove(tile_x, tile_x + static_cast<std::size_t>(used) * in_row_bytes(),
                   static_cast<std::size_t>(kept) * in_row_bytes());
    }
  }
}

void TileKernel::bring_row(const std::byte* x, int n, int y, int column, std::byte* row) const {
  const int from = source(y - shape_.border.top, in_.shape.h, shape_);
  const bool outside = y >= in_.shape.h + shape_.border.top + shape_.border.bottom;
  if (from < 0 || outside) {
    std::memset(row, 0, in_row_bytes());
    return;
  }
  const int first = column - shape_.border.left;  // of the picture
  const auto place = [&](int c) { return row + static_cast<std::size_t>(c - first) * in_pixel_bytes(); };
  const int begin = std::clamp(first, 0, in_.shape.w);
  const int end = std::clamp(first + in_columns(), begin, in_.shape.w);
  if (end > begin) bring_pixels(x, n, from, begin, end - begin, place(begin));
  const auto border = [&](int c) {
    const int other = c < in_.shape.w + shape_.border.right ? source(c, in_.shape.w, shape_) : -1;
    if (other >= 0) return bring_pixels(x, n, from, other, 1, place(c));
    std::memset(place(c), 0, in_pixel_bytes());
  };
  for (int c = first; c < std::min(begin, first + in_columns()); ++c) border(c);
  for (int c = std::max(end, first); c < first + in_columns(); ++c) border(c);
}

void TileKernel::bring_pixels(const std::byte* x, int n, int y, int column, int count, std::byte* to) const {
  const std::size_t offset = static_cast<std::size_t>(column) * in_.pixel_bytes();
  const auto values = static_cast<std::size_t>(count) * static_cast<std::size_t>(in_.channels());
  const std::byte* lying = in_.row(x, n * in_.blocks, y) + offset;
  if (in_.blocks > 1) {
    for (int block = 0; block < in_.blocks; ++block) {
      copy_runs(to + static_cast<std::size_t>(block) * in_.pixel_bytes(), in_pixel_bytes(),
                in_.row(x, n * in_.blocks + block, y) + offset, in_.pixel_bytes(), in_.pixel_bytes(), count);
    }
    lying = to;
  }
  if (normaliser_) {
    normaliser_->run(dtype_, lying, nullptr, dtype_, to, values);
  } else if (in_.dtype != dtype_) {
    convert_row({}, in_.dtype, lying, dtype_, to, values);
  } else if (lying != to) {
    std::memcpy(to, lying, values * size_of(dtype_));
  }
}

std::byte* TileKernel::place_for(const Tile& tile, int y, int x, std::byte* own) const {
  return out_.blocks > 1 ? own : out_.row(tile.y, tile.n, y) + static_cast<std::size_t>(x) * out_.pixel_bytes();
}

void TileKernel::finish(const Tile& tile, int y, int x, int pixels, const std::byte* made) const {
  const auto channels = static_cast<std::size_t>(out_.channels());
  const auto count = static_cast<std::size_t>(pixels);
  if (tile.moments != nullptr) {
    take_moments(dtype_, made, count, {tile.scratch, scratch_floats()},
                 {tile.moments + static_cast<std::size_t>(y) * channels, channels}, static_cast<std::size_t>(x));
  }
  for (int block = 0; block < out_.blocks; ++block) {
    std::byte* to =
        out_.row(tile.y, tile.n * out_.blocks + block, y) + static_cast<std::size_t>(x) * out_.pixel_bytes();
    if (to == made) continue;
    if (out_.blocks == 1) {
      std::memcpy(to, made, count * out_.pixel_bytes());
    } else {
      copy_runs(to, out_.pixel_bytes(), made + static_cast<std::size_t>(block) * out_.pixel_bytes(), out_pixel_bytes(),
                out_.pixel_bytes(), pixels);
    }
  }
}

}  // namespace impasto::cpu
