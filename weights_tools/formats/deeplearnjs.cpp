// deeplearn.js: manifest.json, {"Variable_5": {"filename": "Variable_5", "shape": [64]}, ...}, beside one file of raw
// little-endian float32 values a tensor.
#include "runtime/error.h"
#include "weights_tools/source.h"

#include <nlohmann/json.hpp>

namespace impasto {
namespace {

constexpr std::size_t kMaxManifest = 1 << 20;  // a real one has 5 kB

}  // namespace

void read_deeplearnjs(std::span<const std::byte> manifest, Source& source) {
  if (manifest.size() > kMaxManifest) {
    fail("{}: a manifest of {} bytes, expected at most {}", source.label, manifest.size(), kMaxManifest);
  }
  const auto* text = reinterpret_cast<const char*>(manifest.data());
  const auto json = nlohmann::json::parse(text, text + manifest.size(), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) fail("{}: is not JSON, or not an object", source.label);

  for (const auto& [name, entry] : json.items()) {
    const bool has_both = entry.is_object() && entry.contains("filename") && entry.contains("shape");
    if (!has_both || !entry["filename"].is_string() || !entry["shape"].is_array()) {
      fail("{}: entry \"{}\" needs a filename and a shape", source.label, printable(name));
    }
    const auto& file_name = entry["filename"].get_ref<const std::string&>();
    if (!is_plain_file_name(file_name)) {
      fail("{}: entry \"{}\" names the file \"{}\", expected one beside the manifest", source.label, printable(name),
           printable(file_name));
    }
    std::vector<std::int64_t> shape;
    for (const auto& extent : entry["shape"]) {
      if (!extent.is_number_unsigned() || !std::in_range<std::int64_t>(extent.get<std::uint64_t>())) {
        fail("{}: entry \"{}\" has a shape that is not all whole numbers", source.label, printable(name));
      }
      shape.push_back(extent.get<std::int64_t>());
    }
    source.add(name, "F32", std::move(shape), source.open_beside(file_name));
  }
}

}  // namespace impasto
