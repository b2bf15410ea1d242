// Someone else's weights file, read: the constants in it, whatever net they are for.
#pragma once

#include "runtime/mapped_file.h"
#include "runtime/weights.h"

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace impasto {

enum class Format : std::uint8_t { safetensors, onnx, tflite, deeplearnjs, pytorch };

[[nodiscard]] std::string_view to_string(Format format) noexcept;  // "ONNX"

struct Source {
  Format format = Format::safetensors;
  std::string label;                // names the file in errors
  std::vector<WeightView> tensors;  // in the file's order; only float types have data
  std::map<std::string, std::string> metadata;
  std::string sha256;  // of the file; of a manifest and then its files, sorted by the tensors' names
  std::vector<std::shared_ptr<const void>> storage;  // what the tensors are views of

  [[nodiscard]] const WeightView* find(std::string_view name) const noexcept;
  // Appends a tensor. `type` is in safetensors' words ("F32"); data of the types that a net may have must fit the
  // shape.
  void add(std::string name, std::string_view type, std::vector<std::int64_t> shape, std::span<const std::byte> data);
  // Appends a tensor of another type (F64) whose values were rounded to float32, and keeps them.
  void add_rounded(std::string name, std::string_view type, std::vector<std::int64_t> shape, std::vector<float> values);
};

// Reads a file, or a folder with a manifest.json. The format is recognised from the bytes. Throws Error "FILE: why".
[[nodiscard]] Source read_source(const std::filesystem::path& file);

// The readers, for bytes that outlive the Source. Each file of formats/ has one.
void read_onnx(std::span<const std::byte> bytes, Source& source);
void read_tflite(std::span<const std::byte> bytes, Source& source);
void read_pytorch(std::span<const std::byte> bytes, Source& source);
// `folder` has the files that the manifest names.
void read_deeplearnjs(std::span<const std::byte> manifest, const std::filesystem::path& folder, Source& source);

// SHA-256 of the parts one after the other, in hexadecimal.
[[nodiscard]] std::string sha256(std::span<const std::span<const std::byte>> parts);

// Text out of a file as it may be printed: control characters become '?'.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace impasto
