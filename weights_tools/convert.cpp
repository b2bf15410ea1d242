#include "weights_tools/convert.h"

#include "runtime/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace impasto {
namespace {

// The tensor that the mapping wants.
const WeightView& fitting(const Source& source, const Mapping& mapping) {
  const std::string name = mapping.source == mapping.target.name
                               ? mapping.source
                               : fmt::format("{} ({})", mapping.source, mapping.target.name);
  const WeightView* tensor = source.find(mapping.source);
  if (tensor == nullptr) {
    fail("{}: {} is missing (expected shape {})", source.label, name, shape_string(mapping.source_shape()));
  }
  if (tensor->shape != mapping.source_shape()) {
    fail("{}: {} has shape {}, expected {}", source.label, name, shape_string(tensor->shape),
         shape_string(mapping.source_shape()));
  }
  if (!is_float(tensor->dtype)) {
    fail("{}: {} has type {}, expected F32, F16 or BF16", source.label, name, tensor->file_type);
  }
  return *tensor;
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

}  // namespace

std::vector<float> permute(std::span<const float> values, std::span<const std::int64_t> shape,
                           std::span<const int> axes) {
  const std::size_t rank = shape.size();
  std::vector<std::size_t> extent(rank);
  std::vector<std::size_t> step(rank);  // in `values`, for one step along an axis of the result
  for (std::size_t i = 0; i < rank; ++i) {
    const auto axis = static_cast<std::size_t>(axes[i]);
    extent[i] = static_cast<std::size_t>(shape[axis]);
    step[i] = 1;
    for (std::size_t j = axis + 1; j < rank; ++j) step[i] *= static_cast<std::size_t>(shape[j]);
  }
  std::vector<float> result(values.size());
  std::vector<std::size_t> index(rank);
  std::size_t from = 0;
  for (float& value : result) {
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

std::vector<NamedTensor> convert(const Source& source, const Net& net, DType type) {
  std::vector<NamedTensor> tensors;
  for (const Mapping& mapping : name_map(net, source.format)) {
    const WeightView& tensor = fitting(source, mapping);
    const std::vector<float> values = permute(to_floats(tensor), tensor.shape, mapping.axes);
    tensors.push_back(
        {mapping.target.name, type, mapping.target.shape, encode(values, type, source.label, mapping.target.name)});
  }
  return tensors;
}

}  // namespace impasto
