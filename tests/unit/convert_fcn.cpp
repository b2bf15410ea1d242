// stylize-weights: the names and layouts in which people keep an FCN-8s.
#include "nets/net.h"
#include "runtime/error.h"
#include "tests/support.h"
#include "weights_tools/convert.h"
#include "weights_tools/portrait.h"

#include <array>
#include <deque>
#include <fstream>
#include <numeric>

using namespace impasto;
using Catch::Contains;

namespace {

const std::vector<std::string> kLayers{"conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1", "conv3_2",
                                       "conv3_3", "conv4_1", "conv4_2", "conv4_3", "conv5_1", "conv5_2",
                                       "conv5_3", "fc6",     "fc7",     "score_fr"};
const std::vector<std::string> kRest{"upscore2", "score_pool4", "upscore_pool4", "score_pool3", "upscore8"};

// A narrow FCN-8s whose layers all have other widths.
std::vector<WeightSpec> narrow(const Net& net, std::int64_t classes = 2) {
  return weight_table(net, [&](std::string_view name) -> std::optional<std::vector<std::int64_t>> {
    const std::string layer(name.substr(0, name.find('.')));
    const auto found = std::ranges::find(kLayers, layer);
    if (layer == "score_fr") return std::vector<std::int64_t>{classes};
    if (found == kLayers.end()) return {};
    return std::vector<std::int64_t>{5 + (found - kLayers.begin()) % 7};
  });
}

std::int64_t product(const std::vector<std::int64_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

// A file that holds tensors of these names, and what each is to become.
struct File {
  Source source;
  std::deque<std::vector<float>> values;

  explicit File(Format format) {
    source.format = format;
    source.label = "file";
  }
  const std::vector<float>& add(const std::string& name, const std::vector<std::int64_t>& shape,
                                std::vector<float> numbers) {
    values.push_back(std::move(numbers));
    source.add(name, "F32", shape, std::as_bytes(std::span(values.back())));
    return values.back();
  }
};

std::vector<float> random_for(const WeightSpec& spec) {
  return test::random_floats(static_cast<std::size_t>(product(spec.shape)), std::hash<std::string>{}(spec.name));
}

std::pair<std::string, std::string> split(const std::string& name) {
  return {name.substr(0, name.find('.')), name.substr(name.find('.') + 1)};
}

// out, in, rows, columns -> rows, columns, in, out.
std::vector<float> to_hwio(const std::vector<float>& values, const std::vector<std::int64_t>& shape) {
  return permute(values, shape, std::array{2, 3, 1, 0});
}

void check_values(const Source& source, const Net& net, const std::vector<WeightSpec>& table) {
  const std::vector<NamedTensor> tensors = convert(source, net, DType::f32);
  REQUIRE(tensors.size() == table.size());
  for (std::size_t i = 0; i < table.size(); ++i) {
    INFO(table[i].name);
    CHECK(tensors[i].name == table[i].name);
    CHECK(tensors[i].shape == table[i].shape);
    CHECK(to_floats({"", tensors[i].dtype, tensors[i].shape, tensors[i].data}) == random_for(table[i]));
  }
}

std::string problem(const Source& source, const Net& net) {
  try {
    static_cast<void>(convert(source, net, DType::f32));
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

const Net& fcn() {
  return find_net("portrait-fcn");
}

// The names of a PyTorch model: those of kLayers, then those of kRest as they are.
File torch_file(const std::vector<std::string>& layers, const std::string& prefix, Format format = Format::pytorch) {
  File file(format);
  file.source.add(prefix + "num_batches_tracked", "I64", {}, {});
  for (const WeightSpec& spec : narrow(fcn())) {
    const auto [layer, part] = split(spec.name);
    const auto found = std::ranges::find(kLayers, layer);
    const std::string name = found == kLayers.end() ? layer : layers[static_cast<std::size_t>(found - kLayers.begin())];
    file.add(prefix + name + '.' + part, spec.shape, random_for(spec));
  }
  return file;
}

const std::vector<std::string> kTorchvision{"features.0",  "features.2",   "features.5",   "features.7",
                                            "features.10", "features.12",  "features.14",  "features.17",
                                            "features.19", "features.21",  "features.24",  "features.26",
                                            "features.28", "classifier.0", "classifier.3", "classifier.6"};
const std::vector<std::string> kSliced{"features3.0",  "features3.2",  "features3.5",  "features3.7",
                                       "features3.10", "features3.12", "features3.14", "features4.0",
                                       "features4.2",  "features4.4",  "features5.0",  "features5.2",
                                       "features5.4",  "score_fr.0",   "score_fr.3",   "score_fr.6"};

}  // namespace

TEST_CASE("convert: a caffemodel of FCN-8s, with matrices for its fc layers and biases of four extents") {
  const std::vector<WeightSpec> table = narrow(fcn());
  for (const bool old : {false, true}) {
    File file(Format::caffe);
    for (auto spec = table.rbegin(); spec != table.rend(); ++spec) {  // their order is no matter
      const auto [layer, part] = split(spec->name);
      std::vector<std::int64_t> shape = spec->shape;
      if (old && part == "bias") shape = {1, 1, 1, shape[0]};
      if (layer == "fc6" || layer == "fc7") {
        if (part == "weight" && old) shape = {1, 1, shape[0], product(spec->shape) / shape[0]};
        if (part == "weight" && !old) shape = {shape[0], product(spec->shape) / shape[0]};
      }
      file.add(layer + (part == "weight" ? "[0]" : "[1]"), shape, random_for(*spec));
    }
    check_values(file.source, fcn(), table);
    CHECK(name_map(fcn(), file.source).at(0).source == "conv1_1[0]");
  }
}

TEST_CASE("convert: factors of Caffe's Scale layers go into the weights behind them") {
  File file(Format::caffe);
  for (const WeightSpec& spec : narrow(fcn(), 21)) {
    const auto [layer, part] = split(spec.name);
    file.add(layer + (part == "weight" ? "[0]" : "[1]"), spec.shape, random_for(spec));
  }
  file.add("scale_pool4[0]", {1}, {0.01F});
  file.add("scale_pool3[0]", {}, {0.5F});
  const std::vector<NamedTensor> tensors = convert(file.source, fcn(), DType::f32);
  for (const NamedTensor& t : tensors) {
    INFO(t.name);
    std::vector<float> expected = random_for({t.name, t.shape});
    const float by = t.name == "score_pool4.weight" ? 0.01F : t.name == "score_pool3.weight" ? 0.5F : 1.0F;
    for (float& v : expected) v = static_cast<float>(static_cast<double>(v) * static_cast<double>(by));
    CHECK(to_floats({"", t.dtype, t.shape, t.data}) == expected);
  }
  CHECK(portrait_metadata({}, fcn(), file.source, tensors).at("person_class") == "15");

  file.source.tensors.pop_back();
  file.add("scale_pool3[0]", {2}, {1, 2});
  CHECK_THAT(problem(file.source, fcn()), Contains("scale_pool3[0] has shape 2, expected one factor"));
}

TEST_CASE("convert: PyTorch's names of FCN-8s, plain or out of torchvision's list, behind any prefix") {
  for (const std::string prefix : {"", "module.", "state_dict.module.net."}) {
    INFO(prefix);
    for (const Format format : {Format::pytorch, Format::onnx, Format::safetensors}) {
      check_values(torch_file(kLayers, prefix, format).source, fcn(), narrow(fcn()));
    }
    check_values(torch_file(kTorchvision, prefix).source, fcn(), narrow(fcn()));
  }
  // These scale what they score.
  const File sliced = torch_file(kSliced, "", Format::pytorch);
  const std::vector<NamedTensor> tensors = convert(sliced.source, fcn(), DType::f32);
  for (const NamedTensor& t : tensors) {
    INFO(t.name);
    const double by = t.name == "score_pool4.weight" ? 0.01 : t.name == "score_pool3.weight" ? 0.0001 : 1;
    std::vector<float> expected = random_for({t.name, t.shape});
    for (float& v : expected) v = static_cast<float>(static_cast<double>(v) * by);
    CHECK(to_floats({"", t.dtype, t.shape, t.data}) == expected);
  }
}

TEST_CASE("convert: TensorFlow's names of FCN-8s, rows and columns first") {
  const std::vector<WeightSpec> table = narrow(fcn());
  const auto with = [&](const std::string& prefix, const std::string& weight, const std::string& bias, bool slim) {
    File file(Format::tensorflow);
    file.source.add("global_step", "I64", {}, {});
    for (const WeightSpec& spec : table) {
      const auto [layer, part] = split(spec.name);
      const std::string scope = slim && layer.starts_with("conv") ? layer.substr(0, 5) + '/' : "";
      if (part == "bias") {
        file.add(prefix + scope + layer + bias, spec.shape, random_for(spec));
        file.add(prefix + scope + layer + bias + "/Adam", spec.shape, std::vector<float>(random_for(spec).size()));
        continue;
      }
      const std::vector<std::int64_t>& s = spec.shape;
      file.add(prefix + scope + layer + weight, {s[2], s[3], s[1], s[0]}, to_hwio(random_for(spec), s));
    }
    return file;
  };
  check_values(with("", "/weights", "/biases", false).source, fcn(), table);
  check_values(with("fcn8s/", "/weights", "/biases", true).source, fcn(), table);
  check_values(with("", "/filter", "/biases", false).source, fcn(), table);
  check_values(with("inference/", "_weight", "_bias", false).source, fcn(), table);
  check_values(with("", "_w", "_b", false).source, fcn(), table);
  check_values(with("model/", "/kernel", "/bias", false).source, fcn(), table);
}

TEST_CASE("convert: enlargements that a file leaves out are bilinear, if it leaves out all") {
  File file = torch_file(kTorchvision, "");
  const auto remove = [&](const std::string& name) {
    std::erase_if(file.source.tensors, [&](const WeightView& t) { return t.name == name; });
  };
  remove("upscore2.weight");
  CHECK(problem(file.source, fcn()) == "file: upscore2.weight is missing (expected shape 2x2x4x4)");
  remove("upscore_pool4.weight");
  remove("upscore8.weight");
  const std::vector<NamedTensor> tensors = convert(file.source, fcn(), DType::f32);
  const auto& up = *std::ranges::find(tensors, std::string("upscore2.weight"), &NamedTensor::name);
  const std::vector<float> values = to_floats({"", up.dtype, up.shape, up.data});
  const std::vector<float> row{0.25, 0.75, 0.75, 0.25};
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool own = i / 32 == i / 16 % 2;
    CHECK(values[i] == (own ? row[i / 4 % 4] * row[i % 4] : 0));
  }
  const auto& last = *std::ranges::find(tensors, std::string("upscore8.weight"), &NamedTensor::name);
  const std::vector<float> wide = to_floats({"", last.dtype, last.shape, last.data});
  CHECK(wide.at(0) == 1.0F / 256);
  CHECK(wide.at(7 * 16 + 8) == (15.0F / 16) * (15.0F / 16));
}

TEST_CASE("convert: enlargements are not made for more classes than a file of some bytes should ask for") {
  Source source;
  source.label = "f";
  const auto made = [&](std::int64_t classes) {
    const Mapping mapping{{"upscore2.weight", {classes, classes, 4, 4}}, "", {0, 1, 2, 3}};
    return convert(source, std::span(&mapping, 1), DType::f16).front().data.size();
  };
  CHECK(made(256) == std::size_t{256 * 256 * 4 * 4 * 2});
  CHECK_THROWS_WITH(made(257), "f: upscore2.weight is missing, and is not made for 257 classes, only for up to 256");
}

TEST_CASE("convert: one FCN-8s, kept by Caffe, PyTorch and ONNX, becomes the same tensors") {
  const auto folder = test::data_dir() / "convert";
  const Weights expected = Weights::open(folder / "fcn8s.safetensors");
  for (const std::string name : {"fcn8s.safetensors", "fcn8s.caffemodel", "fcn8s.pth", "fcn8s.onnx"}) {
    INFO(name);
    const std::vector<NamedTensor> tensors = convert(read_source(folder / name), fcn(), DType::f32);
    REQUIRE(tensors.size() == expected.tensors().size());
    for (const NamedTensor& t : tensors) {
      INFO(t.name);
      const WeightView* same = expected.find(t.name);
      REQUIRE(same != nullptr);
      CHECK(t.shape == same->shape);
      CHECK(std::ranges::equal(t.data, same->data));
    }
  }
}

TEST_CASE("convert: an FCN-8s that does not fit is refused by the first tensor, in the file's own names") {
  const auto without = [](File file, const std::string& name) {
    std::erase_if(file.source.tensors, [&](const WeightView& t) { return t.name == name; });
    return problem(file.source, fcn());
  };
  CHECK(without(torch_file(kTorchvision, "module."), "module.features.12.bias") ==
        "file: module.features.12.bias (conv3_2.bias) is missing (expected shape 10)");
  CHECK(without(torch_file(kLayers, ""), "score_fr.bias") == "file: score_fr.bias is missing (expected shape 2)");
  CHECK_THAT(without(File(Format::caffe), ""), Contains("conv1_1[0] (conv1_1.weight) is missing"));
  CHECK(problem(File(Format::tflite).source, fcn()) ==
        "portrait-fcn is converted from Caffe, PyTorch, TensorFlow, ONNX or safetensors, not from TFLite");

  File wrong = torch_file(kLayers, "");
  wrong.source.tensors.at(3).shape = {6, 5, 1, 9};
  CHECK_THAT(problem(wrong.source, fcn()), Contains("conv1_2.weight has shape 6x5x1x9, expected 6x5x3x3"));
  wrong.source.tensors.at(3).shape = {5, 6, 3, 3};
  CHECK_THAT(problem(wrong.source, fcn()), Contains("conv1_2.weight has shape 5x6x3x3, expected 5x5x3x3"));
}

TEST_CASE("convert: what a portrait net carries is given by options, by a file of ours, or as the authors had it") {
  const Net& plus = find_net("portrait-fcn+");
  const test::TempDir dir;
  const auto write = [&](const std::string& name, const std::string& text) {
    std::ofstream(dir / name, std::ios::binary) << text;
    return dir / name;
  };
  File file(Format::pytorch);
  for (const WeightSpec& spec : narrow(plus)) {
    if (spec.name.find('.') != std::string::npos) file.add(spec.name, spec.shape, random_for(spec));
  }
  CHECK_THAT(problem(file.source, plus), Contains("mean_mask is missing (expected shape 800x600)"));
  CHECK_THROWS_WITH(check_portrait_options({}, plus, file.source), "the net portrait-fcn+ needs --mean-mask");
  PortraitOptions options;
  options.landmarks = write("points.txt", "1 2\r\n\n 300.5\t-4.25 \n7 8\n1e2 9");
  options.mean_mask = dir / "no.png";
  CHECK_NOTHROW(check_portrait_options(options, plus, file.source));
  CHECK_THROWS_WITH(check_portrait_options(options, fcn(), file.source), "--mean-mask is not for the net portrait-fcn");
  CHECK_THROWS_WITH(add_portrait_tensors(options, file.source), Contains("no.png: No such file"));
  options.mean_mask = write("text.png", "text");
  CHECK_THROWS_WITH(add_portrait_tensors(options, file.source), Contains("text.png: is no PNG"));
  options.mean_mask = test::data_dir() / "convert" / "small_mask.png";
  CHECK_THROWS_WITH(add_portrait_tensors(options, file.source), Contains("is 8x6 pixels, expected 600x800"));

  options.mean_mask.clear();
  const std::vector<float> mask = test::random_floats(800 * 600, 3);
  file.add("mean_mask", {800, 600}, mask);
  add_portrait_tensors(options, file.source);
  const std::vector<NamedTensor> tensors = convert(file.source, plus, DType::f16);
  const NamedTensor& points = tensors.back();
  CHECK(points.name == "canonical_landmarks");
  CHECK(points.dtype == DType::f32);
  CHECK(points.shape == std::vector<std::int64_t>{4, 2});
  CHECK(to_floats({"", points.dtype, points.shape, points.data}) ==
        std::vector<float>{1, 2, 300.5F, -4.25F, 7, 8, 100, 9});

  auto metadata = portrait_metadata({}, plus, file.source, tensors);
  CHECK(metadata == std::map<std::string, std::string>{{"input_channels", "6"},
                                                       {"input_mean", "104.008,116.669,122.675"},
                                                       {"input_scale", "0.00392156862745098"}});
  file.source.format = Format::safetensors;
  file.source.metadata = {{"input_scale", "0.5"}, {"input_mean", "1,2,3"}, {"more", "x"}};
  options.input_mean = "4,5.5,-6";
  metadata = portrait_metadata(options, plus, file.source, tensors);
  CHECK(metadata.at("input_scale") == "0.5");
  CHECK(metadata.at("input_mean") == "4,5.5,-6");

  for (const std::string text :
       {"1 2\n3 4\n", "", "1 2\n3 x\n5 6\n", "1 2 3\n4 5\n6 7\n", "1 nan\n2 3\n4 5\n", "1\n2\n3\n"}) {
    options.landmarks = write("bad.txt", text);
    CHECK_THROWS_WITH(add_portrait_tensors(options, file.source), Contains("bad.txt: "));
  }
}

TEST_CASE("convert: a net of many classes says which is the person") {
  File file(Format::caffe);
  for (const WeightSpec& spec : narrow(fcn(), 7)) {
    const auto [layer, part] = split(spec.name);
    file.add(layer + (part == "weight" ? "[0]" : "[1]"), spec.shape, random_for(spec));
  }
  const std::vector<NamedTensor> tensors = convert(file.source, fcn(), DType::f32);
  CHECK_THROWS_WITH(portrait_metadata({}, fcn(), file.source, tensors),
                    "file: has scores of 7 classes, which need --person-class 0..6");
  PortraitOptions options;
  options.person_class = 4;
  CHECK(portrait_metadata(options, fcn(), file.source, tensors).at("person_class") == "4");
  options.person_class = 7;
  CHECK_THROWS_WITH(portrait_metadata(options, fcn(), file.source, tensors), "--person-class is 7, expected 0..6");
  CHECK_THROWS_WITH(check_portrait_options(options, find_net("selfie"), file.source),
                    "--person-class is not for the net selfie");
  options = {};
  options.input_mean = "1,2";
  CHECK_THROWS_WITH(check_portrait_options(options, fcn(), file.source),
                    "--input-mean is \"1,2\", expected three numbers B,G,R");
  options = {};
  options.input_scale = std::nan("");
  CHECK_THROWS_WITH(check_portrait_options(options, fcn(), file.source), Contains("--input-scale is nan"));
}
