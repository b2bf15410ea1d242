#include "runtime/cpu/layout.h"

#include "runtime/cpu/dnnl_kernels.h"

#include <algorithm>
#include <cstring>

namespace impasto::cpu {

std::size_t Layout::pixel_bytes() const noexcept {
  return static_cast<std::size_t>(shape.c) * size_of(dtype);
}
std::size_t Layout::row_bytes() const noexcept {
  return static_cast<std::size_t>(padded_w()) * pixel_bytes();
}
std::size_t Layout::bytes() const noexcept {
  return static_cast<std::size_t>(shape.n) * static_cast<std::size_t>(padded_h()) * row_bytes();
}
std::size_t Layout::row_values() const noexcept {
  return static_cast<std::size_t>(shape.w) * static_cast<std::size_t>(shape.c);
}

const std::byte* Layout::row(const std::byte* base, int n, int y) const noexcept {
  const std::ptrdiff_t rows = std::ptrdiff_t{n} * padded_h() + border.top + y;
  return base + rows * static_cast<std::ptrdiff_t>(row_bytes()) +
         border.left * static_cast<std::ptrdiff_t>(pixel_bytes());
}
std::byte* Layout::row(std::byte* base, int n, int y) const noexcept {
  return const_cast<std::byte*>(row(static_cast<const std::byte*>(base), n, y));
}

void Layout::finish_row(std::byte* base, int n, int y) const noexcept {
  if (border.empty()) return;
  const auto pixel = static_cast<std::ptrdiff_t>(pixel_bytes());
  const std::ptrdiff_t left = border.left;
  const std::ptrdiff_t right = border.right;
  std::byte* const first = row(base, n, y);
  std::byte* const last = first + (shape.w - 1) * pixel;
  std::byte* const whole = first - left * pixel;
  const auto copy_to = [&](int other) { std::memcpy(row(base, n, other) - left * pixel, whole, row_bytes()); };

  if (border.mode == PadMode::reflect) {
    for (std::ptrdiff_t i = 1; i <= left; ++i) std::memcpy(first - i * pixel, first + i * pixel, pixel_bytes());
    for (std::ptrdiff_t i = 1; i <= right; ++i) std::memcpy(last + i * pixel, last - i * pixel, pixel_bytes());
    if (y >= 1 && y <= border.top) copy_to(-y);
    const int from_end = shape.h - 1 - y;
    if (from_end >= 1 && from_end <= border.bottom) copy_to(shape.h - 1 + from_end);
    return;
  }
  std::memset(whole, 0, static_cast<std::size_t>(left * pixel));
  std::memset(last + pixel, 0, static_cast<std::size_t>(right * pixel));
  const auto clear = [&](int from, int to) {
    for (int i = from; i < to; ++i) std::memset(row(base, n, i) - left * pixel, 0, row_bytes());
  };
  if (y == 0) clear(-border.top, 0);
  if (y == shape.h - 1) clear(shape.h, shape.h + border.bottom);
}

Border wanted_border(const Node& node) {
  if (const auto* conv = std::get_if<Conv2d>(&node.op)) {
    const Border pad{conv->pad_top, conv->pad_left, conv->pad_bottom, conv->pad_right, conv->pad_mode};
    // oneDNN pads with zeros by itself, but well only where each window sees some of the picture, and not along the
    // filter's columns when they are summed by us.
    const bool wide =
        std::max(conv->pad_top, conv->pad_bottom) >= conv->r || std::max(conv->pad_left, conv->pad_right) >= conv->s;
    const bool ours = conv->pad_mode == PadMode::reflect || wide || sums_columns(node);
    return ours && !pad.empty() ? pad : Border{};
  }
  if (const auto* deconv = std::get_if<Deconv2d>(&node.op)) {
    const PhaseTaps taps = phase_taps(*deconv);
    const Border pad{taps.r - 1, taps.s - 1, taps.r - 1, taps.s - 1, PadMode::zero};
    return pad.empty() ? Border{} : pad;
  }
  return {};
}

namespace {

bool writes_borders(const Op& op) {
  if (const auto* resize = std::get_if<Resize>(&op)) return resize->mode == Resize::Mode::nearest;
  return std::holds_alternative<InstanceNorm>(op) || std::holds_alternative<Convert>(op) ||
         std::holds_alternative<Add>(op) || std::holds_alternative<Gate>(op);
}

// Whether the kernel finds its way in input i when that has a border around it.
bool reads_borders(const Op& op, std::size_t i) {
  if (const auto* resize = std::get_if<Resize>(&op)) return resize->mode == Resize::Mode::nearest;
  if (std::holds_alternative<InstanceNorm>(op)) return i == 1;
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
        if (!reads_borders(node.op, i)) return {};
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
    if (!std::holds_alternative<Conv2d>(node.op)) continue;
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

template <std::size_t Bytes>
void copy_fixed_runs(std::byte* out, std::size_t out_step, const std::byte* in, std::size_t in_step,
                     int count) noexcept {
  for (int i = 0; i < count; ++i, out += out_step, in += in_step) std::memcpy(out, in, Bytes);
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

void copy_runs(std::byte* out, std::size_t out_step, const std::byte* in, std::size_t in_step, std::size_t bytes,
               int count) noexcept {
  switch (bytes) {
    case 4:
      return copy_fixed_runs<4>(out, out_step, in, in_step, count);
    case 8:
      return copy_fixed_runs<8>(out, out_step, in, in_step, count);
    case 16:
      return copy_fixed_runs<16>(out, out_step, in, in_step, count);
    case 32:
      return copy_fixed_runs<32>(out, out_step, in, in_step, count);
    case 64:
      return copy_fixed_runs<64>(out, out_step, in, in_step, count);
    case 128:
      return copy_fixed_runs<128>(out, out_step, in, in_step, count);
    default:
      for (int i = 0; i < count; ++i, out += out_step, in += in_step) std::memcpy(out, in, bytes);
  }
}

}  // namespace impasto::cpu
