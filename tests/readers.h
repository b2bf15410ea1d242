// What the tests of stylize-weights' readers share.
#pragma once

#include "runtime/error.h"
#include "tests/support.h"
#include "weights_tools/source.h"

#include <cstring>
#include <fstream>
#include <numeric>

namespace impasto::test {

inline std::filesystem::path fixture(const std::string& name) {
  return data_dir() / "convert" / name;
}

inline std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// A copy in a heap block of exact size, so that AddressSanitizer sees every byte too far.
inline std::vector<std::byte> block(const std::string& text) {
  const auto* start = reinterpret_cast<const std::byte*>(text.data());
  return {start, start + text.size()};
}

inline std::vector<float> counting(std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), 0.0F);
  return values;
}

struct Expected {
  std::string name;
  std::string type;
  std::vector<std::int64_t> shape;
};

// The values of a float tensor are 0, 1, 2, ...
inline void check_tensors(const Source& source, const std::vector<Expected>& expected) {
  REQUIRE(source.tensors.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const WeightView& t = source.tensors[i];
    INFO(t.name);
    CHECK(t.name == expected[i].name);
    CHECK(t.file_type == expected[i].type);
    CHECK(t.shape == expected[i].shape);
    if (is_float(t.dtype)) CHECK(to_floats(t) == counting(t.count()));
  }
}

// Every prefix, and every byte replaced by some others (of a large file, some two thousand of them): an Error or a
// Source whose values can be read.
template <typename Read>
void check_damaged(const std::string& whole, Read read) {
  const auto try_one = [&](const std::string& text) {
    const std::vector<std::byte> bytes = block(text);
    Source source;
    source.label = "damaged";
    try {
      read(bytes, source);
      for (const WeightView& t : source.tensors) {
        if (is_float(t.dtype)) static_cast<void>(to_floats(t));
      }
    } catch (const Error& error) {
      CHECK(std::string(error.what()).find('\n') == std::string::npos);
    }
  };
  const std::size_t step = 1 + whole.size() / 2048;
  for (std::size_t i = 0; i < whole.size(); i += step) {
    try_one(whole.substr(0, i));
    for (const int change : {0x01, 0x08, 0x80, 0xFF, static_cast<int>(static_cast<unsigned char>(whole[i]))}) {
      std::string changed = whole;
      changed[i] = static_cast<char>(changed[i] ^ change);
      try_one(changed);
    }
  }
}

}  // namespace impasto::test
