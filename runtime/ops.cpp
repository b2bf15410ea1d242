#include "runtime/ops.h"

namespace impasto {

std::string_view to_string(Precision precision) noexcept {
  switch (precision) {
    case Precision::fp32:
      return "fp32";
    case Precision::fp16:
      return "fp16";
    case Precision::bf16:
      return "bf16";
  }
  return "?";
}

DType activation_dtype(Precision precision) noexcept {
  switch (precision) {
    case Precision::fp16:
      return DType::f16;
    case Precision::bf16:
      return DType::bf16;
    case Precision::fp32:
      break;
  }
  return DType::f32;
}

namespace {

struct OpName {
  std::string_view operator()(const Conv2d&) const { return "conv2d"; }
  std::string_view operator()(const Deconv2d&) const { return "deconv2d"; }
  std::string_view operator()(const InstanceNorm&) const { return "instance_norm"; }
  std::string_view operator()(const MergeMoments&) const { return "merge_moments"; }
  std::string_view operator()(const Normalise&) const { return "normalise"; }
  std::string_view operator()(const GlobalAverage&) const { return "global_average"; }
  std::string_view operator()(const MaxPool&) const { return "max_pool"; }
  std::string_view operator()(const Softmax&) const { return "softmax"; }
  std::string_view operator()(const PortraitInput&) const { return "portrait_input"; }
  std::string_view operator()(const Inspect&) const { return "inspect"; }
  std::string_view operator()(const Resize&) const { return "resize"; }
  std::string_view operator()(const Pad&) const { return "pad"; }
  std::string_view operator()(const Convert&) const { return "convert"; }
  std::string_view operator()(const Add&) const { return "add"; }
  std::string_view operator()(const Gate&) const { return "gate"; }
  std::string_view operator()(const Store&) const { return "store"; }
  std::string_view operator()(const ToRgb&) const { return "to_rgb"; }
  std::string_view operator()(const Stillness&) const { return "stillness"; }
  std::string_view operator()(const Sweep&) const { return "sweep"; }
  std::string_view operator()(const Blend&) const { return "blend"; }
  std::string_view operator()(const ConvertPlanes&) const { return "convert_planes"; }
  std::string_view operator()(const GuidedFilter&) const { return "guided_filter"; }
  std::string_view operator()(const MatteSmooth&) const { return "matte_smooth"; }
  std::string_view operator()(const MatteThreshold&) const { return "matte_threshold"; }
  std::string_view operator()(const MatteComponents&) const { return "matte_components"; }
  std::string_view operator()(const MatteGrow&) const { return "matte_grow"; }
  std::string_view operator()(const MatteFeather&) const { return "matte_feather"; }
  std::string_view operator()(const MatteToPlanes&) const { return "matte_to_planes"; }
  std::string_view operator()(const Composite&) const { return "composite"; }
  std::string_view operator()(const PreserveColour&) const { return "preserve_colour"; }
  std::string_view operator()(const BlurBehind&) const { return "blur_behind"; }
};

}  // namespace

std::string_view op_name(const Op& op) noexcept {
  return std::visit(OpName{}, op);
}

}  // namespace impasto
