#include "runtime/cpu/pixels/resize.h"

#include <omp.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

// The rest of this file is compiled once for each instruction set.
// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/cpu/pixels/resize.cpp"
#include <hwy/foreach_target.h>
#include "runtime/cpu/pixels/rows-inl.h"
// clang-format on

#ifndef IMPASTO_RESIZE_JOB
#define IMPASTO_RESIZE_JOB
namespace impasto::pixels {

// The source range that an output sample of an area resize covers: weights first, 1, 1, .., last, divided by their sum.
struct Cover {
  int begin = 0, end = 0;
  float first = 1, last = 1, scale = 1;
};

struct ResizeJob {
  Shape in, out;
  LinearAxis rows, columns;             // bilinear
  std::vector<Cover> row_cover, cover;  // area
  std::vector<int> row_at, column_at;   // bilinear_shiftless: coordinates in 1/32 pixel
  int threads = 1;
  std::size_t scratch_row = 0;  // floats of one row of scratch
};

}  // namespace impasto::pixels
#endif

HWY_BEFORE_NAMESPACE();
namespace impasto::pixels::HWY_NAMESPACE {

// The columns of one row, C channels.
template <int C, typename T>
void resize_columns(const LinearAxis& axis, const T* HWY_RESTRICT in, float* HWY_RESTRICT out, int channels) {
  const int n = static_cast<int>(axis.weight.size());
  const int c_count = C > 0 ? C : channels;
  for (int x = 0; x < n; ++x) {
    const auto i = static_cast<std::size_t>(x);
    const T* low = in + axis.low[i] * c_count;
    const T* high = in + axis.high[i] * c_count;
    for (int c = 0; c < c_count; ++c) {
      const auto v = static_cast<float>(low[c]);
      out[x * c_count + c] = v + axis.weight[i] * (static_cast<float>(high[c]) - v);
    }
  }
}

// Threads take blocks of rows; each keeps the two source rows, resized in width, between which its output rows lie.
template <typename T>
void bilinear(const ResizeJob& job, const T* in, T* out, float* workspace) {
  const std::int64_t in_row = std::int64_t{job.in.w} * job.in.c, out_row = std::int64_t{job.out.w} * job.out.c;
  const int rows = job.out.n * job.out.h;
#pragma omp parallel num_threads(job.threads)
  {
    const int thread = omp_get_thread_num(), threads = omp_get_num_threads();
    float* low = workspace + 3 * job.scratch_row * static_cast<std::size_t>(thread);
    float* high = low + job.scratch_row;
    float* mixed = high + job.scratch_row;
    std::int64_t low_row = -1, high_row = -1;
    const auto fetch = [&](std::int64_t row, float* to) {
      if (job.in.c == 1) return resize_columns<1>(job.columns, in + row * in_row, to, 1);
      if (job.in.c == 3) return resize_columns<3>(job.columns, in + row * in_row, to, 3);
      resize_columns<0>(job.columns, in + row * in_row, to, job.in.c);
    };
    const auto block = [&](int t) { return static_cast<int>(std::int64_t{rows} * t / threads); };
    for (int row = block(thread); row < block(thread + 1); ++row) {
      const auto y = static_cast<std::size_t>(row % job.out.h);
      const std::int64_t picture = std::int64_t{row / job.out.h} * job.in.h;
      const std::int64_t want_low = picture + job.rows.low[y], want_high = picture + job.rows.high[y];
      if (low_row != want_low && high_row == want_low) {
        std::swap(low, high);
        std::swap(low_row, high_row);
      }
      if (low_row != want_low) fetch(low_row = want_low, low);
      if (high_row != want_high) fetch(high_row = want_high, high);
      const int n = static_cast<int>(out_row);
      if constexpr (std::is_same_v<T, float>) {
        lerp_row(low, high, job.rows.weight[y], out + row * out_row, n);
      } else {
        lerp_row(low, high, job.rows.weight[y], mixed, n);
        store_row(mixed, out + row * out_row, n, 255);
      }
    }
  }
}

void bilinear_f32(const ResizeJob& job, const Binding& binding) {
  bilinear(job, reinterpret_cast<const float*>(binding.inputs[0]), reinterpret_cast<float*>(binding.outputs[0]),
           reinterpret_cast<float*>(binding.workspace));
}

void bilinear_u8(const ResizeJob& job, const Binding& binding) {
  bilinear(job, reinterpret_cast<const std::uint8_t*>(binding.inputs[0]),
           reinterpret_cast<std::uint8_t*>(binding.outputs[0]), reinterpret_cast<float*>(binding.workspace));
}

template <typename T>
void area(const ResizeJob& job, const T* in, float* out, float* workspace) {
  const int channels = job.in.c;
  const std::int64_t in_row = std::int64_t{job.in.w} * channels;
#pragma omp parallel for num_threads(job.threads) schedule(static)
  for (int row = 0; row < job.out.n * job.out.h; ++row) {
    float* HWY_RESTRICT sum = workspace + job.scratch_row * static_cast<std::size_t>(omp_get_thread_num());
    const Cover& down = job.row_cover[static_cast<std::size_t>(row % job.out.h)];
    const T* picture = in + std::int64_t{row / job.out.h} * job.in.h * in_row;
    const int n = static_cast<int>(in_row);
    for (int y = down.begin; y < down.end; ++y) {
      const float weight = y == down.begin ? down.first : y == down.end - 1 ? down.last : 1.0F;
      const T* from = picture + y * in_row;
      if (y == down.begin) {
        for (int x = 0; x < n; ++x) sum[x] = weight * static_cast<float>(from[x]);
      } else {
        for (int x = 0; x < n; ++x) sum[x] += weight * static_cast<float>(from[x]);
      }
    }
    float* to = out + std::int64_t{row} * job.out.w * channels;
    for (const Cover& across : job.cover) {
      for (int c = 0; c < channels; ++c) {
        float total = across.first * sum[across.begin * channels + c];
        for (int x = across.begin + 1; x < across.end - 1; ++x) total += sum[x * channels + c];
        if (across.end - 1 > across.begin) total += across.last * sum[(across.end - 1) * channels + c];
        *to++ = total * (down.scale * across.scale);
      }
    }
  }
}

void area_f32(const ResizeJob& job, const Binding& binding) {
  area(job, reinterpret_cast<const float*>(binding.inputs[0]), reinterpret_cast<float*>(binding.outputs[0]),
       reinterpret_cast<float*>(binding.workspace));
}

void area_u8(const ResizeJob& job, const Binding& binding) {
  area(job, reinterpret_cast<const std::uint8_t*>(binding.inputs[0]), reinterpret_cast<float*>(binding.outputs[0]),
       reinterpret_cast<float*>(binding.workspace));
}

// Weights are whole 1/1024: the sum is exact, and rounds half up.
void shiftless(const ResizeJob& job, const Binding& binding) {
  const auto* in = reinterpret_cast<const std::uint8_t*>(binding.inputs[0]);
  auto* out = reinterpret_cast<std::uint8_t*>(binding.outputs[0]);
  const int channels = job.in.c;
  const std::int64_t in_row = std::int64_t{job.in.w} * channels;
#pragma omp parallel for num_threads(job.threads) schedule(static)
  for (int row = 0; row < job.out.n * job.out.h; ++row) {
    const int at_y = job.row_at[static_cast<std::size_t>(row % job.out.h)], y = at_y >> 5, fy = at_y & 31;
    const std::uint8_t* low = in + (std::int64_t{row / job.out.h} * job.in.h + std::min(y, job.in.h - 1)) * in_row;
    const std::uint8_t* high = y + 1 < job.in.h ? low + in_row : low;
    const int low_weight = y < job.in.h ? 32 - fy : 0, high_weight = y + 1 < job.in.h ? fy : 0;
    std::uint8_t* to = out + std::int64_t{row} * job.out.w * channels;
    for (const int at_x : job.column_at) {
      const int x = at_x >> 5, fx = at_x & 31;
      const int left_weight = x < job.in.w ? 32 - fx : 0, right_weight = x + 1 < job.in.w ? fx : 0;
      const int left = std::min(x, job.in.w - 1) * channels, right = std::min(x + 1, job.in.w - 1) * channels;
      for (int c = 0; c < channels; ++c) {
        const int above = left_weight * low[left + c] + right_weight * low[right + c];
        const int below = left_weight * high[left + c] + right_weight * high[right + c];
        *to++ = static_cast<std::uint8_t>((low_weight * above + high_weight * below + 512) >> 10);
      }
    }
  }
}

}  // namespace impasto::pixels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace impasto::pixels {

