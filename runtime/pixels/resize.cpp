// Resizes of pictures to a net's size: area, and shiftless as MediaPipe does it.
#include "runtime/error.h"
#include "runtime/pixels/kernels.h"
#include "runtime/rows/rows.h"

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <vector>

// The rest of this file is compiled once for each instruction set.
// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/pixels/resize.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#ifndef IMPASTO_RESIZE_JOBS
#define IMPASTO_RESIZE_JOBS
namespace impasto::cpu {

// The source range that an output sample of an area resize covers: weights first, 1, 1, .., last, divided by their sum.
struct Cover {
  int begin = 0, end = 0;
  float first = 1, last = 1, scale = 1;
};

struct AreaJob {
  Shape in, out;
  std::vector<Cover> rows, columns;
};

}  // namespace impasto::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace impasto::cpu::HWY_NAMESPACE {

// The workspace has a row of floats of the source for each thread.
void area(const AreaJob& job, const Binding& binding) {
  const auto* in = reinterpret_cast<const std::uint8_t*>(binding.inputs[0]);
  auto* out = reinterpret_cast<float*>(binding.outputs[0]);
  const int channels = job.in.c, in_row = job.in.w * channels;
#pragma omp parallel for schedule(static)
  for (int row = 0; row < job.out.n * job.out.h; ++row) {
    float* HWY_RESTRICT sum = reinterpret_cast<float*>(binding.workspace) + std::int64_t{omp_get_thread_num()} * in_row;
    const Cover& down = job.rows[static_cast<std::size_t>(row % job.out.h)];
    const std::uint8_t* picture = in + std::int64_t{row / job.out.h} * job.in.h * in_row;
    for (int y = down.begin; y < down.end; ++y) {
      const float weight = y == down.begin ? down.first : y == down.end - 1 ? down.last : 1.0F;
      const std::uint8_t* from = picture + std::int64_t{y} * in_row;
      if (y == down.begin) {
        for (int x = 0; x < in_row; ++x) sum[x] = weight * static_cast<float>(from[x]);
      } else {
        for (int x = 0; x < in_row; ++x) sum[x] += weight * static_cast<float>(from[x]);
      }
    }
    float* to = out + std::int64_t{row} * job.out.w * channels;
    for (const Cover& across : job.columns) {
      for (int c = 0; c < channels; ++c) {
        float total = across.first * sum[across.begin * channels + c];
        for (int x = across.begin + 1; x < across.end - 1; ++x) total += sum[x * channels + c];
        if (across.end - 1 > across.begin) total += across.last * sum[(across.end - 1) * channels + c];
        *to++ = total * (down.scale * across.scale);
      }
    }
  }
}

}  // namespace impasto::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace impasto::cpu {

namespace {

HWY_EXPORT(area);

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
std::vector<int> shiftless_coordinates(int in, int out, int across_in, int across_out, bool letterbox) {
  std::vector<int> at;
  if (letterbox) {  // in a square of the longer side
    const int side = std::max(in, across_in);
    for (int x = 0; x < out; ++x) {
      at.push_back(static_cast<int>(std::lrint(static_cast<double>(side) * x * (32.0 / out))) - 16 * (side - in));
    }
    return at;
  }
  const double forward = static_cast<double>(out) / in, forward_across = static_cast<double>(across_out) / across_in;
  const double determinant = forward * forward_across, inverse = 1 / determinant;
  const double step = forward_across * inverse, scale = 32 / (determinant * inverse);
  for (int x = 0; x < out; ++x) at.push_back(static_cast<int>(std::lrint(step * x * scale)));
  return at;
}

std::unique_ptr<Kernel> make_area(const Build& build, const Node& node) {
  const Shape &in = build.in(node).shape, &out = build.out(node).shape;
  const auto run = [job = AreaJob{in, out, covers(in.h, out.h), covers(in.w, out.w)}](const Binding& binding) {
    return HWY_DYNAMIC_DISPATCH(area)(job, binding);
  };
  const std::size_t row_bytes = build.in(node).row_values() * sizeof(float);
  return kernel_of(simd_name(), run, row_bytes * static_cast<std::size_t>(build.threads));
}

// Weights are whole 1/1024: the sum is exact, and rounds half up. What lies outside has weight 0.
std::unique_ptr<Kernel> make_shiftless(const Build& build, const Node& node, bool letterbox) {
  const Layout &from = build.in(node), &to = build.out(node);
  const int h = from.shape.h, w = from.shape.w, channels = from.shape.c;
  std::vector<int> rows = shiftless_coordinates(h, to.shape.h, w, to.shape.w, letterbox);
  std::vector<int> columns = shiftless_coordinates(w, to.shape.w, h, to.shape.h, letterbox);
  auto run = [=, in = from, out = to, rows = std::move(rows), columns = std::move(columns)](const Binding& binding) {
    for_rows(out.shape, [&](int n, int row) {
      const int at_y = rows[static_cast<std::size_t>(row)], y = at_y >> 5, fy = at_y & 31;
      const auto row_at = [&](int at) {
        return reinterpret_cast<const std::uint8_t*>(in.row(binding.inputs[0], n, std::clamp(at, 0, h - 1)));
      };
      const std::uint8_t *low = row_at(y), *high = row_at(y + 1);
      const int low_weight = y >= 0 && y < h ? 32 - fy : 0, high_weight = y >= -1 && y + 1 < h ? fy : 0;
      auto* result = reinterpret_cast<std::uint8_t*>(out.row(binding.outputs[0], n, row));
      for (const int at_x : columns) {
        const int x = at_x >> 5, fx = at_x & 31;
        const int left_weight = x >= 0 && x < w ? 32 - fx : 0, right_weight = x >= -1 && x + 1 < w ? fx : 0;
        const int left = std::clamp(x, 0, w - 1) * channels, right = std::clamp(x + 1, 0, w - 1) * channels;
        for (int c = 0; c < channels; ++c) {
          const int above = left_weight * low[left + c] + right_weight * low[right + c];
          const int below = left_weight * high[left + c] + right_weight * high[right + c];
          *result++ = static_cast<std::uint8_t>((low_weight * above + high_weight * below + 512) >> 10);
        }
      }
    });
  };
  return kernel_of("resize", std::move(run));
}

}  // namespace

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Resize& op) {
  switch (op.mode) {
    case Resize::Mode::nearest:
      return make_nearest(build, node);
    case Resize::Mode::bilinear:
      return make_bilinear(build, node);
    case Resize::Mode::bilinear_shiftless:
      return make_shiftless(build, node, op.letterbox);
    case Resize::Mode::area:
      return make_area(build, node);
  }
  fail("{}: unknown mode", node.name);
}

}  // namespace impasto::cpu
#endif  // HWY_ONCE
