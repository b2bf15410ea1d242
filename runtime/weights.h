// Weights: named tensors of a safetensors file (https://github.com/huggingface/safetensors, "Format").
#pragma once

#include "runtime/tensor.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace impasto {

// One tensor of a file: a view, valid as long as the Weights (or what it was made from) lives. Data need not be
// aligned.
struct WeightView {
  std::string name;
  DType dtype = DType::f32;  // u8 (plain bytes) for types of the format that this project has no use for, such as I64
  std::vector<std::int64_t> shape;
  std::span<const std::byte> data;
  std::string_view file_type = {};  // the type in the file's words: "F16", "I64"; empty if not from a file
  // Of 8-bit integers: the values are integer * scale, with f32 scales; extents of their shape are 1 (one scale along
  // that axis) or the tensor's own. Empty for tensors of other types, and for integers that stand for themselves.
  std::vector<std::int64_t> scale_shape = {};
  std::span<const std::byte> scale_data = {};

  [[nodiscard]] std::int64_t count() const noexcept;
  [[nodiscard]] bool empty() const noexcept { return data.empty(); }  // an absent bias
  // Whether to_floats() takes it: as a net's weights have to be.
  [[nodiscard]] bool has_floats() const noexcept;
};

// Name and shape that a net expects of a tensor.
struct WeightSpec {
  std::string name;
  std::vector<std::int64_t> shape;
};

[[nodiscard]] bool is_float(DType type) noexcept;  // f32, f16 or bf16

[[nodiscard]] std::string shape_string(std::span<const std::int64_t> shape);  // "32x3x9x9"; "scalar" without extents
// The values widened to float32, from f32, f16, bf16, or i8 with scales. Throws Error for other types. Whoever uses
// weights gets them from here.
[[nodiscard]] std::vector<float> to_floats(const WeightView& view);

class Weights {
 public:
  // Maps a file. The header is checked as strictly as the format's own reader does: header length, UTF-8 JSON of
  // bounded depth and length, dtype, shape and byte count of every tensor, bounds, no overlap, no holes, no duplicate
  // names. Stricter than that reader: a tensor has no keys but dtype, shape and data_offsets, and at most 32 extents.
  // Throws Error "FILE: what is wrong".
  static Weights open(const std::filesystem::path& file);
  // The same over bytes that outlive the Weights (the embedded files). `label` names them in errors.
  static Weights view(std::span<const std::byte> bytes, std::string label);
  // In both, a tensor of type I8 has its scales from the F32 tensor <name>.scale, if the file has one of a fitting
  // shape (weights/README.md). Seeded random tensors (uniform, scaled by 1/sqrt(fan-in)) for benches and tests. Norm
  // gammas/scales are near 1.
  static Weights random(std::span<const WeightSpec> table, std::uint64_t seed);

  [[nodiscard]] const std::string& label() const noexcept { return label_; }
  [[nodiscard]] const std::vector<WeightView>& tensors() const noexcept { return tensors_; }
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const noexcept { return metadata_; }
  [[nodiscard]] const WeightView* find(std::string_view name) const noexcept;
  // The named tensor. Throws Error that names file, tensor, its shape and the expected one ("... has shape 9x9x3x16,
  // expected 32x3x9x9") or says that it is missing or no float type.
  [[nodiscard]] WeightView get(std::string_view name, std::span<const std::int64_t> shape) const;
  // Throws Error for the first tensor of the table that is missing, has another shape, is not a float type or holds
  // what is no finite number.
  void check(std::span<const WeightSpec> table) const;

 private:
  std::string label_;
  std::vector<WeightView> tensors_;
  std::map<std::string, std::string> metadata_;
  std::shared_ptr<const void> storage_;  // the mapping or the random values
};

// What the name of a tensor of scales ends with.
inline constexpr std::string_view kScaleSuffix = ".scale";

// A tensor to be written; f32, f16 or i8 values in C order.
struct NamedTensor {
  std::string name;
  DType dtype = DType::f32;
  std::vector<std::int64_t> shape;
  std::vector<std::byte> data;
};

// Writes a safetensors file beside its final name and renames it when whole, over what is there. Same input, same
// bytes.
void write_safetensors(const std::filesystem::path& file, std::span<const NamedTensor> tensors,
                       const std::map<std::string, std::string>& metadata);

}  // namespace impasto