LinearAxis linear_axis(int in, int out) {
  LinearAxis axis;
  for (int x = 0; x < out; ++x) {
    const double at = std::clamp((x + 0.5) * in / out - 0.5, 0.0, in - 1.0);
    const int low = static_cast<int>(at);
    axis.low.push_back(low);
    axis.high.push_back(std::min(low + 1, in - 1));
    axis.weight.push_back(static_cast<float>(at - low));
  }
  return axis;
}

namespace {

HWY_EXPORT(bilinear_f32);
HWY_EXPORT(bilinear_u8);
HWY_EXPORT(area_f32);
HWY_EXPORT(area_u8);
HWY_EXPORT(shiftless);

// Whole-number arithmetic: output x covers x in / out .. (x + 1) in / out.
std::vector<Cover> covers(std::int64_t in, std::int64_t out) {
  std::vector<Cover> list;
  for (std::int64_t x = 0; x < out; ++x) {
    const std::int64_t begin = x * in, end = begin + in;  // in 1/out of a source sample
    const std::int64_t first = begin / out, last = (end - 1) / out;
    Cover cover{.begin = static_cast<int>(first), .end = static_cast<int>(last + 1)};
    cover.scale = static_cast<float>(static_cast<double>(out) / static_cast<double>(in));
    if (first == last) {
      cover.first = static_cast<float>(static_cast<double>(in) / static_cast<double>(out));
    } else {
      cover.first = static_cast<float>(static_cast<double>((first + 1) * out - begin) / static_cast<double>(out));
      cover.last = static_cast<float>(static_cast<double>(end - last * out) / static_cast<double>(out));
    }
    list.push_back(cover);
  }
  return list;
}

// dst * in / out, rounded to 1/32 pixel; `across` is the other axis. Many sizes have coordinates half way between two
// steps, so this takes OpenCV's way to them: the inverse of the matrix that maps the picture to out x out, then
// homogeneous coordinates.
std::vector<int> shiftless_coordinates(int in, int out, int across_in, int across_out) {
  const double forward = static_cast<double>(out) / in, forward_across = static_cast<double>(across_out) / across_in;
  const double determinant = forward * forward_across, inverse = 1 / determinant;
  const double step = forward_across * inverse, scale = 32 / (determinant * inverse);
  std::vector<int> at;
  for (int x = 0; x < out; ++x) at.push_back(static_cast<int>(std::lrint(step * x * scale)));
  return at;
}

class ResizeKernel final : public Kernel {
 public:
  ResizeKernel(const Resize& op, const TensorInfo& in, const Shape& out)
      : mode_(op.mode), is_u8_(in.dtype == DType::u8) {
    job_.in = in.shape;
    job_.out = out;
    job_.threads = omp_get_max_threads();
    if (mode_ == Resize::Mode::bilinear) {
      job_.rows = linear_axis(in.shape.h, out.h);
      job_.columns = linear_axis(in.shape.w, out.w);
      job_.scratch_row = static_cast<std::size_t>(out.w) * static_cast<std::size_t>(out.c);
      scratch_rows_ = 3;
    } else if (mode_ == Resize::Mode::area) {
      job_.row_cover = covers(in.shape.h, out.h);
      job_.cover = covers(in.shape.w, out.w);
      job_.scratch_row = static_cast<std::size_t>(in.shape.w) * static_cast<std::size_t>(in.shape.c);
      scratch_rows_ = 1;
    } else {
      job_.row_at = shiftless_coordinates(in.shape.h, out.h, in.shape.w, out.w);
      job_.column_at = shiftless_coordinates(in.shape.w, out.w, in.shape.h, out.h);
    }
    job_.scratch_row = (job_.scratch_row + 15) / 16 * 16;
  }

