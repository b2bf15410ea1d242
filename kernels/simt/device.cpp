#include "kernels/simt/device.h"

#include <cstring>
#include <new>

namespace impasto::simt {

namespace {
constexpr std::align_val_t kAlignment{64};
}  // namespace

std::byte* Device::allocate(std::size_t bytes) {
  return static_cast<std::byte*>(::operator new(bytes, kAlignment));
}

void Device::release(std::byte* memory) noexcept {
  ::operator delete(memory, kAlignment);
}

void Device::upload(std::byte* device, const std::byte* host, std::size_t bytes) {
  std::memcpy(device, host, bytes);
}

void Device::download(std::byte* host, const std::byte* device, std::size_t bytes) {
  std::memcpy(host, device, bytes);
}

void Device::fill(std::byte* device, std::byte value, std::size_t bytes) {
  std::memset(device, std::to_integer<int>(value), bytes);
}

}  // namespace impasto::simt
