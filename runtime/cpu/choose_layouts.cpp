#include "runtime/cpu/choose_layouts.h"

#include "runtime/cpu/kernels.h"

#include <algorithm>

namespace impasto::cpu {

Border border_of(const Conv2d& op) {
  return {op.pad_top, op.pad_left, op.pad_bottom, op.pad_right, op.pad_mode};
}

Border wanted_border(const Node& node) {
  const auto* conv = std::get_if<Conv2d>(&node.op);
  if (conv == nullptr || in_tiles(node)) return {};
  // oneDNN pads with zeros by itself, but well only where each window sees some of the picture.
  const bool wide =
      std::max(conv->pad_top, conv->pad_bottom) >= conv->r || std::max(conv->pad_left, conv->pad_right) >= conv->s;
  const Border pad = border_of(*conv);
  return (conv->pad_mode == PadMode::reflect || wide) && !pad.empty() ? pad : Border{};
}

namespace {

bool writes_borders(const Op& op) {
  if (const auto* resize = std::get_if<Resize>(&op)) return resize->mode == Resize::Mode::nearest;
  return std::holds_alternative<InstanceNorm>(op) || std::holds_alternative<Normalise>(op) ||
         std::holds_alternative<Convert>(op) || std::holds_alternative<Add>(op) || std::holds_alternative<Gate>(op);
}

// Whether the kernel finds its way in input i when that has a border around it.
bool reads_borders(const Node& node, std::size_t i) {
  const Op& op = node.op;
  if (in_tiles(node)) return i == 0;
  if (const auto* resize = std::get_if<Resize>(&op)) return resize->mode == Resize::Mode::nearest;
  if (std::holds_alternative<InstanceNorm>(op)) return i == 1;
  if (std::holds_alternative<Normalise>(op)) return i == 2;
  return std::holds_alternative<Convert>(op) || std::holds_alternative<Add>(op) || std::holds_alternative<Gate>(op) ||
         std::holds_alternative<Inspect>(op);
}

// The border that all readers of the tensor agree on.
Border agreed_border(const Graph& graph, TensorId id) {
  Border agreed;
  for (const Node& node : graph.nodes()) {
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] != id) continue;
      const Border wanted = i == 0 ? wanted_border(node) : Border{};
      if (wanted.empty()) {
        if (!reads_borders(node, i)) return {};
      } else if (!agreed.empty() && agreed != wanted) {
        return {};
      } else {
        agreed = wanted;
      }
    }
  }
  return agreed;
}

constexpr int kBlock = 16;  // channels

bool is_float(const Graph& graph, TensorId id) {
  return graph.tensor(id).dtype == DType::f32;
}

// Whether the node's kernel can write blocks: a convolution that can read blocks too, or planes of single channels.
bool writes_blocks(const Graph& graph, const Node& node) {
  const auto* conv = std::get_if<Conv2d>(&node.op);
  if (conv == nullptr) return !std::holds_alternative<Deconv2d>(node.op);
  if (in_tiles(node)) return true;
  const int channels = graph.tensor(node.inputs[0]).shape.c;
  const bool planes = channels <= 8 && conv->r == 3 && conv->s == 3;
  return conv->groups == 1 && is_float(graph, node.inputs[0]) && (channels % kBlock == 0 || planes);
}

// What the node's kernel reads and writes value by value, so that it has to lie alike.
std::vector<TensorId> alike(const Node& node) {
  std::vector<TensorId> ids{node.outputs[0]};
  const auto inputs = [&](std::size_t first, std::size_t end) {
    for (std::size_t i = first; i < std::min(end, node.inputs.size()); ++i) {
      if (node.inputs[i] != kAbsent) ids.push_back(node.inputs[i]);
    }
    return ids;
  };
  const auto* resize = std::get_if<Resize>(&node.op);
  if (std::holds_alternative<Conv2d>(node.op)) return inputs(1, 2);
  if (std::holds_alternative<InstanceNorm>(node.op)) return inputs(0, 2);
  if (std::holds_alternative<Normalise>(node.op)) {
    ids.push_back(node.inputs[0]);
    return inputs(2, 3);
  }
  if (std::holds_alternative<MaxPool>(node.op) || std::holds_alternative<Convert>(node.op) ||
      std::holds_alternative<Add>(node.op) || (resize != nullptr && resize->mode == Resize::Mode::nearest)) {
    return inputs(0, 2);
  }
  return {};
}

