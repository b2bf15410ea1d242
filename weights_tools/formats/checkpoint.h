// What both forms of a TensorFlow checkpoint have in common: variables, whole or cut into slices. The messages are
// those of https://github.com/tensorflow/tensorflow, tensorflow/core/framework: tensor_shape.proto, tensor_slice.proto.
#pragma once

#include "weights_tools/formats/table.h"
#include "weights_tools/source.h"
#include "weights_tools/wire.h"

namespace impasto {

// Part of a variable, as it is saved where the variable was divided among machines.
struct Slice {
  std::vector<std::int64_t> start;  // along each axis
  std::vector<std::int64_t> extent;
  std::vector<std::int64_t> length;  // as saved: -1 where the axis is not cut
  std::span<const std::byte> data;
};

// About what a variable or a slice takes in memory.
[[nodiscard]] std::size_t memory_of(std::string_view name, std::span<const std::int64_t> shape) noexcept;

// DataType, as TensorFlow numbers it, in safetensors' words: "F32".
[[nodiscard]] std::string_view tensorflow_type(std::uint64_t type) noexcept;
// The size of a value of the types that a net may have, 0 for others.
[[nodiscard]] std::size_t tensorflow_float_size(std::uint64_t type) noexcept;

// TensorShapeProto.
[[nodiscard]] std::vector<std::int64_t> read_shape(std::span<const std::byte> message, const std::string& complaint);
// TensorSliceProto, of a variable of this shape. Throws `complaint` if it leaves the shape.
[[nodiscard]] Slice read_slice(std::span<const std::byte> message, std::span<const std::int64_t> shape,
                               const std::string& complaint);

// Adds a variable of a float type; float64 is rounded to float32.
void add_values(const std::string& name, std::uint64_t type, const std::vector<std::int64_t>& shape,
                std::span<const std::byte> data, Table& table, Source& source);
// The same, its slices put together. Throws Error if they overlap or leave holes.
void add_slices(const std::string& name, std::uint64_t type, const std::vector<std::int64_t>& shape,
                std::span<const Slice> slices, Table& table, Source& source);

// The two forms; `header` is the value of the table's empty key.
void read_checkpoint_v1(Table& table, std::span<const std::byte> header, Source& source);
void read_checkpoint_v2(Table& table, std::span<const std::byte> header, Source& source);

}  // namespace impasto
