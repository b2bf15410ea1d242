// The safetensors format: reading (Weights::open, Weights::view) and writing.
#include "runtime/error.h"
#include "runtime/mapped_file.h"
#include "runtime/weights.h"

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <set>
#include <utility>

static_assert(std::endian::native == std::endian::little, "safetensors values are used as they lie in the file");

namespace impasto {
namespace {

constexpr std::uint64_t kMaxHeader = 100'000'000;  // the format's own limit
constexpr std::size_t kMaxRank = 32;
constexpr std::size_t kLengthBytes = 8;

// The element types of the format; F4, F6 and F8 variants are known by size, as the reader knows them.
struct FileType {
  std::string_view name;
  unsigned bits;
  DType dtype = DType::u8;
};
constexpr std::array kFileTypes{
    FileType{"F32", 32, DType::f32},
    FileType{"F16", 16, DType::f16},
    FileType{"BF16", 16, DType::bf16},
    FileType{"U8", 8},
    FileType{"U16", 16, DType::u16},
    FileType{"BOOL", 8},
    FileType{"I8", 8, DType::i8},
    FileType{"I16", 16},
    FileType{"I32", 32},
    FileType{"U32", 32},
    FileType{"I64", 64},
    FileType{"U64", 64},
    FileType{"F64", 64},
    FileType{"C64", 64},
    FileType{"F8_E5M2", 8},
    FileType{"F8_E4M3", 8},
    FileType{"F8_E8M0", 8},
    FileType{"F6_E2M3", 6},
    FileType{"F6_E3M2", 6},
    FileType{"F4", 4},
};

// What the header says of one tensor, before anything is believed.
struct Entry {
  std::string name;
  std::string type;
  std::vector<std::uint64_t> shape;
  std::vector<std::uint64_t> offsets;
  unsigned seen = 0;  // bits of Field
};

// Reads the header as it streams by: nothing deeper than {"tensor": {"shape": [ ]}} is ever built.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::vector<Entry> entries;
  std::map<std::string, std::string> metadata;
  std::string problem;  // why parsing stopped

  bool start_object(std::size_t) override {
    if (place_ == Place::start) return go(Place::top);
    if (place_ == Place::top) return go(in_metadata_ ? Place::metadata : Place::tensor);
    return unexpected("an object");
  }
  bool end_object() override {
    if (place_ == Place::tensor && entries.back().seen != (kType | kShape | kOffsets)) {
      return stop("tensor {} needs dtype, shape and data_offsets", quoted(entries.back().name));
    }
    return go(place_ == Place::top ? Place::end : Place::top);
  }
  bool key(string_t& name) override {
    if (place_ == Place::top) {
      if (!names_.insert(name).second) return stop("has {} twice", quoted(name));
      in_metadata_ = name == "__metadata__";
      if (!in_metadata_) entries.push_back({name, {}, {}, {}});
      return true;
    }
    if (place_ == Place::metadata) {
      key_ = name;
      if (!metadata.try_emplace(name).second) return stop("has {} twice in __metadata__", quoted(name));
      return true;
    }
    field_ = name == "dtype" ? kType : name == "shape" ? kShape : name == "data_offsets" ? kOffsets : 0U;
    Entry& entry = entries.back();
    if (field_ == 0) return stop("tensor {} has an unknown key {}", quoted(entry.name), quoted(name));
    if ((entry.seen & field_) != 0) return stop("tensor {} has {} twice", quoted(entry.name), quoted(name));
    entry.seen |= field_;
    return true;
  }
  bool string(string_t& value) override {
    if (place_ == Place::metadata) {
      metadata[key_] = value;
      return true;
    }
    if (place_ != Place::tensor || field_ != kType) return unexpected("a string");
    entries.back().type = value;
    return true;
  }
  bool start_array(std::size_t) override {
    if (place_ != Place::tensor || field_ == kType) return unexpected("an array");
    return go(Place::list);
  }
  bool end_array() override { return go(Place::tensor); }
  bool number_unsigned(number_unsigned_t value) override {
    if (place_ != Place::list) return unexpected("a number");
    Entry& entry = entries.back();
    std::vector<std::uint64_t>& list = field_ == kShape ? entry.shape : entry.offsets;
    if (list.size() == (field_ == kShape ? kMaxRank : 2)) {
      return stop("tensor {} has a {} of more than {} numbers", quoted(entry.name),
                  field_ == kShape ? "shape" : "data_offsets", list.size());
    }
    list.push_back(value);
    return true;
  }
  bool number_integer(number_integer_t) override { return unexpected("a negative number"); }
  bool number_float(number_float_t, const string_t&) override {
    return unexpected("a number that is no 64-bit integer");
  }
  bool null() override { return unexpected("null"); }
  bool boolean(bool) override { return unexpected("a boolean"); }
  bool binary(binary_t&) override { return unexpected("binary data"); }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) override {
    return stop("is not UTF-8 JSON at byte {}", position);
  }

