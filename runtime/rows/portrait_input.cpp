// The input of a portrait net.
#include "runtime/rows/kernels.h"
#include "runtime/rows/rows.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

namespace impasto::cpu {
namespace {

// What the face says of a pixel.
struct FaceChannels {
  double x = 0, y = 0, mask = 0;
};

struct FaceJob {
  PortraitInput op;
  int rows, columns;  // of the mask
  std::vector<float> mask;

  [[nodiscard]] double mask_at(int row, int column) const {
    const bool inside = row >= 0 && row < rows && column >= 0 && column < columns;
    return inside ? static_cast<double>(mask[static_cast<std::size_t>(row) * columns + column]) : 0;
  }
  // Between the four pixels about a place that counts from 1.
  [[nodiscard]] double sample(double u, double v) const {
    const int column = static_cast<int>(std::floor(u)) - 1, row = static_cast<int>(std::floor(v)) - 1;
    const double right = u - std::floor(u), down = v - std::floor(v);
    return (1 - down) * ((1 - right) * mask_at(row, column) + right * mask_at(row, column + 1)) +
           down * ((1 - right) * mask_at(row + 1, column) + right * mask_at(row + 1, column + 1));
  }
  [[nodiscard]] FaceChannels at(const float* face, int row, int column) const {
    if (!(face[6] > 0)) return {};
    const std::array<double, 3> pixel{column + 1.0, row + 1.0, 1};
    double u = 0, v = 0;
    for (std::size_t i = 0; i < pixel.size(); ++i) {
      u += static_cast<double>(face[i]) * pixel.at(i);
      v += static_cast<double>(face[3 + i]) * pixel.at(i);
    }
    constexpr double kReach = kFaceReach;
    if (!(u >= -kReach && u <= columns + kReach && v >= -kReach && v <= rows + kReach)) return {};
    return {(u - static_cast<double>(op.centre_x)) / columns, (v - static_cast<double>(op.centre_y)) / rows,
            sample(u, v)};
  }
};

}  // namespace

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const PortraitInput& op) {
  const bool with_face = has_input(node, 1);
  FaceJob job{op, 0, 0, {}};
  if (with_face) {
    const WeightView& mask = node.weights[0];
    job = {op, static_cast<int>(mask.shape[0]), static_cast<int>(mask.shape[1]), to_floats(mask)};
  }
  const Layout in = build.in(node), out = build.out(node);
  auto run = [in, out, with_face, job = std::move(job)](const Binding& b) {
    for_rows(out.shape, [&](int n, int y) {
      const std::byte* rgb = in.row(b.inputs[0], n, y);
      const auto colour = [&](std::size_t i) {
        return in.dtype == DType::u8 ? static_cast<float>(rgb[i]) : reinterpret_cast<const float*>(rgb)[i];
      };
      std::byte* to = out.row(b.outputs[0], n, y);
      for (int x = 0; x < in.shape.w; ++x) {
        std::array<float, 6> pixel{};
        for (std::size_t i = 0; i < 3; ++i) {
          pixel.at(i) = (colour(3 * static_cast<std::size_t>(x) + 2 - i) - job.op.mean.at(i)) * job.op.scale;
        }
        if (with_face) {
          const FaceChannels face = job.at(reinterpret_cast<const float*>(b.inputs[1]), y, x);
          pixel[3] = static_cast<float>(face.x);
          pixel[4] = static_cast<float>(face.y);
          pixel[5] = static_cast<float>(face.mask);
        }
        convert_row({}, DType::f32, reinterpret_cast<const std::byte*>(pixel.data()), out.dtype,
                    to + static_cast<std::size_t>(x) * out.pixel_bytes(), static_cast<std::size_t>(out.shape.c));
      }
    });
  };
  return kernel_of("plain", std::move(run));
}

}  // namespace impasto::cpu
