#include "apps/stylize/style.h"

#include "apps/stylize/numbers.h"
#include "runtime/error.h"
#include "weights/embedded.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <system_error>

namespace impasto::stylize {
namespace {

constexpr std::string_view kExtension = ".safetensors";

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

// ---- Reading the list ----

bool exists(const std::filesystem::path& file) {
  std::error_code ignored;  // a name that is too long is no file
  return std::filesystem::exists(file, ignored);
}

// One entry: a start, or none; an index or a name; a share.
struct Entry {
  std::optional<double> start;
  std::string name;
  double share = 1;
};

bool is_index(std::string_view name) {
  return !name.empty() && name.find_first_not_of("-0123456789") == std::string_view::npos;
}
bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("+-.eE0123456789") == std::string_view::npos;
}

// Behind "5s:" or "0.5s:", if the text begins so and is not a file itself; else 0.
std::size_t after_time(const std::string& text) {
  const std::size_t end = text.find("s:");
  const bool timed = end != std::string::npos && end > 0 && !exists(text) &&
                     text.substr(0, end).find_first_not_of(".0123456789") == std::string::npos;
  return timed ? end + 2 : 0;
}

// Where the name in "NAME" or "NAME:SHARE" ends.
std::size_t name_end(const std::string& text) {
  const std::size_t first = text.find(':');
  if (first == std::string::npos || is_index(text.substr(0, first))) return std::min(first, text.size());
  const std::size_t last = text.rfind(':');
  return exists(text) || !is_number(text.substr(last + 1)) ? text.size() : last;
}

bool names_file(const std::string& text) {
  const std::string rest = text.substr(after_time(text));
  const std::string name = rest.substr(0, name_end(rest));
  return !is_index(name) && exists(name);
}

Entry read_entry(const std::string& flag, const std::string& text) {
  Entry entry;
  const std::size_t begin = after_time(text);
  if (begin > 0) entry.start = parse_number(flag + ' ' + text + ": time", text.substr(0, begin - 2), 0, 1e9);
  const std::string rest = text.substr(begin);
  const std::size_t end = name_end(rest);
  entry.name = rest.substr(0, end);
  if (end < rest.size()) {
    entry.share = parse_number(flag + ' ' + entry.name + ": share", rest.substr(end + 1), 0, 1e6);
  }
  return entry;
}

// Commas separate entries, but for those that are part of a file's name: the longest name that exists is taken.
std::vector<Entry> read_list(const std::string& flag, const std::string& text) {
  std::vector<Entry> entries;
  for (std::size_t from = 0; from <= text.size();) {
    std::size_t end = std::min(text.find(',', from), text.size());
    for (std::size_t to = text.size(); to > end && to != std::string::npos; to = text.rfind(',', to - 1)) {
      if (names_file(text.substr(from, to - from))) end = to;
    }
    entries.push_back(read_entry(flag, text.substr(from, end - from)));
    from = end + 1;
  }
  return entries;
}

[[noreturn]] void reject(const std::string& flag, const std::string& text, int styles) {
  fail_usage(
      "{} {}: expected an index 0..{}, a picture, a blend such as 7:0.6,19:0.4, or FILE.safetensors; over time "
      "0s:7,5s:19",
      flag, text, styles - 1);
}

void divide_by_sum(StyleBlend& blend, const std::string& flag, const std::string& text) {
  float sum = std::accumulate(blend.shares.begin(), blend.shares.end(), 0.0F);
  for (const auto& [file, share] : blend.pictures) sum += share;
  if (!(sum > 0)) fail_usage("{} {}: the shares add up to 0, expected more", flag, text);
  for (float& share : blend.shares) share /= sum;
  for (auto& [file, share] : blend.pictures) share /= sum;
}

}  // namespace

std::vector<std::filesystem::path> StyleSpec::files() const {
  std::vector<std::filesystem::path> all;
  if (!file.empty()) all.push_back(file);
  for (const StyleBlend& blend : blends) {
    for (const auto& [picture, share] : blend.pictures) all.push_back(picture);
  }
  return all;
}

