#include "runtime/graph.h"

#include "runtime/error.h"

#include <algorithm>

namespace impasto {

namespace {

bool contains(std::span<const TensorId> ids, TensorId id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

}  // namespace

// ---- Building -----------------------------------------------------------------------------------------------------

TensorId Graph::add_tensor(std::string name, Shape shape, DType dtype) {
  if (shape.n < 1 || shape.h < 1 || shape.w < 1 || shape.c < 1) {
    fail("{}: shape {} has an empty side", name, to_string(shape));
  }
  tensors_.push_back({shape, dtype, std::move(name)});
  return static_cast<TensorId>(tensors_.size()) - 1;
}

std::vector<TensorId> Graph::add_node(Node node) {
  node.name = prefix_ + node.name;
  node.precision = precision_;
  const std::vector<TensorInfo> outputs = infer(node);
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    if (node.outputs[i] == kAbsent) continue;
    const TensorInfo& state = tensor(node.outputs[i]);
    if (!is_state(node.outputs[i])) fail("{}: {} is no state", node.name, state.name);
    if (state.shape != outputs[i].shape || state.dtype != outputs[i].dtype) {
      fail("{}: state {} is {} {}, expected {} {}", node.name, state.name, to_string(state.shape),
           to_string(state.dtype), to_string(outputs[i].shape), to_string(outputs[i].dtype));
    }
  }
  node.outputs.resize(outputs.size(), kAbsent);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (node.outputs[i] != kAbsent) continue;
    std::string name = outputs.size() == 1 ? node.name : fmt::format("{}.{}", node.name, i);
    node.outputs[i] = add_tensor(std::move(name), outputs[i].shape, outputs[i].dtype);
  }
  nodes_.push_back(std::move(node));
  return nodes_.back().outputs;
}

TensorId Graph::input(std::string name, Shape shape, DType dtype, bool persistent) {
  const TensorId id = add_tensor(std::move(name), shape, dtype);
  inputs_.push_back(id);
  if (persistent) persistent_.push_back(id);
  return id;
}

std::vector<TensorId> Graph::input_planes(const PixelFormat& format, int height, int width) {
  std::vector<TensorId> planes;
  for (const Shape& shape : format.plane_shapes(height, width)) {
    planes.push_back(input("plane." + std::to_string(planes.size()), shape, format.dtype()));
  }
  return planes;
}

TensorId Graph::state(std::string name, Shape shape, DType dtype) {
  states_.push_back(add_tensor(std::move(name), shape, dtype));
  return states_.back();
}

void Graph::store(std::string name, TensorId x, TensorId state) {
  append(std::move(name), Store{}, {x}, state);
}

void Graph::output(TensorId id) {
  if (is_state(id)) fail("{} is a state, expected an output that is none", tensor(id).name);
  if (!is_output(id)) outputs_.push_back(id);
}

void Graph::scope(std::string prefix, Precision precision) {
  prefix_ = std::move(prefix);
  precision_ = precision;
}

TensorId Graph::conv2d(std::string name, TensorId x, const Conv2d& op, WeightView weight, WeightView bias,
                       TensorId residual) {
  return add_node({op, std::move(name), precision_, {x, residual}, {}, {std::move(weight), std::move(bias)}}).front();
}

TensorId Graph::deconv2d(std::string name, TensorId x, const Deconv2d& op, WeightView weight, WeightView bias) {
  return add_node({op, std::move(name), precision_, {x}, {}, {std::move(weight), std::move(bias)}}).front();
}

TensorId Graph::instance_norm(std::string name, TensorId x, const InstanceNorm& op, WeightView gamma, WeightView beta,
                              TensorId residual, TensorId style, WeightView gamma_bias, WeightView beta_bias) {
  Node node{op,         std::move(name),
            precision_, {x, residual, style},
            {},         {std::move(gamma), std::move(beta), std::move(gamma_bias), std::move(beta_bias)}};
  if (norm_moment_ != kAbsent) {
    std::get<InstanceNorm>(node.op).memory = norm_memory_;
    const TensorId last = state(prefix_ + node.name + ".last", {1, 1, tensor(x).shape.c, 2}, DType::f32);
    node.inputs.insert(node.inputs.end(), {last, norm_moment_});
    node.outputs = {kAbsent, last};
  }
  return add_node(std::move(node)).front();
}

void Graph::remember_norms(TensorId moment, float memory) {
  norm_moment_ = moment;
  norm_memory_ = memory;
}

TensorId Graph::portrait_input(std::string name, TensorId rgb, const PortraitInput& op, TensorId face,
                               WeightView mask) {
  return add_node({op, std::move(name), precision_, {rgb, face}, {}, {std::move(mask)}}).front();
}

TensorId Graph::sweep(std::string name, TensorId stillness, TensorId colours, TensorId moment, const Sweep& op) {
  const Shape cells = tensor(stillness).shape;
  const TensorId memory = state(prefix_ + name + ".memory", {1, 4 * cells.h, cells.w, 1}, DType::f32);
  return add_node({op, std::move(name), precision_, {stillness, colours, memory, moment}, {kAbsent, memory}, {}})
      .front();
}

TensorId Graph::gate(std::string name, TensorId x, TensorId factor, TensorId addend) {
  return append(std::move(name), Gate{}, {x, factor, addend});
}

TensorId Graph::add(std::string name, TensorId a, TensorId b, const Add& op) {
  return append(std::move(name), op, {a, b});
}

TensorId Graph::append(std::string name, const Op& op, std::vector<TensorId> inputs, TensorId state) {
  Node node{op, std::move(name), precision_, std::move(inputs), {}, {}};
  if (state != kAbsent) node.outputs.push_back(state);
  return add_node(std::move(node)).front();
}

std::vector<TensorId> Graph::append_planes(std::string name, const Op& op, std::vector<TensorId> inputs) {
  return add_node({op, std::move(name), precision_, std::move(inputs), {}, {}});
}

bool Graph::is_input(TensorId id) const noexcept {
  return contains(inputs_, id);
}
bool Graph::is_output(TensorId id) const noexcept {
  return contains(outputs_, id);
}
bool Graph::is_state(TensorId id) const noexcept {
  return contains(states_, id);
}
bool Graph::is_persistent(TensorId id) const noexcept {
  return contains(persistent_, id) || is_state(id);
}

// ---- Cost ---------------------------------------------------------------------------------------------------------

Cost Graph::cost(const Node& node) const {
  Cost cost;
  for (const TensorId id : node.inputs) {
    if (id != kAbsent) cost.bytes += static_cast<double>(tensor(id).bytes());
  }
  for (const TensorId id : node.outputs) cost.bytes += static_cast<double>(tensor(id).bytes());
  for (const WeightView& weight : node.weights) {
    if (!weight.empty()) cost.bytes += static_cast<double>(weight.count() * size_of(activation_dtype(node.precision)));
  }

  const auto out = static_cast<double>(tensor(node.outputs.front()).shape.count());
  if (const auto* conv = std::get_if<Conv2d>(&node.op)) {
    const int c = tensor(node.inputs.front()).shape.c / conv->groups;
    cost.flops = 2.0 * out * c * conv->r * conv->s;
  } else if (const auto* deconv = std::get_if<Deconv2d>(&node.op)) {
    const auto in = static_cast<double>(tensor(node.inputs.front()).shape.count());
    cost.flops = 2.0 * in * deconv->k * deconv->r * deconv->s;
  }
  return cost;
}

}  // namespace impasto