  [[nodiscard]] std::string_view name() const noexcept override { return "pixels"; }
  [[nodiscard]] std::size_t workspace_bytes() const noexcept override {
    return job_.scratch_row * scratch_rows_ * static_cast<std::size_t>(job_.threads) * sizeof(float);
  }
  void run(const Binding& binding) override {
    if (mode_ == Resize::Mode::bilinear_shiftless) {
      HWY_DYNAMIC_DISPATCH(shiftless)(job_, binding);
    } else if (mode_ == Resize::Mode::area) {
      is_u8_ ? HWY_DYNAMIC_DISPATCH(area_u8)(job_, binding) : HWY_DYNAMIC_DISPATCH(area_f32)(job_, binding);
    } else {
      is_u8_ ? HWY_DYNAMIC_DISPATCH(bilinear_u8)(job_, binding) : HWY_DYNAMIC_DISPATCH(bilinear_f32)(job_, binding);
    }
  }

 private:
  Resize::Mode mode_;
  bool is_u8_;
  std::size_t scratch_rows_ = 0;
  ResizeJob job_;
};

class PadKernel final : public Kernel {
 public:
  PadKernel(const Pad& op, const TensorInfo& in, const Shape& out)
      : in_(in.shape), out_(out), left_(op.left), pixel_(size_of(in.dtype) * static_cast<std::size_t>(in.shape.c)) {
    const auto source = [&](int at, int size) {
      if (op.mode == Pad::Mode::edge) return std::clamp(at, 0, size - 1);
      return at < 0 ? -at : at >= size ? 2 * (size - 1) - at : at;
    };
    for (int y = 0; y < out.h; ++y) rows_.push_back(source(y - op.top, in_.h));
    for (int x = 0; x < out.w; ++x) columns_.push_back(source(x - op.left, in_.w));
  }

