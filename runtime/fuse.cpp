#include "runtime/fuse.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace impasto {

class Fuser {
 public:
  Fuser(Graph graph, const Backend& backend) : graph_(std::move(graph)), backend_(backend) {}

  Graph run() && {
    // From the end: what has been replaced lies behind.
    for (std::size_t i = graph_.nodes_.size(); i-- > 0;) enlarge_on_the_way(i);
    for (std::size_t i = graph_.nodes_.size(); i-- > 0;) take_moments_on_the_way(i);
    for (std::size_t i = graph_.nodes_.size(); i-- > 0;) normalise_on_the_way(i);
    return std::move(graph_);
  }

 private:
  // Resize -> node i.
  void enlarge_on_the_way(std::size_t i) {
    Node conv = graph_.nodes_[i];
    auto* op = std::get_if<Conv2d>(&conv.op);
    const std::optional<std::size_t> before = op == nullptr ? std::nullopt : only_for(conv.inputs[0]);
    if (!before) return;
    const Node& resize = graph_.nodes_[*before];
    const auto* how = std::get_if<Resize>(&resize.op);
    if (how == nullptr || how->mode != Resize::Mode::nearest || op->upsample != 1) return;
    const Shape small = graph_.tensor(resize.inputs[0]).shape;
    if (how->h != 2 * small.h || how->w != 2 * small.w) return;
    op->upsample = 2;
    conv.inputs[0] = resize.inputs[0];
    if (backend_.fuses(graph_, conv)) replace(i, {std::move(conv)}, *before);
  }

  // Of a convolution of either kind.
  static Joined* joined_of(Op& op) {
    if (auto* conv = std::get_if<Conv2d>(&op)) return &conv->joined;
    auto* deconv = std::get_if<Deconv2d>(&op);
    return deconv == nullptr ? nullptr : &deconv->joined;
  }

  // A convolution -> node i, a norm.
  void take_moments_on_the_way(std::size_t i) {
    const Node norm = graph_.nodes_[i];
    const auto* op = std::get_if<InstanceNorm>(&norm.op);
    const std::optional<std::size_t> before = op == nullptr ? std::nullopt : maker_for_one(norm.inputs[0]);
    if (!before) return;
    Node conv = graph_.nodes_[*before];
    Joined* how = joined_of(conv.op);
    if (how == nullptr || graph_.tensor(conv.inputs[0]).shape.n != 1) return;
    how->moments_part = backend_.moments_part(graph_, conv);
    if (!backend_.fuses(graph_, conv)) return;

    const TensorInfo x = graph_.tensor(norm.inputs[0]);
    const TensorInfo moments = graph_.infer(conv)[1];
    conv.outputs.push_back(graph_.add_tensor(conv.name + ".moments", moments.shape, moments.dtype));
    Node merge{
        MergeMoments{.pixels = x.shape.h * x.shape.w, .part = how->moments_part, .eps = op->eps, .memory = op->memory},
        norm.name + ".merge",
        norm.precision,
        {conv.outputs[1]},
        {},
        norm.weights};
    merge.inputs.insert(merge.inputs.end(), norm.inputs.begin() + 2, norm.inputs.end());
    const TensorInfo terms = graph_.infer(merge)[0];
    merge.outputs.push_back(graph_.add_tensor(norm.name + ".terms", terms.shape, terms.dtype));
    merge.outputs.insert(merge.outputs.end(), norm.outputs.begin() + 1, norm.outputs.end());  // what it remembers
    Node rest{Normalise{op->activation, op->out_scale, op->out_offset, op->to_float},
              norm.name,
              norm.precision,
              {norm.inputs[0], merge.outputs[0], norm.inputs[1]},
              {norm.outputs[0]},
              {}};
    graph_.nodes_[*before] = std::move(conv);
    replace(i, {std::move(merge), std::move(rest)});
  }

  // Normalise -> node i, a convolution.
  void normalise_on_the_way(std::size_t i) {
    Node conv = graph_.nodes_[i];
    Joined* how = joined_of(conv.op);
    const std::optional<std::size_t> before = how == nullptr ? std::nullopt : only_for(conv.inputs[0]);
    if (!before) return;
    const Node& norm = graph_.nodes_[*before];
    const auto* op = std::get_if<Normalise>(&norm.op);
    if (op == nullptr || norm.inputs[2] != kAbsent || op->to_float || norm.precision != conv.precision) return;
    how->first = *op;
    conv.inputs[0] = norm.inputs[0];
    conv.inputs.push_back(norm.inputs[1]);
    if (backend_.fuses(graph_, conv)) replace(i, {std::move(conv)}, *before);
  }

  // The node that makes a tensor which nobody reads but one input of one node.
  [[nodiscard]] std::optional<std::size_t> maker_for_one(TensorId id) const {
    if (graph_.is_input(id) || graph_.is_output(id)) return {};
    std::ptrdiff_t readers = 0;
    std::optional<std::size_t> maker;
    for (std::size_t i = 0; i < graph_.nodes_.size(); ++i) {
      const Node& node = graph_.nodes_[i];
      readers += std::count(node.inputs.begin(), node.inputs.end(), id);
      if (node.outputs.front() == id) maker = i;
    }
    return readers == 1 ? maker : std::nullopt;
  }

  // The same, if it can move to that other: if it touches no state, for whose values the order of the nodes counts.
  [[nodiscard]] std::optional<std::size_t> only_for(TensorId id) const {
    const std::optional<std::size_t> maker = maker_for_one(id);
    return maker && !touches_state(graph_.nodes_[*maker]) ? maker : std::nullopt;
  }

  [[nodiscard]] bool touches_state(const Node& node) const {
    const auto is_state = [&](TensorId id) { return graph_.is_state(id); };
    return std::ranges::any_of(node.inputs, is_state) || std::ranges::any_of(node.outputs, is_state);
  }

  // `gone`, a node before, is left out with its output, which then takes no memory.
  void replace(std::size_t i, std::vector<Node> nodes, std::optional<std::size_t> gone = {}) {
    auto& all = graph_.nodes_;
    const auto place = all.erase(all.begin() + static_cast<std::ptrdiff_t>(i));
    all.insert(place, nodes.begin(), nodes.end());
    if (!gone) return;
    graph_.tensors_[static_cast<std::size_t>(all[*gone].outputs[0])].shape = {1, 1, 1, 1};
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(*gone));
  }

  Graph graph_;
  const Backend& backend_;
};

Graph fuse(Graph graph, const Backend& backend) {
  return Fuser(std::move(graph), backend).run();
}

}  // namespace impasto
