// Graph: a net, or a whole frame, as a list of nodes in the order in which they run. Nets append nodes; shapes are
// inferred and checked on the way, so a Graph that exists is valid. Backends read it; nothing here knows a device.
#pragma once

#include "runtime/ops.h"
#include "runtime/pixel_format.h"
#include "runtime/tensor.h"
#include "runtime/weights.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace impasto {

using TensorId = int;
inline constexpr TensorId kAbsent = -1;  // an optional input that a node does not have

struct Node {
  Op op;
  std::string name;  // "multistyle/res.3.1"
  Precision precision = Precision::fp32;
  std::vector<TensorId> inputs;  // in the order that its op gives; optional ones that are missing are kAbsent
  std::vector<TensorId> outputs;
  std::vector<WeightView> weights;  // in the order that its op gives; an absent bias is empty
};

// Arithmetic (of convolutions; the rest is bound by memory) and least memory traffic of a node: each input, weight and
// output once, as they are stored in the node's precision.
struct Cost {
  double flops = 0;
  double bytes = 0;
};

class Graph {
 public:
  // Tensors that the caller fills before each run. A persistent one keeps its value between runs.
  TensorId input(std::string name, Shape shape, DType dtype, bool persistent = false);
  // The planes of a picture of height x width, as inputs "plane.0" and so on.
  std::vector<TensorId> input_planes(const PixelFormat& format, int height, int width);
  // A tensor that outlives a run, zero at first. A node reads what the last run left in it until, in the order of the
  // nodes, one has it as its output. It cannot be an output of the graph.
  TensorId state(std::string name, Shape shape, DType dtype);
  // Marks a tensor that the caller reads after a run.
  void output(TensorId id);

  // Nodes appended after this call have this precision and this prefix in their names ("selfie/").
  void scope(std::string prefix, Precision precision);
  [[nodiscard]] DType act() const noexcept { return activation_dtype(precision_); }

  // Appends a node and returns its (first) output. Throws Error that names the node if inputs or weights do not fit.
  TensorId conv2d(std::string name, TensorId x, const Conv2d& op, WeightView weight, WeightView bias = {},
                  TensorId residual = kAbsent);
  TensorId deconv2d(std::string name, TensorId x, const Deconv2d& op, WeightView weight, WeightView bias = {});
  TensorId instance_norm(std::string name, TensorId x, const InstanceNorm& op, WeightView gamma, WeightView beta,
                         TensorId residual = kAbsent, TensorId style = kAbsent, WeightView gamma_bias = {},
                         WeightView beta_bias = {});
  // Instance norms appended after this call take into their statistics the share `memory` of the run before's;
  // kAbsent: no longer.
  void remember_norms(TensorId moment, float memory = 0);
  TensorId portrait_input(std::string name, TensorId rgb, const PortraitInput& op, TensorId face = kAbsent,
                          WeightView mask = {});
  // With a state of its own as memory.
  TensorId sweep(std::string name, TensorId stillness, TensorId colours, TensorId moment, const Sweep& op);
  TensorId gate(std::string name, TensorId x, TensorId factor, TensorId addend = kAbsent);
  TensorId add(std::string name, TensorId a, TensorId b, const Add& op = {});
  // The rest: ops with one output and no weights. With `state` it goes there; an op that works value by value may read
  // the same state.
  TensorId append(std::string name, const Op& op, std::vector<TensorId> inputs, TensorId state = kAbsent);
  // The next run's value of `state`, of x's shape and dtype.
  void store(std::string name, TensorId x, TensorId state);
  // Ops whose outputs are planes.
  std::vector<TensorId> append_planes(std::string name, const Op& op, std::vector<TensorId> inputs);

  [[nodiscard]] const TensorInfo& tensor(TensorId id) const { return tensors_.at(static_cast<std::size_t>(id)); }
  [[nodiscard]] int tensor_count() const noexcept { return static_cast<int>(tensors_.size()); }
  [[nodiscard]] std::span<const Node> nodes() const noexcept { return nodes_; }
  [[nodiscard]] std::span<const TensorId> inputs() const noexcept { return inputs_; }
  [[nodiscard]] std::span<const TensorId> outputs() const noexcept { return outputs_; }
  [[nodiscard]] bool is_input(TensorId id) const noexcept;
  [[nodiscard]] bool is_output(TensorId id) const noexcept;
  [[nodiscard]] bool is_state(TensorId id) const noexcept;
  // A persistent input or a state.
  [[nodiscard]] bool is_persistent(TensorId id) const noexcept;
  [[nodiscard]] Cost cost(const Node& node) const;

 private:
  friend class Fuser;  // fuse.cpp
  TensorId add_tensor(std::string name, Shape shape, DType dtype);
  // Outputs that the node has already are states; others (kAbsent, or beyond them) are made.
  std::vector<TensorId> add_node(Node node);
  // What the node's outputs are. Throws Error if its inputs or weights do not fit.
  [[nodiscard]] std::vector<TensorInfo> infer(const Node& node) const;

  std::vector<TensorInfo> tensors_;
  std::vector<Node> nodes_;
  std::vector<TensorId> inputs_;
  std::vector<TensorId> outputs_;
  std::vector<TensorId> states_;
  std::vector<TensorId> persistent_;  // of the inputs
  std::string prefix_;
  Precision precision_ = Precision::fp32;
  TensorId norm_moment_ = kAbsent;
  float norm_memory_ = 0;
};

}  // namespace impasto
