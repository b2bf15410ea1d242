#include "apps/stylize/style.h"

#include "apps/stylize/numbers.h"
#include "runtime/error.h"
#include "weights/embedded.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace impasto::stylize {
namespace {

constexpr std::string_view kExtension = ".safetensors";

Weights embedded(std::string_view net) {
  std::string name(net);
  std::replace(name.begin(), name.end(), '-', '_');
  name += kExtension;
  return Weights::view(embedded_weights(name), name);
}

std::string style_net_names() {
  std::string names;
  for (const Net& net : nets()) {
    if (net.kind == Net::Kind::style) names += (names.empty() ? "" : ", ") + std::string(net.name);
  }
  return names;
}

const Net& net_of(const Weights& weights) {
  const auto named = weights.metadata().find("net");
  if (named != weights.metadata().end()) {
    for (const Net& net : nets()) {
      if (net.name == named->second) return net;
    }
    fail("{}: is for net {:?}, which this program does not know", weights.label(), named->second);
  }
  for (const Net& net : nets()) {
    const auto table = weight_table(net, shapes_in(weights));
    const bool all = std::all_of(table.begin(), table.end(),
                                 [&](const WeightSpec& spec) { return weights.find(spec.name) != nullptr; });
    if (all) return net;
  }
  fail("{}: holds the tensors of no net that paints (expected one of: {})", weights.label(), style_net_names());
}

std::filesystem::path find_file(const std::filesystem::path& file, const std::filesystem::path& models) {
  if (!std::filesystem::exists(file) && !models.empty() && !file.has_parent_path()) {
    if (std::filesystem::exists(models / file)) return models / file;
  }
  return file;
}

}  // namespace

StyleSpec parse_style(const std::string& text, int styles) {
  StyleSpec spec;
  if (text.size() > kExtension.size() && text.ends_with(kExtension)) {
    spec.file = text;
    return spec;
  }
  spec.shares.assign(static_cast<std::size_t>(styles), 0.0F);
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t comma = std::min(text.find(',', from), text.size());
    const std::string part = text.substr(from, comma - from);
    const std::size_t colon = part.find(':');
    const std::string index = part.substr(0, colon);
    if (index.empty() || index.find_first_not_of("-0123456789") != std::string::npos) {
      fail_usage("--style {}: expected an index 0..{}, a blend such as 7:0.6,19:0.4, or FILE.safetensors", text,
                 styles - 1);
    }
    const auto i = static_cast<std::size_t>(parse_integer("--style", index, 0, styles - 1));
    const double share =
        colon == std::string::npos ? 1.0 : parse_number("--style " + index + ": share", part.substr(colon + 1), 0, 1e6);
    spec.shares[i] += static_cast<float>(share);
    from = comma + 1;
  }
  const float sum = std::accumulate(spec.shares.begin(), spec.shares.end(), 0.0F);
  if (!(sum > 0)) fail_usage("--style {}: the shares add up to 0, expected more", text);
  for (float& share : spec.shares) share /= sum;
  return spec;
}

LoadedStyle load_style(const StyleSpec& spec, const std::filesystem::path& models) {
  if (spec.file.empty()) {
    const Net& net = find_net(kBuiltInNet);
    return {&net, embedded(net.name), spec.shares};
  }
  LoadedStyle style{nullptr, Weights::open(find_file(spec.file, models)), {}};
  style.net = &net_of(style.weights);
  if (style.net->kind != Net::Kind::style) {
    fail("{}: is for net {}, which does not paint (expected one of: {})", style.weights.label(), style.net->name,
         style_net_names());
  }
  style.weights.check(weight_table(*style.net, shapes_in(style.weights)));
  if (style.net->styles > 0) {
    fail("{}: holds {} styles of net {} and none is chosen; the built-in ones are chosen by index",
         style.weights.label(), style.net->styles, style.net->name);
  }
  return style;
}

Weights load_matte(const Net& net, const std::filesystem::path& file, const std::filesystem::path& models) {
  if (file.empty()) return embedded(net.name);
  Weights weights = Weights::open(find_file(file, models));
  const auto named = weights.metadata().find("net");
  if (named != weights.metadata().end() && named->second != net.name) {
    fail("{}: is for net {:?}, expected {:?}", weights.label(), named->second, net.name);
  }
  weights.check(weight_table(net, shapes_in(weights)));
  return weights;
}

}  // namespace impasto::stylize
