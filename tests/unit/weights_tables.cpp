// Weights as the nets use them: lookup, checks against a table, random values.
#include "runtime/error.h"
#include "runtime/weights.h"
#include "tests/support.h"

#include <cmath>

using namespace impasto;

namespace {

const std::vector<WeightSpec> kTable{{"conv1.weight", {32, 3, 9, 9}},
                                     {"conv1.bias", {32}},
                                     {"conv1.scale", {32}},
                                     {"up1.weight", {128, 64, 3, 3}},
                                     {"norm.gamma", {26, 32}}};

}  // namespace

TEST_CASE("weights: shapes print as extents") {
  CHECK(shape_string(std::vector<std::int64_t>{32, 3, 9, 9}) == "32x3x9x9");
  CHECK(shape_string(std::vector<std::int64_t>{7}) == "7");
  CHECK(shape_string({}) == "scalar");
}

TEST_CASE("weights: random values are seeded, scaled and fit their table") {
  const Weights weights = Weights::random(kTable, 5);
  CHECK_NOTHROW(weights.check(kTable));
  const auto values = [](const Weights& w, std::size_t i) { return to_floats(w.tensors().at(i)); };
  CHECK(values(weights, 0) == values(Weights::random(kTable, 5), 0));
  CHECK(values(weights, 0) != values(Weights::random(kTable, 6), 0));
  double squares = 0;
  for (const float v : values(weights, 0)) squares += static_cast<double>(v) * static_cast<double>(v);
  CHECK(squares / (32 * 3 * 81) * (3 * 81) == Approx(1).epsilon(0.05));  // variance is 1 / fan-in
  for (const std::size_t i : {2U, 4U}) {
    for (const float v : values(weights, i)) REQUIRE(std::abs(v - 1) <= 0.11F);
  }
  for (const float v : values(weights, 1)) REQUIRE(std::abs(v) <= 0.11F);
}

TEST_CASE("weights: a moved Weights keeps its tensors") {
  Weights first = Weights::random(kTable, 5);
  const std::vector<float> before = to_floats(*first.find("up1.weight"));
  const Weights second = std::move(first);
  CHECK(to_floats(*second.find("up1.weight")) == before);
}

TEST_CASE("weights: what does not fit is named with both shapes") {
  const Weights weights = Weights::random(std::vector<WeightSpec>{{"conv1.weight", {9, 9, 3, 16}}}, 1);
  CHECK(weights.find("conv2.weight") == nullptr);
  CHECK_THROWS_WITH(weights.check(kTable), "random weights: conv1.weight has shape 9x9x3x16, expected 32x3x9x9");
  CHECK_THROWS_WITH(weights.get("conv1.bias", std::vector<std::int64_t>{32}),
                    "random weights: conv1.bias is missing (expected shape 32)");
}

TEST_CASE("weights: types widen to float32, integers are refused") {
  const std::vector<std::uint16_t> bits{0x3C00, 0xC000, 0x0001, 0x7C00};
  const std::span data = std::as_bytes(std::span(bits));
  CHECK(to_floats({"h", DType::f16, {4}, data}) == std::vector<float>{1, -2, 0x1p-24F, INFINITY});
  CHECK(to_floats({"b", DType::bf16, {2, 1}, data.first(4)}) == std::vector<float>{0x1p-7F, -2});
  CHECK(to_floats({"none", DType::f32, {0}, {}}).empty());
  CHECK_THROWS_WITH(to_floats({"i", DType::u8, {1}, data.first(8), "I64"}),
                    "tensor i has type I64, expected f32, f16 or bf16");
}

TEST_CASE("weights: 8-bit integers are widened by their scales, one for all or one along an axis") {
  const std::vector<std::int8_t> integers{-128, -1, 0, 1, 2, 127};
  const std::span data = std::as_bytes(std::span(integers));
  const std::vector<float> scales{0.1F, 3, 0.25F};
  const auto widened = [&](std::vector<std::int64_t> shape, std::vector<std::int64_t> scale_shape) {
    const std::size_t count = scale_shape == std::vector<std::int64_t>(shape.size(), 1) ? 1 : scales.size();
    return to_floats({"i", DType::i8, std::move(shape), data, "I8", std::move(scale_shape),
                      std::as_bytes(std::span(scales)).first(count * sizeof(float))});
  };
  CHECK(widened({6}, {1}) == std::vector<float>{-128 * 0.1F, -1 * 0.1F, 0, 0.1F, 2 * 0.1F, 127 * 0.1F});
  CHECK(widened({3, 2}, {3, 1}) == std::vector<float>{-128 * 0.1F, -1 * 0.1F, 0, 3, 0.5F, 31.75F});
  CHECK(widened({2, 3}, {1, 3}) == std::vector<float>{-128 * 0.1F, -3, 0, 0.1F, 6, 31.75F});
  CHECK_THROWS_WITH(to_floats({"i", DType::i8, {6}, data, "I8"}), "tensor i has type I8, expected f32, f16 or bf16");
}

TEST_CASE("weights: a file's integers find the scales beside them") {
  const test::TempDir folder;
  const auto file = folder / "w.safetensors";
  const auto bytes = [](const auto& values) {
    const std::span data = std::as_bytes(std::span(values));
    return std::vector<std::byte>(data.begin(), data.end());
  };
  const std::vector<std::int8_t> integers{1, 2, 3, -4};
  const std::vector<float> scales{0.5F, 2};
  const auto write = [&](std::vector<std::int64_t> scale_shape) {
    const std::vector<NamedTensor> tensors{{"a.weight", DType::i8, {2, 2}, bytes(integers)},
                                           {"a.weight.scale", DType::f32, std::move(scale_shape), bytes(scales)}};
    write_safetensors(file, tensors, {});
    return Weights::open(file);
  };
  const std::vector<std::int64_t> shape{2, 2};
  CHECK(to_floats(write({2, 1}).get("a.weight", shape)) == std::vector<float>{0.5F, 1, 6, -8});
  CHECK(to_floats(write({1, 2}).get("a.weight", shape)) == std::vector<float>{0.5F, 4, 1.5F, -8});
  CHECK_THROWS_WITH(write({2}).get("a.weight", shape),
                    Catch::Matchers::Contains("a.weight has type I8, expected F32, F16 or BF16"));
}

TEST_CASE("weights: numbers that are not finite are refused by name and place") {
  const test::TempDir folder;
  const auto file = folder / "w.safetensors";
  for (const float bad : {NAN, INFINITY, -INFINITY}) {
    const std::vector<float> values{1, 2, bad, 4};
    const std::vector<NamedTensor> tensors{
        {"b", DType::f32, {4}, {std::as_bytes(std::span(values)).begin(), std::as_bytes(std::span(values)).end()}}};
    write_safetensors(file, tensors, {});
    const std::vector<WeightSpec> table{{"b", {4}}};
    CHECK_THROWS_WITH(Weights::open(file).check(table), Catch::Matchers::Contains("b holds ") &&
                                                            Catch::Matchers::Contains("at 2, expected finite numbers"));
  }
}
