#include "weights_tools/portrait.h"

#include "nets/face_alignment.h"
#include "runtime/error.h"
#include "runtime/mapped_file.h"

#include <fmt/format.h>

#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb_image.h>
#pragma GCC diagnostic pop

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace impasto {
namespace {

constexpr std::string_view kMask = "mean_mask";
constexpr std::string_view kLandmarks = "canonical_landmarks";
constexpr int kMaskWidth = 600;
constexpr int kMaskHeight = 800;
constexpr std::size_t kFewestLandmarks = 3;  // an affine map has six unknowns
constexpr std::string_view kDefaultMean = "104.008,116.669,122.675";
// PASCAL VOC and PASCAL-Context, background included, both with the person at 15.
constexpr std::array<std::int64_t, 2> kPascalClasses{21, 60};
constexpr int kPascalPerson = 15;

bool is_portrait(const Net& net) {
  return net.name.starts_with("portrait-fcn");
}

// The number at the start of `text`, which loses it.
std::optional<float> take_number(std::string_view& text) {
  float value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !std::isfinite(value)) return {};
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

bool is_mean(std::string_view text) {
  for (int i = 0; i < 3; ++i) {
    if (i > 0 && !text.starts_with(',')) return false;
    if (i > 0) text.remove_prefix(1);
    if (!take_number(text)) return false;
  }
  return text.empty();
}

std::vector<float> read_mask(const std::filesystem::path& file) {
  const MappedFile mapping(file);
  const std::span<const std::byte> bytes = mapping.bytes();
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) fail("{}: is no PNG", file.string());
  const auto* start = reinterpret_cast<const stbi_uc*>(bytes.data());
  const int size = static_cast<int>(bytes.size());
  int width = 0;
  int height = 0;
  int channels = 0;
  if (stbi_info_from_memory(start, size, &width, &height, &channels) == 0) fail("{}: is no PNG", file.string());
  if (width != kMaskWidth || height != kMaskHeight) {
    fail("{}: is {}x{} pixels, expected {}x{}", file.string(), width, height, kMaskWidth, kMaskHeight);
  }
  const std::unique_ptr<stbi_uc, decltype(&stbi_image_free)> grey(
      stbi_load_from_memory(start, size, &width, &height, &channels, STBI_grey), stbi_image_free);
  if (grey == nullptr) fail("{}: is a PNG that is damaged or cut off", file.string());
  std::vector<float> mask(static_cast<std::size_t>(kMaskWidth) * kMaskHeight);
  std::transform(grey.get(), grey.get() + mask.size(), mask.begin(),
                 [](stbi_uc level) { return static_cast<float>(level) / 255.0F; });
  return mask;
}

void replace(Source& source, std::string_view name, std::vector<std::int64_t> shape, std::vector<float> values) {
  std::erase_if(source.tensors, [&](const WeightView& tensor) { return tensor.name == name; });
  const auto kept = std::make_shared<const std::vector<float>>(std::move(values));
  source.add(std::string(name), "F32", std::move(shape), std::as_bytes(std::span(*kept)));
  source.storage.push_back(kept);
}

const NamedTensor& tensor(std::span<const NamedTensor> tensors, std::string_view name) {
  return *std::ranges::find(tensors, name, &NamedTensor::name);
}

}  // namespace

void check_portrait_options(const PortraitOptions& options, const Net& net, const Source& source) {
  const auto refuse = [&](bool given, bool wanted, std::string_view flag) {
    if (given && !wanted) fail_usage("{} is not for the net {}", flag, net.name);
  };
  refuse(options.input_scale.has_value(), is_portrait(net), "--input-scale");
  refuse(!options.input_mean.empty(), is_portrait(net), "--input-mean");
  refuse(!options.mean_mask.empty(), net.face, "--mean-mask");
  refuse(!options.landmarks.empty(), net.face, "--landmarks");
  refuse(options.person_class.has_value(), is_portrait(net), "--person-class");
  const double scale = options.input_scale.value_or(1);
  if (!std::isfinite(scale) || scale == 0) fail_usage("--input-scale is {}, expected a finite number but 0", scale);
  if (!options.input_mean.empty() && !is_mean(options.input_mean)) {
    fail_usage("--input-mean is \"{}\", expected three numbers B,G,R", options.input_mean);
  }
  if (net.face && options.mean_mask.empty() && source.find(kMask) == nullptr) {
    fail_usage("the net {} needs --mean-mask", net.name);
  }
  if (net.face && options.landmarks.empty() && source.find(kLandmarks) == nullptr) {
    fail_usage("the net {} needs --landmarks", net.name);
  }
}

void add_portrait_tensors(const PortraitOptions& options, Source& source) {
  if (!options.mean_mask.empty()) {
    replace(source, kMask, {kMaskHeight, kMaskWidth}, read_mask(options.mean_mask));
  }
  if (!options.landmarks.empty()) {
    std::vector<float> values;
    for (const Point& point : read_landmarks(options.landmarks)) {
      values.push_back(static_cast<float>(point.x));
      values.push_back(static_cast<float>(point.y));
    }
    const std::size_t count = values.size() / 2;
    if (count < kFewestLandmarks) {
      fail("{}: has {} landmarks, expected at least {}", options.landmarks.string(), count, kFewestLandmarks);
    }
    replace(source, kLandmarks, {static_cast<std::int64_t>(count), 2}, std::move(values));
  }
}

std::map<std::string, std::string> portrait_metadata(const PortraitOptions& options, const Net& net,
                                                     const Source& source, std::span<const NamedTensor> tensors) {
  if (!is_portrait(net)) return {};
  const auto known = [&](const char* key) {
    const auto found = source.metadata.find(key);
    const bool ours = source.format == Format::safetensors && found != source.metadata.end();
    return ours ? found->second : std::string();
  };
  const auto first = [](std::initializer_list<std::string> choices) {
    return *std::ranges::find_if_not(choices, &std::string::empty);
  };
  const auto given = [](const auto& option) { return option ? fmt::format("{}", *option) : std::string(); };

  std::map<std::string, std::string> metadata;
  metadata["input_scale"] = first({given(options.input_scale), known("input_scale"), fmt::format("{}", 1.0 / 255)});
  metadata["input_mean"] = first({options.input_mean, known("input_mean"), std::string(kDefaultMean)});
  metadata["input_channels"] = fmt::format("{}", tensor(tensors, "conv1_1.weight").shape.at(1));

  const std::int64_t classes = tensor(tensors, "score_fr.weight").shape.at(0);
  if (classes == 2 && !options.person_class) return metadata;
  const bool pascal = std::ranges::find(kPascalClasses, classes) != kPascalClasses.end();
  const std::string person = first({given(options.person_class), known("person_class"),
                                    pascal ? std::to_string(kPascalPerson) : std::string(), "none"});
  if (person == "none") {
    fail("{}: has scores of {} classes, which need --person-class 0..{}", source.label, classes, classes - 1);
  }
  if (options.person_class && (*options.person_class < 0 || *options.person_class >= classes)) {
    fail_usage("--person-class is {}, expected 0..{}", *options.person_class, classes - 1);
  }
  metadata["person_class"] = person;
  return metadata;
}

}  // namespace impasto
