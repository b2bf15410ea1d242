// The readers that are given hostile bytes: by libFuzzer (tests/fuzz/fuzz.cpp), and in tests/unit the seeds and what is
// near them. A row for each folder of seeds, tests/fuzz/corpus/<name>.
#pragma once

#include "runtime/error.h"
#include "tests/table_writer.h"
#include "tests/zip_writer.h"
#include "weights_tools/source.h"

#include <algorithm>
#include <array>

namespace impasto::fuzz {

struct Target {
  std::string_view name;
  Format format;
  void (*read)(std::span<const std::byte> bytes, Source& source);
  std::size_t memory = 1 << 16;  // that it may hold beside what the file's size allows: see fuzz.cpp
};
constexpr std::size_t kDeflated = 128 << 20;  // what a small zip file may inflate to, and its pickle

// What follows the length of the first part, two bytes, lowest first: that part, and the rest.
inline std::pair<std::span<const std::byte>, std::span<const std::byte>> split(std::span<const std::byte> bytes) {
  if (bytes.size() < 2) return {};
  const auto length = static_cast<std::size_t>(bytes[0]) | static_cast<std::size_t>(bytes[1]) << 8;
  const auto parts = bytes.subspan(2);
  return {parts.first(std::min(length, parts.size())), parts.subspan(std::min(length, parts.size()))};
}

// A file of our making around the bytes, which lives as long as the Source.
inline std::span<const std::byte> keep(std::string file, Source& source) {
  const auto kept = std::make_shared<const std::string>(std::move(file));
  source.storage.push_back(kept);
  return std::as_bytes(std::span(*kept));
}

inline void read_safetensors(std::span<const std::byte> bytes, Source& source) {
  const Weights weights = Weights::view(bytes, source.label);
  source.tensors = weights.tensors();
  source.metadata = weights.metadata();
}

// A model that is its own file beside it, too.
inline void read_model(std::span<const std::byte> bytes, Source& source) {
  source.open_beside = [bytes](const std::string& /*name*/) { return bytes; };
  read_onnx(bytes, source);
}

// A manifest, and the content of its files a and b.
inline void read_manifest(std::span<const std::byte> bytes, Source& source) {
  const auto [manifest, content] = split(bytes);
  source.open_beside = [content = content](const std::string& name) {
    if (name != "a" && name != "b") fail("{}: No such file or directory", printable(name));
    return content;
  };
  read_deeplearnjs(manifest, source);
}

// A pickle, and the content of its storages 0 and 1: a mutation of a whole zip file seldom gets further than its
// directory.
inline void read_pickle(std::span<const std::byte> bytes, Source& source) {
  const auto [pickle, content] = split(bytes);
  const std::string values = test::bytes_of(content);
  read_pytorch(
      keep(test::zip({{"a/data.pkl", test::bytes_of(pickle)}, {"a/data/0", values}, {"a/data/1", values}}), source),
      source);
}

// The block of a table, whose checksums are made to fit, and the content of every shard.
inline void read_block(std::span<const std::byte> bytes, Source& source) {
  const auto [block, content] = split(bytes);
  source.open_beside = [content = content](const std::string& /*name*/) { return content; };
  read_tensorflow(keep(test::table_of_block(test::bytes_of(block)), source), source);
}

// A table as it is.
inline void read_table(std::span<const std::byte> bytes, Source& source) {
  source.open_beside = [](const std::string& name) -> std::span<const std::byte> {
    fail("{}: No such file or directory", printable(name));
  };
  read_tensorflow(bytes, source);
}

inline constexpr std::array kTargets{
    Target{"safetensors", Format::safetensors, read_safetensors},
    Target{"onnx", Format::onnx, read_model},
    Target{"tflite", Format::tflite, read_tflite},
    Target{"deeplearnjs", Format::deeplearnjs, read_manifest},
    Target{"caffe", Format::caffe, read_caffe},
    Target{"pytorch", Format::pytorch, read_pytorch, kDeflated},
    Target{"pytorch_pickle", Format::pytorch, read_pickle},
    Target{"tensorflow", Format::tensorflow, read_table},
    Target{"tensorflow_block", Format::tensorflow, read_block},
};

}  // namespace impasto::fuzz
