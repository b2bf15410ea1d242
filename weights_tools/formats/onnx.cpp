// ONNX: the initialisers of the main graph.
#include "onnx.pb.h"
#include "runtime/error.h"
#include "weights_tools/source.h"

#include <array>
#include <limits>

namespace impasto {
namespace {

constexpr int kFloat16 = 10;
constexpr int kBFloat16 = 16;
constexpr int kExternal = 1;

// TensorProto.DataType, from 0.
constexpr std::array<std::string_view, 17> kTypes{"UNDEFINED", "F32", "U8",     "I8",   "U16", "I16",
                                                  "I32",       "I64", "STRING", "BOOL", "F16", "F64",
                                                  "U32",       "U64", "C64",    "C128", "BF16"};

// 16-bit floats that were stored as numbers get the form of raw values.
void pack_halves(onnx::Tensor& tensor) {
  std::string raw;
  raw.reserve(2 * static_cast<std::size_t>(tensor.int_values_size()));
  for (const std::int32_t value : tensor.int_values()) {
    raw.push_back(static_cast<char>(value & 0xFF));
    raw.push_back(static_cast<char>((value >> 8) & 0xFF));
  }
  tensor.set_raw(std::move(raw));
}

}  // namespace

void read_onnx(std::span<const std::byte> bytes, Source& source) {
  const auto model = std::make_shared<onnx::Model>();
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()) ||
      !model->ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !model->has_graph()) {
    fail("{}: is not a safetensors, ONNX or TFLite file or a deeplearn.js manifest, or it is damaged", source.label);
  }
  source.storage.push_back(model);
  source.metadata = {{"producer", model->producer_name() + ' ' + model->producer_version()},
                     {"graph", model->graph().name()},
                     {"ir_version", std::to_string(model->ir_version())}};
  for (onnx::Tensor& tensor : *model->mutable_graph()->mutable_initializer()) {
    if (tensor.data_location() == kExternal) {
      fail("{}: {} lies in another file, which is not read", source.label, printable(tensor.name()));
    }
    const int type = tensor.data_type();
    if (!tensor.has_raw() && (type == kFloat16 || type == kBFloat16)) pack_halves(tensor);
    const std::span<const std::byte> data =
        tensor.has_raw() ? std::as_bytes(std::span(tensor.raw()))
                         : std::as_bytes(std::span(tensor.float_values().data(),
                                                   static_cast<std::size_t>(tensor.float_values_size())));
    const bool named = type >= 0 && static_cast<std::size_t>(type) < kTypes.size();
    source.add(tensor.name(), named ? kTypes.at(static_cast<std::size_t>(type)) : "UNKNOWN",
               {tensor.dims().begin(), tensor.dims().end()}, data);
  }
}

}  // namespace impasto