  // A name as it may stand in a message: short and on one line.
  static std::string quoted(std::string_view name) {
    std::string text(name.substr(0, 80));
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '?');
    return '"' + text + (name.size() > 80 ? "...\"" : "\"");
  }

 private:
  enum class Place { start, top, metadata, tensor, list, end };
  enum Field : unsigned { kType = 1, kShape = 2, kOffsets = 4 };

  bool go(Place place) {
    place_ = place;
    return true;
  }
  template <typename... Args>
  bool stop(fmt::format_string<Args...> format, Args&&... args) {
    problem = fmt::format(format, std::forward<Args>(args)...);
    return false;
  }
  bool unexpected(std::string_view what) {
    const std::string_view where = place_ == Place::metadata ? "a value of __metadata__"
                                   : place_ == Place::start  ? "the whole"
                                   : place_ == Place::top    ? "an entry"
                                   : field_ == kType         ? "a dtype"
                                   : field_ == kShape        ? "a shape"
                                                             : "a data_offsets";
    return stop("has {} as {}{}", what, where,
                entries.empty() || place_ == Place::metadata ? "" : " (" + quoted(entries.back().name) + ")");
  }

  Place place_ = Place::start;
  bool in_metadata_ = false;
  unsigned field_ = 0;
  std::string key_;
  std::set<std::string> names_;
};

// The tensor that an entry describes, if `data` (what follows the header) has it.
WeightView checked(Entry& entry, std::span<const std::byte> data, const std::string& label) {
  const std::string name = HeaderReader::quoted(entry.name);
  const auto* type =
      std::find_if(kFileTypes.begin(), kFileTypes.end(), [&](const auto& t) { return t.name == entry.type; });
  if (type == kFileTypes.end()) {
    fail("{}: tensor {} has the unknown dtype {}", label, name, HeaderReader::quoted(entry.type));
  }
  std::int64_t bits = type->bits;
  std::vector<std::int64_t> shape;
  for (const std::uint64_t extent : entry.shape) {
    if (!std::in_range<std::int64_t>(extent) ||
        __builtin_mul_overflow(bits, static_cast<std::int64_t>(extent), &bits)) {
      fail("{}: tensor {} has a shape that no file can hold", label, name);
    }
    shape.push_back(static_cast<std::int64_t>(extent));
  }
  if (entry.offsets.size() != 2)
    fail("{}: tensor {} has {} data_offsets, expected 2", label, name, entry.offsets.size());
  const std::uint64_t begin = entry.offsets[0];
  const std::uint64_t end = entry.offsets[1];
  if (begin > end || end > data.size()) {
    fail("{}: tensor {} has data_offsets {}..{}, but the file has {} bytes of data", label, name, begin, end,
         data.size());
  }
  if (bits % 8 != 0 || static_cast<std::uint64_t>(bits) / 8 != end - begin) {
    fail("{}: tensor {} of {} {} has {} bytes of data, expected {}", label, name, entry.type, shape_string(shape),
         end - begin, bits / 8);
  }
  return {std::move(entry.name), type->dtype, std::move(shape), data.subspan(begin, end - begin), type->name};
}

// Sorts the tensors by place and checks that they cover the data without holes or overlaps.
void check_cover(std::vector<WeightView>& tensors, std::span<const std::byte> data, const std::string& label) {
  std::stable_sort(tensors.begin(), tensors.end(), [](const WeightView& a, const WeightView& b) {
    return std::pair(a.data.data(), a.data.size()) < std::pair(b.data.data(), b.data.size());
  });
  std::size_t covered = 0;
  for (const WeightView& t : tensors) {
    const auto begin = static_cast<std::size_t>(t.data.data() - data.data());
    if (begin != covered) {
      fail("{}: tensor {} starts at byte {} of the data, expected {} (no hole and no overlap)", label,
           HeaderReader::quoted(t.name), begin, covered);
    }
    covered += t.data.size();
  }
  if (covered != data.size()) fail("{}: {} bytes after the last tensor, expected none", label, data.size() - covered);
}