  [[nodiscard]] std::string_view name() const noexcept override { return "pixels"; }
  void run(const Binding& binding) override {
    const std::size_t in_row = pixel_ * static_cast<std::size_t>(in_.w);
#pragma omp parallel for num_threads(threads_) schedule(static)
    for (int row = 0; row < out_.n * out_.h; ++row) {
      const int y = row / out_.h * in_.h + rows_[static_cast<std::size_t>(row % out_.h)];
      const std::byte* from = binding.inputs[0] + in_row * static_cast<std::size_t>(y);
      std::byte* to = binding.outputs[0] + pixel_ * columns_.size() * static_cast<std::size_t>(row);
      const auto copy = [&](int begin, int end) {
        for (auto x = static_cast<std::size_t>(begin); x < static_cast<std::size_t>(end); ++x) {
          std::memcpy(to + pixel_ * x, from + pixel_ * static_cast<std::size_t>(columns_[x]), pixel_);
        }
      };
      copy(0, left_);
      std::memcpy(to + pixel_ * static_cast<std::size_t>(left_), from, in_row);
      copy(left_ + in_.w, out_.w);
    }
  }

 private:
  Shape in_, out_;
  int left_;
  int threads_ = omp_get_max_threads();
  std::size_t pixel_;                // bytes
  std::vector<int> rows_, columns_;  // source of each output row and column
};

}  // namespace

std::unique_ptr<Kernel> make_resize(const Graph& graph, const Node& node) {
  const auto& op = std::get<Resize>(node.op);
  const TensorInfo& in = graph.tensor(node.inputs[0]);
  if (op.mode == Resize::Mode::nearest) return nullptr;
  if (in.dtype != DType::u8 && in.dtype != DType::f32) return nullptr;
  return std::make_unique<ResizeKernel>(op, in, graph.tensor(node.outputs[0]).shape);
}

std::unique_ptr<Kernel> make_pad(const Graph& graph, const Node& node) {
  return std::make_unique<PadKernel>(std::get<Pad>(node.op), graph.tensor(node.inputs[0]),
                                     graph.tensor(node.outputs[0]).shape);
}

}  // namespace impasto::pixels
#endif  // HWY_ONCE
