// TFLite: the constant tensors of every subgraph. A float16 constant has a DEQUANTIZE operator behind it, whose output
// is no constant and is not listed.
#include "runtime/error.h"
#include "tflite_generated.h"
#include "weights_tools/source.h"

#include <array>

namespace impasto {
namespace {

// TensorType, from 0.
constexpr std::array<std::string_view, 19> kTypes{"F32",     "F16", "I32", "U8",  "I64",  "STRING", "BOOL",
                                                  "I16",     "C64", "I8",  "F64", "C128", "U64",    "RESOURCE",
                                                  "VARIANT", "U32", "U16", "I4",  "BF16"};

// A table may be named many times: what is copied of a file must not exceed it.
class Budget {
 public:
  Budget(const Source& source, std::size_t bytes) : source_(source), left_(bytes) {}
  void spend(std::size_t bytes) {
    if (bytes > left_) fail("{}: is a damaged TFLite file: its tables overlap", source_.label);
    left_ -= bytes;
  }

 private:
  const Source& source_;
  std::size_t left_;
};

}  // namespace

void read_tflite(std::span<const std::byte> bytes, Source& source) {
  const auto* start = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const auto whole = [&] {
    // Tables may be named many times, which the verifier follows each time; an honest file has one for each reference.
    const auto references = static_cast<flatbuffers::uoffset_t>(bytes.size() / sizeof(flatbuffers::uoffset_t));
    flatbuffers::Verifier verifier(start, bytes.size(), /*depth=*/64, references);
    return tflite::VerifyModelBuffer(verifier);
  };
  if (bytes.size() >= FLATBUFFERS_MAX_BUFFER_SIZE || !whole())
    fail("{}: is a TFLite file that is damaged or cut off", source.label);
  const tflite::Model& model = *tflite::GetModel(start);
  source.metadata = {{"version", std::to_string(model.version())},
                     {"description", model.description() == nullptr ? "" : model.description()->str()}};
  if (model.subgraphs() == nullptr || model.buffers() == nullptr) return;

  Budget budget(source, bytes.size());
  for (const tflite::SubGraph* graph : *model.subgraphs()) {
    if (graph->tensors() == nullptr) continue;
    for (const tflite::Tensor* tensor : *graph->tensors()) {
      budget.spend(sizeof(flatbuffers::uoffset_t));
      if (tensor->buffer() >= model.buffers()->size()) {
        fail("{}: a tensor is in buffer {} of {}", source.label, tensor->buffer(), model.buffers()->size());
      }
      const auto* data = model.buffers()->Get(tensor->buffer())->data();
      if (data == nullptr || data->size() == 0) continue;  // no constant
      std::string name = tensor->name() == nullptr ? "" : tensor->name()->str();
      std::vector<std::int64_t> shape;
      if (tensor->shape() != nullptr) shape.assign(tensor->shape()->begin(), tensor->shape()->end());
      budget.spend(name.size() + shape.size() * sizeof(std::int32_t));
      const auto type = static_cast<std::size_t>(static_cast<std::uint8_t>(tensor->type()));
      source.add(std::move(name), type < kTypes.size() ? kTypes.at(type) : "UNKNOWN", std::move(shape),
                 std::as_bytes(std::span(data->data(), data->size())));
    }
  }
}

}  // namespace impasto
