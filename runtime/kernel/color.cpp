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
  f.semi_planar = format.model == PixelFormat::Model::yuv && format.semi_planar;
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

constexpr Affine kAsTheyAre{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, {}};

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

// Sample by sample: each plane as if it were grey, packed triples as if they were three pixels; Cb and Cr, which may be
// stored in two ways, as a picture of their own.
std::vector<Step> plane_by_plane(const Shape& size, const PixelFormat& from, const PixelFormat& to) {
  std::vector<Step> steps;
  const bool yuv = to.model == PixelFormat::Model::yuv;
  const auto part_of = [](const PixelFormat& format, PlaneModel model) {
    const PlaneFormat f = kernel_format(format);
    return PlaneFormat{
        .model = model, .type = f.type, .high = f.high, .semi_planar = model == PlaneModel::chroma && f.semi_planar};
  };
  const std::vector<Shape> planes = to.plane_shapes(size.h, size.w);
  for (std::size_t i = 0; i < (yuv ? 2 : planes.size()); ++i) {
    const PlaneModel model = yuv && i == 1 ? PlaneModel::chroma : PlaneModel::grey;
    const auto [scale, offset] = rescale(from, to, static_cast<int>(i));
    steps.push_back({{.h = planes[i].h,
                      .w = model == PlaneModel::grey ? planes[i].w * planes[i].c : planes[i].w,
                      .from = part_of(from, model),
                      .to = part_of(to, model),
                      .rgb_from = {{{scale, 0, 0}, {0, scale, 0}, {0, 0, 0}}, {offset, offset, 0}},
                      .to_samples = kAsTheyAre},
                     i});
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