StyleSpec parse_style(const std::string& text, int styles, const std::string& flag) {
  StyleSpec spec;
  const std::vector<Entry> entries = read_list(flag, text);
  for (const Entry& entry : entries) {
    if (entry.name.empty()) reject(flag, text, styles);
    if (entry.name.size() > kExtension.size() && entry.name.ends_with(kExtension)) {
      if (entries.size() > 1 || entry.start || entry.share != 1) {
        fail_usage("{} {}: {} is the weights of a net, expected it alone", flag, text, entry.name);
      }
      spec.file = entry.name;
      return spec;
    }
    if (entry.start || spec.blends.empty()) {
      const double start = entry.start.value_or(0);
      const bool rises = spec.blends.empty() ? start == 0 : start > spec.blends.back().start;
      if (!rises) fail_usage("{} {}: {}s, expected times that begin at 0s and rise", flag, text, start);
      spec.blends.push_back({start, {}, {}});
    }
    StyleBlend& blend = spec.blends.back();
    if (is_index(entry.name)) {
      const auto i = static_cast<std::size_t>(parse_integer(flag, entry.name, 0, styles - 1));
      blend.shares.resize(static_cast<std::size_t>(styles));
      blend.shares[i] += static_cast<float>(entry.share);
    } else {
      if (!exists(entry.name)) {
        if (is_number(entry.name) || entry.name.find_first_of("./") == std::string::npos) reject(flag, text, styles);
        fail("{} {}: no such file", flag, entry.name);
      }
      blend.pictures.emplace_back(entry.name, static_cast<float>(entry.share));
    }
  }
  for (StyleBlend& blend : spec.blends) {
    if (blend.shares.empty() == blend.pictures.empty() || blend.pictures.empty() == spec.of_pictures()) {
      fail_usage("{} {}: pictures and built-in styles together, expected one kind", flag, text);
    }
    divide_by_sum(blend, flag, text);
  }
  return spec;
}

LoadedStyle load_style(const StyleSpec& spec, const std::filesystem::path& models,
                       const std::function<std::vector<float>(const std::filesystem::path&)>& describe) {
  if (spec.file.empty()) {
    const Net& net = find_net(spec.of_pictures() ? kPictureNet : kBuiltInNet);
    LoadedStyle style{&net, load_embedded(net), {}, spec.of_pictures()};
    for (const StyleBlend& blend : spec.blends) {
      StyleNumbers numbers{blend.start, blend.shares};
      for (const auto& [picture, share] : blend.pictures) {
        const std::vector<float> more = describe(picture);
        numbers.numbers.resize(more.size());
        for (std::size_t i = 0; i < more.size(); ++i) numbers.numbers[i] += share * more[i];
      }
      style.over_time.push_back(std::move(numbers));
    }
    return style;
  }
  LoadedStyle style{nullptr, Weights::open(find_file(spec.file, models)), {}};
  style.net = &net_of(style.weights);
  if (style.net->kind != Net::Kind::style) {
    fail("{}: is for net {}, which does not paint (expected one of: {})", style.weights.label(), style.net->name,
         style_net_names());
  }
  style.weights.check(weight_table(*style.net, shapes_in(style.weights)));
  if (style.net->styles > 0) {
    fail("{}: is for net {}, which has no style of its own; its built-in weights are used with an index or a picture",
         style.weights.label(), style.net->name);
  }
  return style;
}

Weights load_embedded(const Net& net) {
  std::string name(net.name);
  std::replace(name.begin(), name.end(), '-', '_');
  name += kExtension;
  return Weights::view(embedded_weights(name), name);
}

Weights load_matte(const Net& net, const std::filesystem::path& file, const std::filesystem::path& models) {
  if (file.empty()) return load_embedded(net);
  Weights weights = Weights::open(find_file(file, models));
  const auto named = weights.metadata().find("net");
  if (named != weights.metadata().end() && named->second != net.name) {
    fail("{}: is for net {:?}, expected {:?}", weights.label(), named->second, net.name);
  }
  weights.check(weight_table(net, shapes_in(weights)));
  return weights;
}

}  // namespace impasto::stylize
