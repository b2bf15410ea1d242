// Writes leveldb tables (weights_tools/formats/table.h), sound ones and others, for tests.
#pragma once

#include "weights_tools/formats/table.h"

#include <snappy.h>

#include <cstring>
#include <string>
#include <utility>

namespace impasto::test {

using TableRow = std::pair<std::string, std::string>;  // key, value

inline std::string varint(std::uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
  return out;
}

inline std::string u32(std::uint32_t value) {
  std::string out(sizeof value, '\0');
  std::memcpy(out.data(), &value, sizeof value);
  return out;
}

inline std::string bytes_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// A field of a protocol buffer: a message or text, or a number.
inline std::string field(std::uint32_t number, const std::string& payload) {
  return varint(number << 3 | 2) + varint(payload.size()) + payload;
}
inline std::string field(std::uint32_t number, std::uint64_t value) {
  return varint(number << 3) + varint(value);
}

inline std::string block_of(const std::vector<TableRow>& rows) {
  std::string out;
  std::string last;
  for (const auto& [key, value] : rows) {
    std::size_t shared = 0;
    while (shared < last.size() && shared < key.size() && last[shared] == key[shared]) ++shared;
    out += varint(shared) + varint(key.size() - shared) + varint(value.size()) + key.substr(shared) + value;
    last = key;
  }
  return out + u32(0) + u32(1);
}

// What follows a block in the file.
inline std::string sealed(const std::string& block, char compression = 0) {
  const std::string summed = block + compression;
  return summed + u32(masked_crc32c(std::as_bytes(std::span(summed))));
}

inline std::string footer(std::uint64_t index_offset, std::uint64_t index_size) {
  std::string out = varint(0) + varint(0) + varint(index_offset) + varint(index_size);
  out.resize(48 - kTableMagic.size());
  return out + std::string(kTableMagic);
}

// A table of one sealed block (of what size its handle says), whatever is in it.
inline std::string table_of_block(const std::string& block, char compression = 0) {
  const std::string data = sealed(block, compression);
  const std::string index = block_of({{"~", varint(0) + varint(block.size())}});
  return data + sealed(index) + footer(data.size(), index.size());
}

inline std::string table_of(const std::vector<TableRow>& rows) {
  return table_of_block(block_of(rows));
}

}  // namespace impasto::test