// Gives `value` to all that has to lie like something that has it.
void spread(const Graph& graph, bool value, std::vector<bool>& list) {
  const auto has = [&](TensorId id) { return list[static_cast<std::size_t>(id)] == value; };
  for (bool changed = true; changed;) {
    changed = false;
    for (const Node& node : graph.nodes()) {
      const std::vector<TensorId> ids = alike(node);
      if (std::ranges::none_of(ids, has) || std::ranges::all_of(ids, has)) continue;
      for (const TensorId id : ids) list[static_cast<std::size_t>(id)] = value;
      changed = true;
    }
  }
}

// By TensorId.
std::vector<bool> choose_blocked(const Graph& graph) {
  std::vector<bool> can;
  for (TensorId id = 0; id < graph.tensor_count(); ++id) {
    can.push_back(graph.tensor(id).shape.c % kBlock == 0 && is_float(graph, id) && !graph.is_input(id) &&
                  !graph.is_output(id) && !graph.is_state(id));
  }
  std::vector<bool> blocked(can.size(), false);
  if (!has_isa(dnnl::cpu_isa::avx512_core)) return blocked;  // oneDNN has Winograd convolutions for no other
  for (const Node& node : graph.nodes()) {
    std::vector<TensorId> ids = alike(node);
    if (!writes_blocks(graph, node)) ids.clear();
    // Convolutions bring their input into the order that they want.
    const bool converts = std::holds_alternative<Conv2d>(node.op) || std::holds_alternative<Deconv2d>(node.op);
    if (converts && is_float(graph, node.outputs[0])) ids.push_back(node.inputs[0]);
    for (const auto& list : {node.inputs, node.outputs}) {
      for (const TensorId id : list) {
        if (id != kAbsent && std::ranges::find(ids, id) == ids.end()) can[static_cast<std::size_t>(id)] = false;
      }
    }
  }
  spread(graph, false, can);
  for (const Node& node : graph.nodes()) {
    if (!std::holds_alternative<Conv2d>(node.op) || in_tiles(node)) continue;
    const auto in = static_cast<std::size_t>(node.inputs[0]);
    const auto out = static_cast<std::size_t>(node.outputs[0]);
    const bool winograd = fits_winograd(node, graph.tensor(node.inputs[0]).shape.c);
    if (!can[out] || !(winograd || blocked[in])) continue;
    blocked[out] = true;
    blocked[in] = can[in];
    spread(graph, true, blocked);
  }
  return blocked;
}

}  // namespace

bool fits_winograd(const Node& node, int channels) {
  const auto* conv = std::get_if<Conv2d>(&node.op);
  if (conv == nullptr || conv->r != 3 || conv->s != 3 || conv->stride != 1 || conv->groups != 1) return false;
  const bool activation = conv->activation == Activation::none || conv->activation == Activation::relu;
  // Fewer would not pay for transforming the picture.
  const auto enough = [](int count) { return count >= 2 * kBlock && count % kBlock == 0; };
  return activation && node.precision == Precision::fp32 && enough(conv->k) && enough(channels);
}

std::vector<Layout> choose_layouts(const Graph& graph) {
  std::vector<Layout> layouts;
  for (TensorId id = 0; id < graph.tensor_count(); ++id) {
    layouts.push_back({graph.tensor(id).shape, graph.tensor(id).dtype});
  }
  const std::vector<bool> blocked = choose_blocked(graph);
  for (std::size_t i = 0; i < blocked.size(); ++i) {
    if (blocked[i]) layouts[i] = layouts[i].in_blocks(layouts[i].channels() / kBlock);
  }
  for (const Node& node : graph.nodes()) {
    const TensorId id = node.outputs.front();
    if (graph.is_output(id) || graph.is_state(id) || !writes_borders(node.op)) continue;
    layouts[static_cast<std::size_t>(id)].border = agreed_border(graph, id);
  }
  return layouts;
}

}  // namespace impasto::cpu
