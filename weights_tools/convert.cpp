#include "weights_tools/convert.h"

#include "runtime/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <tuple>

namespace impasto {
namespace {

// The tensor that the mapping wants, which may have another shape than it if the values lie in the same order.
const WeightView& fitting(const Source& source, const Mapping& mapping) {
  const std::string name =
      printable(mapping.source == mapping.target.name ? mapping.source
                                                      : fmt::format("{} ({})", mapping.source, mapping.target.name));
  const WeightView* tensor = source.find(mapping.source);
  if (tensor == nullptr) {
    fail("{}: {} is missing (expected shape {})", source.label, name, shape_string(mapping.source_shape()));
  }
  if (!mapping.fits(tensor->shape)) {
    fail("{}: {} has shape {}, expected {}", source.label, name, shape_string(tensor->shape),
         shape_string(mapping.source_shape()));
  }
  if (!tensor->has_floats()) {
    fail("{}: {} has type {}, expected F32, F16 or BF16", source.label, name, tensor->file_type);
  }
  return *tensor;
}

// Enlargement by bilinear interpolation, each class for itself (Long et al., surgery.py): k x k for strides of k/2.
std::vector<float> bilinear(std::span<const std::int64_t> shape) {
  const auto [in, out, k] = std::tuple(shape[0], shape[1], shape[2]);
  std::vector<float> values(static_cast<std::size_t>(in * out * k * k));
  const double half = static_cast<double>((k + 1) / 2);
  const double centre = k % 2 == 1 ? half - 1 : half - 0.5;
  const auto share = [&](std::int64_t i) { return 1 - std::abs(static_cast<double>(i) - centre) / half; };
  for (std::int64_t c = 0; c < std::min(in, out); ++c) {
    for (std::int64_t i = 0; i < k; ++i) {
      for (std::int64_t j = 0; j < k; ++j) {
        values[static_cast<std::size_t>(((c * out + c) * k + i) * k + j)] = static_cast<float>(share(i) * share(j));
      }
    }
  }
  return values;
}

constexpr std::int64_t kMaxEnlarged = 256;  // classes: an enlargement has the square of them, whatever the file has

// Coordinates, and a mask that is sampled between its pixels: they stay as exact as they are.
bool is_place(std::string_view name) {
  return name == "mean_mask" || name == "canonical_landmarks";
}

// What the values are to be multiplied by.
double factor(const Source& source, const Mapping& mapping) {
  if (mapping.factor.empty()) return mapping.scale;
  const WeightView& tensor = *source.find(mapping.factor);
  if (!is_float(tensor.dtype) || tensor.count() != 1) {
    fail("{}: {} has shape {}, expected one factor for {}", source.label, printable(mapping.factor),
         shape_string(tensor.shape), printable(mapping.source));
  }
  return mapping.scale * static_cast<double>(to_floats(tensor).front());
}

template <typename T>
std::vector<T> permuted(std::span<const T> values, std::span<const std::int64_t> shape, std::span<const int> axes) {
  const std::size_t rank = shape.size();
  std::vector<std::size_t> extent(rank);
  std::vector<std::size_t> step(rank);  // in `values`, for one step along an axis of the result
  for (std::size_t i = 0; i < rank; ++i) {
    const auto axis = static_cast<std::size_t>(axes[i]);
    extent[i] = static_cast<std::size_t>(shape[axis]);
    step[i] = 1;
    for (std::size_t j = axis + 1; j < rank; ++j) step[i] *= static_cast<std::size_t>(shape[j]);
  }
  std::vector<T> result(values.size());
  std::vector<std::size_t> index(rank);
  std::size_t from = 0;
  for (T& value : result) {
    value = values[from];
    for (std::size_t i = rank; i-- > 0;) {
      from += step[i];
      if (++index[i] < extent[i]) break;
      from -= step[i] * extent[i];
      index[i] = 0;
    }
  }
  return result;
}

std::vector<float> values_of(const Source& source, const Mapping& mapping) {
  if (mapping.source.empty()) {
    if (mapping.target.shape[0] > kMaxEnlarged) {
      fail("{}: {} is missing, and is not made for {} classes, only for up to {}", source.label, mapping.target.name,
           mapping.target.shape[0], kMaxEnlarged);
    }
    return bilinear(mapping.target.shape);
  }
  std::vector<float> values = to_floats(fitting(source, mapping));
  if (!std::ranges::is_sorted(mapping.axes)) values = permute(values, mapping.source_shape(), mapping.axes);
  const double by = factor(source, mapping);
  if (by != 1) {
    for (float& value : values) value = static_cast<float>(static_cast<double>(value) * by);
  }
  return values;
}

std::vector<std::byte> encode(std::span<const float> values, DType type, const std::string& label,
                              const std::string& name) {
  std::vector<std::byte> bytes(values.size() * size_of(type));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint16_t half = f32_to_f16(values[i]);
    const bool finite = std::isfinite(type == DType::f16 ? f16_to_f32(half) : values[i]);
    if (!finite) fail("{}: {} has the value {}, which is not finite as {}", label, name, values[i], to_string(type));
    if (type == DType::f16) {
      std::memcpy(bytes.data() + i * sizeof half, &half, sizeof half);
    } else {
      std::memcpy(bytes.data() + i * sizeof(float), &values[i], sizeof(float));
    }
  }
  return bytes;
}

// Whether the tensor is of integers that need no arithmetic.
bool is_integers(const Source& source, const Mapping& mapping) {
  if (mapping.source.empty()) return false;
  const WeightView& tensor = fitting(source, mapping);
  return tensor.dtype == DType::i8 && tensor.shape == mapping.source_shape() && factor(source, mapping) == 1;
}

// Integers stay what they are, and so do their scales.
void add_integers(const WeightView& tensor, const Mapping& mapping, const std::string& label,
                  std::vector<NamedTensor>& tensors) {
  const std::vector<std::byte> integers = permuted(tensor.data, tensor.shape, mapping.axes);
  tensors.push_back({mapping.target.name, DType::i8, mapping.target.shape, integers});

  std::vector<float> stored(tensor.scale_data.size() / sizeof(float));
  std::memcpy(stored.data(), tensor.scale_data.data(), tensor.scale_data.size());
  const std::vector<float> scales = permute(stored, tensor.scale_shape, mapping.axes);
  std::vector<std::int64_t> shape;
  for (std::size_t i = 0; i < mapping.target.shape.size(); ++i) {
    shape.push_back(tensor.scale_shape[static_cast<std::size_t>(mapping.axes[i])]);
  }
  const std::string name = mapping.target.name + std::string(kScaleSuffix);
  tensors.push_back({name, DType::f32, std::move(shape), encode(scales, DType::f32, label, name)});
}

}  // namespace

std::vector<float> permute(std::span<const float> values, std::span<const std::int64_t> shape,
                           std::span<const int> axes) {
  return permuted(values, shape, axes);
}

std::vector<NamedTensor> convert(const Source& source, std::span<const Mapping> map, DType type) {
  std::vector<NamedTensor> tensors;
  for (const Mapping& mapping : map) {
    if (type == DType::i8 && is_integers(source, mapping)) {
      add_integers(fitting(source, mapping), mapping, source.label, tensors);
      continue;
    }
    const std::string& name = mapping.target.name;
    const DType as = is_place(name) || type == DType::i8 ? DType::f32 : type;
    tensors.push_back({name, as, mapping.target.shape, encode(values_of(source, mapping), as, source.label, name)});
  }
  if (type == DType::i8 && std::ranges::none_of(tensors, [](const auto& t) { return t.dtype == DType::i8; })) {
    fail("{}: has no 8-bit integers with scales, which i8 would keep", source.label);
  }
  return tensors;
}

std::vector<NamedTensor> convert(const Source& source, const Net& net, DType type) {
  return convert(source, name_map(net, source), type);
}

}  // namespace impasto
