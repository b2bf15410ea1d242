// Arithmetic on rows of values, vectorised for the instruction set found at run time. `DType` here is f32 or bf16
// (convert_row reads u8 too); arithmetic is in float32; bf16 is rounded to nearest even.
#pragma once

#include "runtime/graph.h"

#include <array>
#include <cstddef>
#include <span>
#include <string>

namespace impasto::cpu {

// A value for each channel, repeated to a whole number of vectors: lcm(C, 16) floats. Rows start at channel 0, so value
// i of a row goes with entry i % table_size(C).
[[nodiscard]] std::size_t table_size(int channels);
void fill_table(std::span<const float> channels, std::span<float> table);

// y = activation(gain (x - mean) + beta) * out_scale + out_offset [+ addend]. Gain, mean and beta are tables; the
// addend has the type of x.
struct NormTables {
  const float* mean = nullptr;
  const float* gain = nullptr;
  const float* beta = nullptr;
  std::size_t period = 0;  // size of the tables
  Activation activation = Activation::none;
  float out_scale = 1;
  float out_offset = 0;
};
void normalise_row(const NormTables& op, DType in, const std::byte* x, const std::byte* addend, DType out, std::byte* y,
                   std::size_t count);

// y = activation(a + b).
void add_row(Activation activation, DType dtype, const std::byte* a, const std::byte* b, std::byte* y,
             std::size_t count);

// y = a * g [+ b]; b may be null.
void multiply_row(DType dtype, const std::byte* a, const std::byte* g, const std::byte* b, std::byte* y,
                  std::size_t count);

// y = activation(x) * scale + offset.
void convert_row(const Convert& op, DType in, const std::byte* x, DType out, std::byte* y, std::size_t count);

// y = a + weight (b - a).
void blend_rows(float weight, DType dtype, const std::byte* a, const std::byte* b, float* y, std::size_t count);

// For each of `pixels` output pixels of `channels` values: x[left] + weight (x[left + step] - x[left]), left and step
// in values.
struct ColumnBlend {
  std::size_t left;
  std::size_t step;
  float weight;
};
void blend_columns(std::span<const ColumnBlend> columns, int channels, const float* x, DType out, std::byte* y);

// For each entry of the table the sum over x of (x - centre), and of its square. count is a multiple of the period.
void table_sums(DType dtype, const std::byte* x, std::size_t count, std::size_t period, const float* centre,
                float* sums, float* squares);

// The transforms of F(3,3), along a column of rows of `count` floats: with five values in and five out, the products of
// out and a filter's five values, through the second, are the three outputs of a filter of three taps. Winograd,
// "Arithmetic complexity of computations" (1980), with the points 0, 1, -1, 2 and infinity; cpu/filters.h has the
// filter's.
void winograd_in(std::array<const float*, 5> x, std::array<float*, 5> y, std::size_t count);
void winograd_out(std::array<const float*, 5> x, std::array<float*, 3> y, std::size_t count);

[[nodiscard]] std::string simd_name();  // "highway AVX3"

}  // namespace impasto::cpu
