#include "runtime/kernel/kernels.h"

#include "runtime/weights.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

namespace impasto::IMPASTO_TARGET {

namespace {

// "v2_shared_tile" of "conv2d_v2_shared_tile".
std::string_view short_name(std::string_view rung) {
  for (std::size_t at = 0; (at = rung.find("_v", at)) != std::string_view::npos; ++at) {
    if (at + 2 < rung.size() && std::isdigit(static_cast<unsigned char>(rung[at + 2])) != 0) return rung.substr(at + 1);
  }
  return rung;
}

bool is_called(std::string_view rung, std::string_view wish) {
  const std::string_view name = short_name(rung);
  return wish == rung || wish == name || wish == name.substr(0, name.find('_'));
}

}  // namespace

bool RungWishes::wants(std::string_view op, std::string_view rung) {
  if (forced_.empty()) return false;
  std::vector<std::string>& rungs = seen_[std::string(op)];
  const std::string name(short_name(rung));
  if (std::find(rungs.begin(), rungs.end(), name) == rungs.end()) rungs.push_back(name);
  return std::any_of(forced_.begin(), forced_.end(),
                     [&](const ForcedRung& wish) { return wish.op == op && is_called(rung, wish.rung); });
}

void RungWishes::take(std::string_view op) {
  for (std::size_t i = 0; i < forced_.size(); ++i) taken_[i] = taken_[i] || forced_[i].op == op;
}

void RungWishes::check() const {
  for (std::size_t i = 0; i < forced_.size(); ++i) {
    if (taken_[i]) continue;
    std::string there_is;
    for (const auto& [op, rungs] : seen_) {
      if (seen_.contains(forced_[i].op) && op != forced_[i].op) continue;
      there_is += fmt::format("{}{}={}", there_is.empty() ? "" : ", ", op, fmt::join(rungs, "|"));
    }
    fail_usage("--kernel {}={}: no node can run on it, expected one of {}", forced_[i].op, forced_[i].rung, there_is);
  }
}

Activation kernel_activation(impasto::Activation activation) {
  switch (activation) {
    case impasto::Activation::none:
      return Activation::none;
    case impasto::Activation::relu:
      return Activation::relu;
    case impasto::Activation::relu6:
      return Activation::relu6;
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
