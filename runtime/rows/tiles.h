// Convolutions that never have a whole tensor before them. The picture is cut into tiles; each thread brings the part
// of the input that a tile sees into its cache in the form that the convolution wants (normalised, padded, of its
// type), convolves it there, and writes rows of the output with their moments. Results do not depend on the number of
// threads.
#pragma once

#include "runtime/rows/kernels.h"
#include "runtime/rows/moments.h"
#include "runtime/rows/normaliser.h"

#include <optional>
#include <string>

namespace impasto::cpu {

// Positions are what a tile is made of: rows (or columns) of output, or groups of them. Position p begins at row
// p * advance of the picture with its border, and sees `window` rows.
struct Axis {
  int first = 0;      // position that the picture begins with
  int positions = 1;  // of a picture
  int advance = 1;
  int window = 1;
};

struct TileShape {
  Border border{};            // around the picture
  bool repeats_edge = false;  // the border is the edge pixel again, whatever its mode
  Axis rows, columns;
  std::size_t position_bytes = 0;  // what convolve() keeps for each position; to find a tile that fits the cache
};

class TileKernel : public Kernel {
 public:
  [[nodiscard]] std::string_view name() const noexcept final { return name_; }
  [[nodiscard]] std::size_t workspace_bytes() const noexcept final;
  void run(const Binding& binding) final;

 protected:
  TileKernel(const Build& build, const Node& node, const Joined& joined, const TileShape& shape);

  struct Range {
    int first = 0, count = 0;  // positions; in the last tile there may be less than elsewhere
  };
  // Of a thread, while it works on a tile.
  struct Tile {
    int thread = 0;
    int n = 0;  // picture
    Range rows, columns;
    bool continues = false;        // the last tile of this thread was a whole one that lies above
    const std::byte* x = nullptr;  // [in_rows(), in_columns(), C]; what no position sees is anything, or 0 on the right
    std::byte* own = nullptr;      // own_bytes() for convolve()
    std::byte* y = nullptr;        // the output tensor
    float* scratch = nullptr;      // for moments
    Moments* moments = nullptr;    // [H,C] of the output, or null
  };
  // Calls finish() for each row of the output that these positions make.
  virtual void convolve(const Tile& tile) = 0;
  [[nodiscard]] virtual std::size_t own_bytes() const noexcept = 0;

  // Positions of a tile.
  [[nodiscard]] int tile_rows() const noexcept { return tile_rows_; }
  [[nodiscard]] int tile_columns() const noexcept { return tile_columns_; }
  // Pixels that they see.
  [[nodiscard]] int in_rows() const noexcept { return (tile_rows_ - 1) * shape_.rows.advance + shape_.rows.window; }
  [[nodiscard]] int in_columns() const noexcept {
    return (tile_columns_ - 1) * shape_.columns.advance + shape_.columns.window;
  }
  [[nodiscard]] std::size_t in_pixel_bytes() const noexcept;
  [[nodiscard]] std::size_t in_row_bytes() const noexcept;
  [[nodiscard]] const Layout& out() const noexcept { return out_; }
  [[nodiscard]] std::size_t out_pixel_bytes() const noexcept;
  [[nodiscard]] int channels() const noexcept { return in_.channels(); }
  // Where to make pixels from x on of row y of the output; `own` where they do not lie so.
  [[nodiscard]] std::byte* place_for(const Tile& tile, int y, int x, std::byte* own) const;
  // `pixels` of row y of the output from x on, of which all left of x are finished.
  void finish(const Tile& tile, int y, int x, int pixels, const std::byte* made) const;
  void set_name(std::string name) { name_ = std::move(name); }

 private:
  [[nodiscard]] std::size_t x_bytes() const noexcept;
  [[nodiscard]] std::size_t thread_bytes() const noexcept;
  [[nodiscard]] std::size_t scratch_floats() const { return moments_scratch(out_.channels()); }
  void fit_tile();
  void run_tiles(Tile& tile, Range rows, const std::byte* x, std::byte* tile_x);
  // Row y of the picture with its border, from `column` on.
  void bring_row(const std::byte* x, int n, int y, int column, std::byte* row) const;
  void bring_pixels(const std::byte* x, int n, int y, int column, int count, std::byte* to) const;

  Layout in_, out_;
  TileShape shape_;
  DType dtype_;
  int threads_;
  int tile_rows_ = 1, tile_columns_ = 1;
  std::optional<Normaliser> normaliser_;
  std::size_t terms_;  // which input
  bool measures_;
  std::string name_;
};

}  // namespace impasto::cpu
