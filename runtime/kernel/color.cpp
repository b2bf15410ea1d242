// to_rgb, convert_planes and matte_to_planes: one node, one or more launches of color.
#include "kernels/color/color.h"

#include "runtime/kernel/kernels.h"
#include "runtime/kernel/planes.h"

#include <algorithm>
#include <iterator>

namespace impasto::IMPASTO_TARGET {

PlaneFormat kernel_format(const PixelFormat& format) {
  PlaneFormat f{.type = format.dtype() == DType::u8 ? SampleType::u8 : SampleType::u16,
                .high = static_cast<float>((1 << format.depth) - 1)};
  switch (format.model) {
    case PixelFormat::Model::rgb:
      f.model = PlaneModel::rgb;
      break;
    case PixelFormat::Model::yuv:
      f.model = PlaneModel::yuv;
      break;
    case PixelFormat::Model::gbr:
      f.model = PlaneModel::gbr;
      break;
    case PixelFormat::Model::grey:
      f.model = PlaneModel::grey;
      break;
  }
  const auto axis = [](const impasto::ChromaAxis& a) { return chroma_axis(a.shift, a.centred); };
  f.columns = axis(chroma_columns(format));
  f.rows = axis(chroma_rows(format));
  return f;
}

Affine kernel_affine(const impasto::Affine& affine) {
  Affine a;
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) a.matrix[i][j] = affine.matrix[i][j];
    a.offset[i] = affine.offset[i];
  }
  return a;
}

namespace {

constexpr Affine kFirstOnly{{{1, 0, 0}, {0, 0, 0}, {0, 0, 0}}, {}};

// A launch, and the first of the node's planes that it works on.
struct Step {
  ColorProblem problem;
  std::size_t first = 0;
};

// The formats need R,G,B in between.
std::vector<Step> through_rgb(const Shape& size, const PixelFormat& from, const PixelFormat& to) {
  return {{{.h = size.h,
            .w = size.w,
            .from = kernel_format(from),
            .to = kernel_format(to),
            .rgb_from = kernel_affine(rgb_from_samples(from)),
            .to_samples = kernel_affine(samples_from_rgb(to))}}};
}

// Sample by sample: each plane as if it were grey, packed triples as if they were three pixels.
std::vector<Step> plane_by_plane(const Shape& size, const PixelFormat& from, const PixelFormat& to) {
  std::vector<Step> steps;
  PlaneFormat grey_from = kernel_format(from);
  PlaneFormat grey_to = kernel_format(to);
  for (PlaneFormat* f : {&grey_from, &grey_to}) {
    *f = {.model = PlaneModel::grey, .type = f->type, .high = f->high};
  }
  for (const Shape& plane : to.plane_shapes(size.h, size.w)) {
    const Rescale levels = rescale(from, to, static_cast<int>(steps.size()));
    steps.push_back({{.h = plane.h,
                      .w = plane.w * plane.c,
                      .from = grey_from,
                      .to = grey_to,
                      .rgb_from = {{{levels.scale, 0, 0}, {0, 0, 0}, {0, 0, 0}}, {levels.offset, 0, 0}},
                      .to_samples = kFirstOnly},
                     steps.size()});
  }
  return steps;
}

class ColorKernel final : public Kernel {
 public:
  ColorKernel(const Build& build, const Node& node, std::vector<Step> steps)
      : node_(node.name), stream_(build.device.stream()), steps_(std::move(steps)) {
    const auto picked = [&](const Step& step) {
      return &pick(build, node, color_rungs(), choose_color(step.problem), step.problem);
    };
    std::transform(steps_.begin(), steps_.end(), std::back_inserter(rungs_), picked);
  }

  [[nodiscard]] std::string_view name() const noexcept override { return rungs_.front()->name; }
  void run(const Binding& binding) override try {
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const auto& [problem, first] = steps_[i];
      ColorArgs args;
      for (int k = 0; k < problem.from.planes(); ++k) args.from[k] = binding.inputs[first + k];
      for (int k = 0; k < problem.to.planes(); ++k) args.to[k] = binding.outputs[first + k];
      rungs_[i]->launch(problem, args, stream_);
    }
  } catch (const std::runtime_error& error) {
    fail("{}: {}", node_, error.what());
  }

 private:
  std::string node_;
  Stream stream_;
  std::vector<Step> steps_;
  std::vector<const ColorRung*> rungs_;  // of the steps
};

}  // namespace

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const ConvertPlanes& op) {
  const Shape size = build.in(node).shape;
  const bool alone = differ_in_levels_only(op.from, op.to);
  return std::make_unique<ColorKernel>(
      build, node, alone ? plane_by_plane(size, op.from, op.to) : through_rgb(size, op.from, op.to));
}

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const ToRgb& op) {
  return make_kernel(build, node, ConvertPlanes{op.format, PixelFormat{}});
}

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MatteToPlanes& op) {
  constexpr PixelFormat kGrey{.model = PixelFormat::Model::grey};
  std::vector<Step> steps = through_rgb(build.in(node).shape, kGrey, op.format);
  ColorProblem& problem = steps.front().problem;
  problem.from.type = SampleType::f32;
  for (auto& row : problem.rgb_from.matrix) row[0] = 255;
  return std::make_unique<ColorKernel>(build, node, std::move(steps));
}

}  // namespace impasto::IMPASTO_TARGET
