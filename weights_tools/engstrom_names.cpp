#include "weights_tools/engstrom_names.h"

#include "runtime/error.h"
#include "weights_tools/onnx_layers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace impasto {
namespace {

constexpr std::string_view kObject = "/.ATTRIBUTES/VARIABLE_VALUE";  // what tf.train.Checkpoint appends

bool is_weight(const WeightSpec& spec) {
  return split_name(spec.name).second == "weight";
}

// TensorFlow numbered the variables as the layers were made: weight, shift, scale (shift first) of layer 0, of layer 1,
// ... Its transposed convolutions are rows, columns, out, in: the same permutation gives in, out, rows, columns.
Place numbered(const WeightSpec& spec, int layer) {
  const std::string part = split_name(spec.name).second;
  const int variable = 3 * layer + (part == "weight" ? 0 : part == "shift" ? 1 : 2);
  const std::string name = variable == 0 ? "Variable" : fmt::format("Variable_{}", variable);
  return {{name, name + std::string(kObject)}, is_weight(spec) ? kFromHwio : std::vector<int>{}};
}

Place our_names(const WeightSpec& spec, int /*layer*/) {
  Place place{{spec.name}};
  place.loose = !is_weight(spec);
  return place;
}

// res1.conv1.weight or res1/conv1/weight, with TensorFlow's axes.
Place our_names_in_tensorflow(const WeightSpec& spec, int /*layer*/) {
  std::string path = spec.name;
  std::ranges::replace(path, '.', '/');
  const std::string suffix(kObject);
  Place place{{spec.name, path, spec.name + suffix, path + suffix}, is_weight(spec) ? kFromHwio : std::vector<int>{}};
  place.loose = !is_weight(spec);
  return place;
}

// The tensors of a state_dict, in the order in which its modules were made: kernels, and what a norm calls its scale
// and its shift, each in order.
class StateDict {
 public:
  explicit StateDict(const Source& source) : source_(source) {
    for (const WeightView& tensor : source.tensors) {
      if (is_ours(tensor) && is_kernel(tensor)) modules_.insert(module_of(tensor.name));
    }
    for (const WeightView& tensor : source.tensors) {
      if (is_ours(tensor)) add(tensor);
    }
  }

  [[nodiscard]] std::vector<NormedConvolution> layers() const {
    std::vector<NormedConvolution> layers(std::max({kernels_.size(), scales_.size(), shifts_.size()}));
    for (std::size_t i = 0; i < kernels_.size(); ++i) layers[i].kernel = kernels_[i];
    for (std::size_t i = 0; i < scales_.size(); ++i) layers[i].scale = scales_[i];
    for (std::size_t i = 0; i < shifts_.size(); ++i) layers[i].shift = shifts_[i];
    return layers;
  }

 private:
  // Beside a net, files of training have the state of an optimizer.
  static bool is_ours(const WeightView& tensor) {
    return is_float(tensor.dtype) && tensor.name.substr(0, tensor.name.find('.')).find("optim") == std::string::npos;
  }
  static bool is_kernel(const WeightView& tensor) { return tensor.shape.size() == 4 && !is_vector(tensor); }
  static bool is_vector(const WeightView& tensor) {
    return std::ranges::count_if(tensor.shape, [](std::int64_t extent) { return extent != 1; }) <= 1;
  }
  static std::string module_of(const std::string& name) { return split_name(name).first; }

  void add(const WeightView& tensor) {
    const auto [module, part] = split_name(tensor.name);
    const auto is_called = [part = part](std::initializer_list<const char*> words) {
      return std::ranges::any_of(words, [&](const char* word) { return part.find(word) != std::string::npos; });
    };
    if (is_called({"running_mean", "running_var"})) {
      fail("{}: {} is kept by a norm, but the norms of transform_net have only a scale and a shift", source_.label,
           printable(tensor.name));
    }
    if (is_kernel(tensor)) {
      kernels_.push_back(tensor.name);
    } else if (is_vector(tensor) && part == "bias" && modules_.contains(module)) {
      // Of a convolution: it moves the mean that the norm behind it takes away.
    } else if (is_vector(tensor) && is_called({"weight", "gamma", "scale"})) {
      scales_.push_back(tensor.name);
    } else if (is_vector(tensor) && is_called({"bias", "beta", "shift"})) {
      shifts_.push_back(tensor.name);
    } else {
      fail("{}: {} of shape {} is neither a kernel nor the scale or shift of a norm", source_.label,
           printable(tensor.name), shape_string(tensor.shape));
    }
  }

  const Source& source_;
  std::set<std::string> modules_;
  std::vector<std::string_view> kernels_;
  std::vector<std::string_view> scales_;
  std::vector<std::string_view> shifts_;
};

// By the order of the layers, whatever they are called.
Scheme by_order(const Net& net, std::vector<NormedConvolution> layers, const Source& source) {
  std::set<std::string> ours;
  for (const WeightSpec& spec : net.weight_table()) ours.insert(split_name(spec.name).first);
  if (layers.size() > ours.size()) {
    const NormedConvolution& extra = layers[ours.size()];
    const std::string_view name = !extra.kernel.empty()  ? extra.kernel
                                  : !extra.scale.empty() ? extra.scale
                                                         : extra.shift;
    fail("{}: {} is of convolution {}, but {} has {}", source.label, printable(name), ours.size() + 1, net.name,
         ours.size());
  }
  return [layers = std::move(layers)](const WeightSpec& spec, int layer) -> Place {
    const auto at = static_cast<std::size_t>(layer);
    const std::string part = split_name(spec.name).second;
    std::string name;
    if (at < layers.size()) {
      name = part == "weight" ? layers[at].kernel : part == "scale" ? layers[at].scale : layers[at].shift;
    }
    if (name.empty()) name = fmt::format("the {} of convolution {}", part == "weight" ? "kernel" : part, layer + 1);
    Place place{{name}};
    place.loose = part != "weight";
    return place;
  };
}

// True if all our names are in the file, behind one prefix; a file of very many prefixes is not searched through.
bool has_our_names(const Net& net, const Source& source) {
  constexpr int kMost = 16;
  const std::vector<WeightSpec> table = net.weight_table();
  const std::string& first = table.front().name;
  int tried = 0;
  for (const WeightView& tensor : source.tensors) {
    if (!tensor.name.ends_with(first)) continue;
    const std::string prefix = tensor.name.substr(0, tensor.name.size() - first.size());
    if (!prefix.empty() && !prefix.ends_with('.') && !prefix.ends_with('/')) continue;
    if (++tried > kMost) return false;
    if (std::ranges::all_of(table, [&](const WeightSpec& s) { return source.find(prefix + s.name) != nullptr; })) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::vector<Scheme> engstrom_schemes(const Net& net, const Source& source) {
  switch (source.format) {
    case Format::deeplearnjs:
      return {numbered};
    case Format::tensorflow:
      return {our_names_in_tensorflow, numbered};
    case Format::pytorch:
      if (has_our_names(net, source)) return {our_names};
      return {by_order(net, StateDict(source).layers(), source)};
    case Format::onnx:
      if (has_our_names(net, source)) return {our_names};
      return {by_order(net, onnx_layers(source), source)};
    default:
      return {};
  }
}

}  // namespace impasto
