#include "runtime/weights.h"

#include "runtime/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <numeric>
#include <random>

namespace impasto {
namespace {

// integer * scale, rounded once.
std::vector<float> scaled(const WeightView& view) {
  std::vector<float> scales(view.scale_data.size() / sizeof(float));
  std::memcpy(scales.data(), view.scale_data.data(), view.scale_data.size());
  std::vector<std::size_t> step(view.shape.size());  // in `scales`, for one step along an axis
  std::size_t next = 1;
  for (std::size_t axis = step.size(); axis-- > 0;) {
    const auto extent = static_cast<std::size_t>(view.scale_shape[axis]);
    step[axis] = extent == 1 ? 0 : next;
    next *= extent;
  }
  std::vector<float> values(view.data.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::size_t rest = i;
    std::size_t scale = 0;
    for (std::size_t axis = step.size(); axis-- > 0;) {
      const auto extent = static_cast<std::size_t>(view.shape[axis]);
      scale += rest % extent * step[axis];
      rest /= extent;
    }
    values[i] = static_cast<float>(static_cast<std::int8_t>(view.data[i])) * scales[scale];
  }
  return values;
}

std::int64_t product(std::span<const std::int64_t> extents) {
  return std::accumulate(extents.begin(), extents.end(), std::int64_t{1}, std::multiplies<>());
}

}  // namespace

std::int64_t WeightView::count() const noexcept {
  return product(shape);
}

bool is_float(DType type) noexcept {
  return type == DType::f32 || type == DType::f16 || type == DType::bf16;
}

bool WeightView::has_floats() const noexcept {
  return is_float(dtype) || (dtype == DType::i8 && !scale_data.empty());
}

std::string shape_string(std::span<const std::int64_t> shape) {
  return shape.empty() ? "scalar" : fmt::format("{}", fmt::join(shape, "x"));
}

std::vector<float> to_floats(const WeightView& view) {
  if (view.has_floats() && view.dtype == DType::i8) return scaled(view);
  if (!view.has_floats()) {
    fail("tensor {} has type {}, expected f32, f16 or bf16", view.name,
         view.file_type.empty() ? to_string(view.dtype) : view.file_type);
  }
  std::vector<float> values(static_cast<std::size_t>(view.count()));
  if (view.dtype == DType::f32) {
    if (!values.empty()) std::memcpy(values.data(), view.data.data(), values.size() * sizeof(float));
    return values;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, view.data.data() + i * sizeof bits, sizeof bits);
    values[i] = view.dtype == DType::f16 ? f16_to_f32(bits) : bf16_to_f32(bits);
  }
  return values;
}

Weights Weights::random(std::span<const WeightSpec> table, std::uint64_t seed) {
  std::int64_t total = 0;
  for (const WeightSpec& spec : table) total += product(spec.shape);
  auto values = std::make_shared<std::vector<float>>(static_cast<std::size_t>(total));
  std::mt19937_64 engine(seed);
  const auto uniform = [&] { return static_cast<double>(engine() >> 11) * 0x1p-52 - 1.0; };  // -1..1, variance 1/3

  Weights weights;
  weights.label_ = "random weights";
  float* next = values->data();
  for (const WeightSpec& spec : table) {
    const auto count = static_cast<std::size_t>(product(spec.shape));
    const bool is_matrix = spec.shape.size() > 1 && spec.name.ends_with("weight");
    const bool is_scale = spec.name.ends_with("gamma") || spec.name.ends_with("scale");
    const double fan_in = is_matrix ? static_cast<double>(product(std::span(spec.shape).subspan(1))) : 300;
    for (std::size_t i = 0; i < count; ++i) {
      next[i] = static_cast<float>((is_scale ? 1.0 : 0.0) + uniform() * std::sqrt(3.0 / std::max(1.0, fan_in)));
    }
    weights.tensors_.push_back({spec.name, DType::f32, spec.shape, std::as_bytes(std::span(next, count))});
    next += count;
  }
  weights.storage_ = std::move(values);
  return weights;
}

const WeightView* Weights::find(std::string_view name) const noexcept {
  const auto found =
      std::find_if(tensors_.begin(), tensors_.end(), [&](const WeightView& t) { return t.name == name; });
  return found == tensors_.end() ? nullptr : &*found;
}

WeightView Weights::get(std::string_view name, std::span<const std::int64_t> shape) const {
  const WeightView* tensor = find(name);
  if (tensor == nullptr) fail("{}: {} is missing (expected shape {})", label_, name, shape_string(shape));
  if (!std::ranges::equal(tensor->shape, shape)) {
    fail("{}: {} has shape {}, expected {}", label_, name, shape_string(tensor->shape), shape_string(shape));
  }
  if (!tensor->has_floats()) {
    fail("{}: {} has type {}, expected F32, F16 or BF16", label_, name, tensor->file_type);
  }
  return *tensor;
}

void Weights::check(std::span<const WeightSpec> table) const {
  for (const WeightSpec& spec : table) {
    const std::vector<float> values = to_floats(get(spec.name, spec.shape));
    const auto bad = std::find_if(values.begin(), values.end(), [](float v) { return !std::isfinite(v); });
    if (bad != values.end()) {
      fail("{}: {} holds {} at {}, expected finite numbers", label_, spec.name, *bad, bad - values.begin());
    }
  }
}

}  // namespace impasto
