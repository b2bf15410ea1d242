#include "weights_tools/source.h"

#include "runtime/error.h"
#include "weights_tools/formats/table.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace impasto {
namespace {

constexpr std::size_t kMaxRank = 32;
// A pickle of PyTorch's magic number, 0x1950a86a20f9469cfc6c: what torch.save wrote before 1.6.
constexpr std::string_view kOldPyTorch = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";

// Bytes start..start+text.size() are `text`.
bool has(std::span<const std::byte> bytes, std::size_t start, std::string_view text) {
  return bytes.size() >= start + text.size() && std::memcmp(bytes.data() + start, text.data(), text.size()) == 0;
}

Format recognise(std::span<const std::byte> bytes) {
  if (bytes.size() >= kTableMagic.size() && has(bytes, bytes.size() - kTableMagic.size(), kTableMagic)) {
    return Format::tensorflow;
  }
  // After eight bytes of length, whose upper half is zero in any file below 4 GiB of header, stands a JSON object.
  if (has(bytes, 4, std::string_view("\0\0\0\0{", 5))) return Format::safetensors;
  if (has(bytes, 4, "TFL3")) return Format::tflite;
  if (has(bytes, 0, "PK\3\4") || has(bytes, 0, kOldPyTorch)) return Format::pytorch;
  const auto* text =
      std::find_if_not(bytes.begin(), bytes.end(), [](std::byte b) {
        return b == std::byte{' '} || b == std::byte{'\n'} || b == std::byte{'\r'} || b == std::byte{'\t'};
      }).base();
  if (text != bytes.data() + bytes.size() && *text == std::byte{'{'}) return Format::deeplearnjs;
  return looks_like_caffe(bytes) ? Format::caffe : Format::onnx;  // neither has a mark of its own
}

// A folder stands for one of these in it.
std::filesystem::path main_file(const std::filesystem::path& folder) {
  const bool tensorflow =
      !std::filesystem::exists(folder / "manifest.json") && std::filesystem::exists(folder / "checkpoint");
  return folder / (tensorflow ? "checkpoint" : "manifest.json");
}

// NAME stands for NAME.index, as in TensorFlow.
std::filesystem::path with_index(const std::filesystem::path& file) {
  std::filesystem::path index = file;
  index += ".index";
  return !std::filesystem::exists(file) && std::filesystem::exists(index) ? index : file;
}

// TensorFlow's `checkpoint` file: model_checkpoint_path: "NAME", in or beside the file's folder, then what else there
// is.
constexpr std::string_view kNewest = "model_checkpoint_path:";
std::filesystem::path newest_checkpoint(std::span<const std::byte> bytes, const std::filesystem::path& file) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::size_t at = text.find('"', kNewest.size());
  std::string name;
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] != '\\') {
      name.push_back(text[at]);
      continue;
    }
    // Bytes outside ASCII are three octal digits; a quote or a backslash stands for itself.
    int octal = 0;
    std::size_t digits = 0;
    while (digits < 3 && at + 1 < text.size() && text[at + 1] >= '0' && text[at + 1] <= '7') {
      octal = octal * 8 + (text[++at] - '0');
      ++digits;
    }
    if (digits > 0)
      name.push_back(static_cast<char>(octal));
    else if (++at < text.size())
      name.push_back(text[at]);
  }
  const bool closed = at < text.size() && text.find('\0') > at;
  if (!closed || name.empty()) fail("{}: names no checkpoint", file.string());
  return file.parent_path() / name;
}

}  // namespace

std::string_view to_string(Format format) noexcept {
  switch (format) {
    case Format::safetensors:
      return "safetensors";
    case Format::onnx:
      return "ONNX";
    case Format::tflite:
      return "TFLite";
    case Format::deeplearnjs:
      return "deeplearn.js";
    case Format::pytorch:
      return "PyTorch";
    case Format::caffe:
      return "Caffe";
    case Format::tensorflow:
      return "TensorFlow checkpoint";
  }
  return "";
}

const WeightView* Source::find(std::string_view name) const noexcept {
  const auto found = std::ranges::find(tensors, name, &WeightView::name);
  return found == tensors.end() ? nullptr : &*found;
}