// Gives integers the scales that stand beside them under <name>.scale.
void add_scales(std::vector<WeightView>& tensors) {
  std::map<std::string_view, const WeightView*> scales;
  for (const WeightView& t : tensors) {
    if (t.dtype == DType::f32 && t.name.ends_with(kScaleSuffix)) scales[t.name] = &t;
  }
  for (WeightView& t : tensors) {
    const auto found = t.dtype == DType::i8 ? scales.find(t.name + std::string(kScaleSuffix)) : scales.end();
    if (found == scales.end()) continue;
    const WeightView& scale = *found->second;
    const bool fits = std::ranges::equal(
        scale.shape, t.shape, [](std::int64_t ours, std::int64_t whole) { return ours == 1 || ours == whole; });
    if (!fits) continue;
    t.scale_shape = scale.shape;
    t.scale_data = scale.data;
  }
}

}  // namespace

Weights Weights::open(const std::filesystem::path& file) {
  auto mapping = std::make_shared<const MappedFile>(file);
  Weights weights = view(mapping->bytes(), file.string());
  weights.storage_ = std::move(mapping);
  return weights;
}

Weights Weights::view(std::span<const std::byte> bytes, std::string label) {
  if (bytes.size() < kLengthBytes) {
    fail("{}: {} bytes is too short for a safetensors file", label, bytes.size());
  }
  std::uint64_t header_size = 0;
  std::memcpy(&header_size, bytes.data(), kLengthBytes);
  if (header_size > kMaxHeader || header_size > bytes.size() - kLengthBytes) {
    fail("{}: not a safetensors file, or cut off: its header would have {} bytes, the file has {}", label, header_size,
         bytes.size());
  }
  const auto* start = reinterpret_cast<const char*>(bytes.data()) + kLengthBytes;
  const std::string_view header(start, static_cast<std::size_t>(header_size));
  if (!header.starts_with('{')) fail("{}: not a safetensors file: its header does not begin with {{", label);
  // The JSON library takes a zero byte for the end of its input.
  if (header.find('\0') != std::string_view::npos) fail("{}: its header has a zero byte", label);

  HeaderReader reader;
  if (!nlohmann::json::sax_parse(header, &reader)) fail("{}: its header {}", label, reader.problem);

  Weights weights;
  weights.metadata_ = std::move(reader.metadata);
  const std::span<const std::byte> data = bytes.subspan(kLengthBytes + header.size());
  for (Entry& entry : reader.entries) weights.tensors_.push_back(checked(entry, data, label));
  check_cover(weights.tensors_, data, label);
  add_scales(weights.tensors_);
  weights.label_ = std::move(label);
  return weights;
}

void write_safetensors(const std::filesystem::path& file, std::span<const NamedTensor> tensors,
                       const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header;
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::size_t offset = 0;
  for (const NamedTensor& t : tensors) {
    const auto* type =
        std::find_if(kFileTypes.begin(), kFileTypes.end(), [&](const auto& f) { return f.dtype == t.dtype; });
    const std::size_t end = offset + t.data.size();
    header[t.name] = {{"dtype", type->name}, {"shape", t.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  // File names in the metadata need not be UTF-8.
  std::string text = header.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const std::uint64_t length = text.size();

  std::error_code ignored;
  const auto status = std::filesystem::status(file, ignored);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    fail("{}: is not a regular file", file.string());
  }
  std::filesystem::path part = file;
  part += fmt::format(".{}.part", ::getpid());
  std::ofstream out(part, std::ios::binary);
  out.write(reinterpret_cast<const char*>(&length), kLengthBytes);
  out << text;
  for (const NamedTensor& t : tensors) {
    out.write(reinterpret_cast<const char*>(t.data.data()), static_cast<std::streamsize>(t.data.size()));
  }
  out.close();
  const bool good = out.good() && std::rename(part.c_str(), file.c_str()) == 0;
  if (!good) {
    const int error = errno;
    std::filesystem::remove(part, ignored);
    fail("{}: {}", file.string(), std::strerror(error));
  }
}

}  // namespace impasto
