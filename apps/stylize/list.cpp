#include "apps/stylize/list.h"

#include "apps/stylize/style.h"
#include "nets/net.h"
#include "runtime/devices/devices.h"
#include "runtime/engine.h"

#include <fmt/format.h>

#include <algorithm>

namespace impasto::stylize {

std::string version_text() {
  return fmt::format("stylize {} (impasto)\nCUDA architectures compiled in: {}\n", IMPASTO_VERSION,
                     cuda_architectures());
}

std::string styles_text() {
  std::string text;
  for (const StyleLook& style : style_looks()) text += fmt::format("{:>2}  {}\n", style.index, style.look);
  return text;
}

namespace {

std::string_view kind_name(Net::Kind kind) {
  switch (kind) {
    case Net::Kind::style:
      return "style";
    case Net::Kind::matte:
      return "matte";
    case Net::Kind::face:
      return "face";
    case Net::Kind::predictor:
      return "predictor";
  }
  return "";
}

}  // namespace

std::string models_text() {
  std::string text;
  for (const Net& net : nets()) {
    text += fmt::format("{:<20} {:<10} {}\n{:<31} {}\n", net.name, kind_name(net.kind), net.summary, "", net.source);
  }
  return text;
}

std::string graph_text(const Options& options) {
  const Net& net = find_net(options.graph);
  const auto device = open_device(options.device, {options.threads, options.rungs});
  const Precision precision = precision_of(net, choose_precision(options.precision, *device));
  const int height = net.fixed_h > 0 ? net.fixed_h : 360;
  const int width = net.fixed_w > 0 ? net.fixed_w : 640;
  // Only shapes matter here, so any weights do.
  const Weights weights = Weights::random(net.weight_table(), 0);
  const Engine engine(build_net(net, weights, height, width, precision), *device);

  const std::vector<NodeProfile> nodes = engine.profile();
  std::size_t name = 4;
  std::size_t kernel = 6;
  for (const NodeProfile& node : nodes) {
    name = std::max(name, node.name.size());
    kernel = std::max(kernel, node.kernel.size());
  }
  const Graph& graph = engine.graph();
  std::string text =
      fmt::format("{} at {}x{} in {} on {}: {} nodes, arena {} bytes (workspace {} bytes)\n", net.name, width, height,
                  to_string(precision), device->name(), nodes.size(), engine.arena().bytes, engine.workspace_bytes());
  text += fmt::format("{:<{}}  {:<14} {:<{}}  {:<16} {:<5} {:>12} {:>12}\n", "node", name, "op", "kernel", kernel,
                      "output", "type", "offset", "bytes");
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const TensorId id : graph.nodes()[i].outputs) {
      const TensorInfo& tensor = graph.tensor(id);
      const std::size_t offset = engine.arena().offsets[static_cast<std::size_t>(id)];
      const std::string place = offset == ArenaPlan::kNotInArena ? "own" : std::to_string(offset);
      text +=
          fmt::format("{:<{}}  {:<14} {:<{}}  {:<16} {:<5} {:>12} {:>12}\n", nodes[i].name, name, nodes[i].op,
                      nodes[i].kernel, kernel, to_string(tensor.shape), to_string(tensor.dtype), place, tensor.bytes());
    }
  }
  return text;
}

}  // namespace impasto::stylize
