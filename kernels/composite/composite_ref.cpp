// The definition of correct: what lies on every pixel, then every sample, in double.
#include "kernels/common/planes_ref.h"
#include "kernels/composite/composite.h"

namespace impasto::IMPASTO_TARGET {

std::vector<std::vector<double>> composite_reference(const CompositeProblem& d, const CompositeInputs& in) {
  const bool replaced = d.behind != Behind::frame;
  return planes_reference(d.format, d.to_samples, d.h, d.w, in.frame, [&](int y, int x) {
    const auto pixel = static_cast<std::size_t>(y) * d.w + x;
    const double matte = in.matte.empty() ? 1 : static_cast<double>(in.matte[pixel]);
    const double outside = replaced ? 0 : static_cast<double>(d.paint_outside);
    const double inside = static_cast<double>(d.paint_inside);
    const double paint = in.painted.empty() ? 0 : matte * inside + (1 - matte) * outside;
    const double behind = replaced ? 1 - matte : 0;
    LayerReference layer{0, 0, 0, paint + behind};
    for (std::size_t c = 0; c < 3; ++c) {
      if (paint != 0) {
        const auto at = 3 * (static_cast<std::size_t>(y) * d.painted_w + x) + c;
        const double value = static_cast<double>(in.painted[at]) * static_cast<double>(d.painted_scale);
        layer[c] += paint * std::clamp(value, 0.0, 255.0);
      }
      if (behind != 0) {
        const float value = d.behind == Behind::colour ? d.colour[c] : in.picture[3 * pixel + c];
        layer[c] += behind * static_cast<double>(value);
      }
    }
    return layer;
  });
}

}  // namespace impasto::IMPASTO_TARGET
