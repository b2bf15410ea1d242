// Someone else's weights file, read: the constants in it, whatever net they are for.
#pragma once

#include "runtime/mapped_file.h"
#include "runtime/weights.h"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace impasto {

enum class Format : std::uint8_t { safetensors, onnx, tflite, deeplearnjs, pytorch, tensorflow, caffe };

[[nodiscard]] std::string_view to_string(Format format) noexcept;  // "ONNX"

struct Source {
  Format format = Format::safetensors;
  std::string label;                // names the file in errors
  std::vector<WeightView> tensors;  // in the file's order; only float types have data
  std::map<std::string, std::string> metadata;
  std::span<const std::byte> graph;  // ONNX: the GraphProto
  std::string sha256;                // of the file, then of those that open_beside() gave, in that order
  std::vector<std::shared_ptr<const void>> storage;  // what the tensors are views of
  // The content of a file in the same folder, for formats that have values in other files.
  std::function<std::span<const std::byte>(const std::string& name)> open_beside = no_folder;

  [[nodiscard]] const WeightView* find(std::string_view name) const noexcept;
  // Appends a tensor. `type` is in safetensors' words ("F32"); data of the types that a net may have must fit the
  // shape.
  void add(std::string name, std::string_view type, std::vector<std::int64_t> shape, std::span<const std::byte> data);
  // Appends a tensor of float64 values as F64, rounded to float32, which it keeps.
  void add_doubles(std::string name, std::vector<std::int64_t> shape, std::span<const std::byte> data);
  // Throws Error.
  static std::span<const std::byte> no_folder(const std::string& name);
};

// Reads a file, or a folder with a manifest.json or TensorFlow's `checkpoint` file; a TensorFlow checkpoint of several
// files is named by its .index file, or without that ending as in TensorFlow. The format is recognised from the bytes.
// Throws Error "FILE: why".
[[nodiscard]] Source read_source(const std::filesystem::path& file);

// The readers, for bytes that outlive the Source. Each file of formats/ has one.
void read_onnx(std::span<const std::byte> bytes, Source& source);
void read_tflite(std::span<const std::byte> bytes, Source& source);
[[nodiscard]] bool looks_like_caffe(std::span<const std::byte> bytes);  // rather than like ONNX
void read_caffe(std::span<const std::byte> bytes, Source& source);
void read_pytorch(std::span<const std::byte> bytes, Source& source);
void read_tensorflow(std::span<const std::byte> bytes, Source& source);
void read_deeplearnjs(std::span<const std::byte> manifest, Source& source);

// SHA-256 of the parts one after the other, in hexadecimal.
[[nodiscard]] std::string sha256(std::span<const std::span<const std::byte>> parts);

// True if it names a file, and none in another folder.
[[nodiscard]] bool is_plain_file_name(std::string_view name);

// Text out of a file as it may be printed: control characters become '?'.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace impasto