void Source::add(std::string name, std::string_view type, std::vector<std::int64_t> shape,
                 std::span<const std::byte> data) {
  constexpr std::array kFloats{std::pair("F32", DType::f32), std::pair("F16", DType::f16),
                               std::pair("BF16", DType::bf16)};
  const auto* known = std::ranges::find(kFloats, type, [](const auto& pair) { return std::string_view(pair.first); });
  const DType dtype = known == kFloats.end() ? DType::u8 : known->second;

  if (shape.size() > kMaxRank) {
    fail("{}: {} has {} extents, expected at most {}", label, printable(name), shape.size(), kMaxRank);
  }
  std::int64_t bytes = static_cast<std::int64_t>(size_of(dtype));
  for (const std::int64_t extent : shape) {
    if (extent < 0 || __builtin_mul_overflow(bytes, extent, &bytes)) {
      fail("{}: {} has shape {}, which no file can hold", label, printable(name), shape_string(shape));
    }
  }
  if (!is_float(dtype)) {
    data = {};
  } else if (data.size() != static_cast<std::size_t>(bytes)) {
    fail("{}: {} of {} {} has {} bytes, expected {}", label, printable(name), type, shape_string(shape), data.size(),
         bytes);
  }
  tensors.push_back({std::move(name), dtype, std::move(shape), data, type});
}

void Source::add_doubles(std::string name, std::vector<std::int64_t> shape, std::span<const std::byte> data) {
  const auto rounded = std::make_shared<std::vector<float>>(data.size() / sizeof(double));
  for (std::size_t i = 0; i < rounded->size(); ++i) {
    double value = 0;
    std::memcpy(&value, data.data() + i * sizeof value, sizeof value);
    (*rounded)[i] = static_cast<float>(value);
  }
  add(std::move(name), "F32", std::move(shape), std::as_bytes(std::span(*rounded)));
  tensors.back().file_type = "F64";
  storage.push_back(rounded);
}

std::span<const std::byte> Source::no_folder(const std::string& name) {
  fail("{}: is wanted, but files beside this one cannot be read", printable(name));
}

Source read_source(const std::filesystem::path& file) {
  std::filesystem::path path = std::filesystem::is_directory(file) ? main_file(file) : with_index(file);
  auto mapping = std::make_shared<const MappedFile>(path);
  if (has(mapping->bytes(), 0, kNewest)) {
    path = with_index(newest_checkpoint(mapping->bytes(), path));
    mapping = std::make_shared<const MappedFile>(path);
  }
  const std::span<const std::byte> bytes = mapping->bytes();

  Source source;
  source.format = recognise(bytes);
  source.label = path.string();
  source.storage.push_back(std::move(mapping));
  std::vector<std::span<const std::byte>> hashed{bytes};
  std::map<std::string, std::span<const std::byte>> opened;
  source.open_beside = [&](const std::string& name) {
    if (const auto found = opened.find(name); found != opened.end()) return found->second;
    auto beside = std::make_shared<const MappedFile>(path.parent_path() / name);
    hashed.push_back(opened[name] = beside->bytes());
    source.storage.push_back(std::move(beside));
    return hashed.back();
  };
  switch (source.format) {
    case Format::safetensors: {
      const Weights weights = Weights::view(bytes, source.label);
      source.tensors = weights.tensors();
      source.metadata = weights.metadata();
      break;
    }
    case Format::onnx:
      read_onnx(bytes, source);
      break;
    case Format::tflite:
      read_tflite(bytes, source);
      break;
    case Format::caffe:
      read_caffe(bytes, source);
      break;
    case Format::pytorch:
      read_pytorch(bytes, source);
      break;
    case Format::deeplearnjs:
      read_deeplearnjs(bytes, source);
      break;
    case Format::tensorflow:
      read_tensorflow(bytes, source);
      break;
  }
  source.open_beside = Source::no_folder;
  source.sha256 = sha256(hashed);
  return source;
}

std::string sha256(std::span<const std::span<const std::byte>> parts) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  bool good = context != nullptr && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1;
  for (const auto part : parts) good = good && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
  good = good && EVP_DigestFinal_ex(context.get(), digest.data(), &size) == 1;
  if (!good) fail("libcrypto has no SHA-256");
  return fmt::format("{:02x}", fmt::join(std::span(digest).first(size), ""));
}

bool is_plain_file_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find_first_of(std::string_view("/\0", 2)) == name.npos;
}

std::string printable(std::string_view text) {
  std::string result(text);
  std::ranges::replace_if(
      result, [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '?');
  return result;
}

}  // namespace impasto
