#include "runtime/kernel/kernels.h"

#include "runtime/weights.h"

namespace impasto::IMPASTO_TARGET {

Activation kernel_activation(impasto::Activation activation) {
  switch (activation) {
    case impasto::Activation::none:
      return Activation::none;
    case impasto::Activation::relu:
      return Activation::relu;
    case impasto::Activation::hard_swish:
      return Activation::hard_swish;
    case impasto::Activation::sigmoid:
      return Activation::sigmoid;
    case impasto::Activation::tanh:
      return Activation::tanh;
  }
  fail("activation {} is unknown", static_cast<int>(activation));
}

PadMode kernel_pad_mode(impasto::PadMode mode) {
  return mode == impasto::PadMode::reflect ? PadMode::reflect : PadMode::zero;
}

Storage storage_of(DType dtype) {
  if (dtype != DType::f32 && dtype != DType::f16) fail("the kernels store f32 or f16, not {}", to_string(dtype));
  return dtype == DType::f32 ? Storage::f32 : Storage::f16;
}

std::unique_ptr<DeviceMemory> uploaded(Device& device, std::span<const std::byte> bytes) {
  if (bytes.empty()) return nullptr;
  auto memory = std::make_unique<DeviceMemory>(device, bytes.size());
  device.upload(memory->data(), bytes.data(), bytes.size());
  return memory;
}

std::unique_ptr<DeviceMemory> uploaded(Device& device, const std::vector<float>& values) {
  return uploaded(device, std::as_bytes(std::span(values)));
}

std::unique_ptr<DeviceMemory> uploaded(Device& device, const WeightView& weight) {
  return weight.empty() ? nullptr : uploaded(device, to_floats(weight));
}

}  // namespace impasto::IMPASTO_TARGET
