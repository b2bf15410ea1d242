// Caffe: the blobs of a caffemodel's layers, named as pycaffe's net.params["conv1_1"][0] is. Field numbers are those of
// caffe.proto's NetParameter, LayerParameter, V1LayerParameter, BlobProto and BlobShape
// (https://github.com/BVLC/caffe, src/caffe/proto); what is not named here is skipped.
#include "runtime/error.h"
#include "weights_tools/source.h"
#include "weights_tools/values.h"
#include "weights_tools/wire.h"

#include <fmt/format.h>

#include <array>

namespace impasto {
namespace {

namespace net {
constexpr std::uint32_t kName = 1;
constexpr std::uint32_t kV1Layer = 2;
constexpr std::uint32_t kLayer = 100;
}  // namespace net
namespace blob {
constexpr std::uint32_t kNum = 1;  // channels, height, width follow: the extents of old files
constexpr std::uint32_t kWidth = 4;
constexpr std::uint32_t kData = 5;
constexpr std::uint32_t kShape = 7;
constexpr std::uint32_t kDoubleData = 8;
constexpr std::uint32_t kDimOfShape = 1;
}  // namespace blob

struct LayerFields {
  std::uint32_t name;
  std::uint32_t blobs;
};
constexpr LayerFields kV1{4, 6};
constexpr LayerFields kV2{1, 7};

constexpr std::size_t kNamesOfFile = 4;  // each blob's name is its layer's and a number

class Reader {
 public:
  Reader(std::span<const std::byte> bytes, Source& source)
      : bytes_(bytes),
        source_(source),
        complaint_(fmt::format("{}: is a caffemodel that is damaged or cut off", source.label)),
        names_left_(kNamesOfFile * bytes.size()) {}

  void read() {
    WireReader fields(bytes_, complaint_);
    while (const auto field = fields.next()) {
      if (field->is(net::kName, WireType::bytes)) source_.metadata["name"] = field->text();
      if (field->is(net::kV1Layer, WireType::bytes)) read_layer(field->payload, kV1);
      if (field->is(net::kLayer, WireType::bytes)) read_layer(field->payload, kV2);
    }
    if (source_.tensors.empty()) fail("{}: has no layer with blobs, expected a caffemodel", source_.label);
  }

 private:
  void read_layer(std::span<const std::byte> message, const LayerFields& numbers) {
    std::string_view name;
    for (WireReader fields(message, complaint_); const auto field = fields.next();) {
      if (field->is(numbers.name, WireType::bytes)) name = field->text();
    }
    int count = 0;
    for (WireReader fields(message, complaint_); const auto field = fields.next();) {
      if (!field->is(numbers.blobs, WireType::bytes)) continue;
      std::string blob_name = fmt::format("{}[{}]", name, count++);
      if (blob_name.size() > names_left_) fail("{}", complaint_);
      names_left_ -= blob_name.size();
      read_blob(field->payload, std::move(blob_name));
    }
  }

  void read_blob(std::span<const std::byte> message, std::string name) {
    std::vector<std::int64_t> shape;
    std::array<std::int64_t, 4> old_shape{};
    bool is_old = false;
    Values floats;
    Values doubles;
    for (WireReader fields(message, complaint_); const auto field = fields.next();) {
      if (field->type == WireType::varint && field->number >= blob::kNum && field->number <= blob::kWidth) {
        old_shape.at(field->number - blob::kNum) = static_cast<std::int64_t>(field->value);
        is_old = true;
      }
      if (field->is(blob::kShape, WireType::bytes)) shape = read_shape(field->payload);
      const bool packed = field->type == WireType::bytes;
      if (field->number == blob::kData && (packed || field->type == WireType::fixed32)) floats.append(field->payload);
      if (field->number == blob::kDoubleData && (packed || field->type == WireType::fixed64)) {
        doubles.append(field->payload);
      }
    }
    if (is_old) shape.assign(old_shape.begin(), old_shape.end());
    if (doubles.view().empty()) {
      source_.add(std::move(name), "F32", std::move(shape), floats.keep_in(source_));
    } else {
      source_.add_doubles(std::move(name), std::move(shape), doubles.view());
    }
  }

  std::vector<std::int64_t> read_shape(std::span<const std::byte> message) {
    std::vector<std::int64_t> shape;
    for (WireReader fields(message, complaint_); const auto field = fields.next();) {
      if (field->number != blob::kDimOfShape) continue;
      fields.each_varint(*field, [&](std::uint64_t extent) { shape.push_back(static_cast<std::int64_t>(extent)); });
    }
    return shape;
  }

  std::span<const std::byte> bytes_;
  Source& source_;
  std::string complaint_;
  std::size_t names_left_;
};

}  // namespace

// ONNX's ModelProto and Caffe's NetParameter have no mark, but use some numbers for different types: 1 is ir_version (a
// number) or the net's name, 4 domain (text) or input_dim, 7 graph or debug_info (numbers); 100 is Caffe's layer
// alone, and 14, 20 and 25 are ONNX's. A lone blob (a mean file) has numbers in 1 to 4 and floats in 5. The first field
// that tells them apart decides; 2 (producer_name or a layer of old) does so only if no other does.
bool looks_like_caffe(std::span<const std::byte> bytes) {
  const std::string complaint = "no message";
  bool guess = false;
  try {
    WireReader fields(bytes, complaint);
    for (bool first = true; const auto field = fields.next(); first = false) {
      const bool text = field->type == WireType::bytes;
      const bool number = field->type == WireType::varint;
      switch (field->number) {
        case 1:
          if (text) return true;
          break;
        case 2:
          if (number) return true;
          guess = guess || (first && text);
          break;
        case 4:
          if (text) return false;
          break;
        case 5:
          if (text) return true;
          break;
        case 7:
          if (text) return false;
          break;
        case 14:
        case 20:
        case 25:
          if (text) return false;
          break;
        case net::kLayer:
          if (text) return true;
          break;
        default:
          break;
      }
    }
  } catch (const Error&) {  // cut off: what was seen decides
  }
  return guess;
}

void read_caffe(std::span<const std::byte> bytes, Source& source) {
  Reader(bytes, source).read();
}

}  // namespace impasto
