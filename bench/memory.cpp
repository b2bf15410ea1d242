#include "bench/memory.h"

#include "runtime/tensor.h"

#include <algorithm>
#include <cstring>
#include <random>

namespace impasto::IMPASTO_TARGET {

namespace {

std::vector<std::byte> stored(const std::vector<float>& values, Storage storage) {
  std::vector<std::byte> bytes(values.size() * size_of(storage));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint16_t bits = f32_to_f16(values[i]);
    if (storage == Storage::f16) std::memcpy(&bytes[2 * i], &bits, 2);
    if (storage == Storage::f32) std::memcpy(&bytes[4 * i], &values[i], 4);
  }
  return bytes;
}

float value_at(const std::byte* data, std::size_t value_bytes, bool codes) {
  float value = 0;
  std::uint16_t bits = 0;
  std::memcpy(value_bytes == 4 ? static_cast<void*>(&value) : &bits, data, value_bytes);
  if (value_bytes == 4) return value;
  return codes ? static_cast<float>(bits) : f16_to_f32(bits);
}

std::size_t samples(const PlaneFormat& format, int plane, int h, int w) {
  const PlaneExtent extent = plane_extent(format, plane, h, w);
  return static_cast<std::size_t>(extent.h) * extent.w * extent.c;
}
std::size_t sample_bytes(const PlaneFormat& format) {
  return format.type == SampleType::u8 ? 1 : 2;
}

}  // namespace

BenchMemory::~BenchMemory() {
  for (std::byte* memory : all_) Device::release(memory);
}

std::byte* BenchMemory::allocate(std::size_t bytes) {
  all_.push_back(device_.allocate(bytes));
  return all_.back();
}

std::vector<float> BenchMemory::random_values(std::size_t count, float low, float high) {
  std::minstd_rand random(inputs_);
  std::vector<float> values(count);
  for (float& v : values) {
    const float unit = static_cast<float>(random()) / 0x1p31F;
    v = f16_to_f32(f32_to_f16(low + (high - low) * unit));
  }
  return values;
}

std::byte* BenchMemory::input(std::size_t bytes, const std::function<std::vector<std::byte>()>& fill) {
  ++inputs_;
  moved_ += static_cast<double>(bytes);
  std::byte* memory = allocate(bytes);
  if (filled_ && bytes > 0) device_.upload(memory, fill().data(), bytes);
  return memory;
}

const void* BenchMemory::values(std::size_t count, Storage storage, float low, float high) {
  return input(count * size_of(storage), [&] { return stored(random_values(count, low, high), storage); });
}

const float* BenchMemory::floats(std::size_t count, float low, float high) {
  return static_cast<const float*>(values(count, Storage::f32, low, high));
}

const void* BenchMemory::codes(std::size_t count, std::size_t value_bytes, int high) {
  return input(count * value_bytes, [&] {
    std::minstd_rand random(inputs_);
    std::vector<std::byte> bytes(count * value_bytes);
    for (std::size_t i = 0; i < count; ++i) {
      const auto code = static_cast<std::uint16_t>(random() / 64 % (high + 1U));
      std::memcpy(&bytes[i * value_bytes], &code, value_bytes);
    }
    return bytes;
  });
}

const void* BenchMemory::plane(const PlaneFormat& format, int plane, int h, int w) {
  return codes(samples(format, plane, h, w), sample_bytes(format), static_cast<int>(format.high));
}

const void* BenchMemory::packed(std::size_t count, std::size_t bytes,
                                const std::function<void(const float* values, std::byte* packed)>& pack) {
  return input(bytes, [&] {
    std::vector<std::byte> packed(bytes);
    pack(random_values(count, -1, 1).data(), packed.data());
    return packed;
  });
}

std::byte* BenchMemory::poisoned(std::size_t count, std::size_t value_bytes, bool codes) {
  const std::size_t bytes = count * value_bytes;
  moved_ += static_cast<double>(bytes);
  std::byte* memory = allocate(bytes);
  if (filled_ && bytes > 0) device_.upload(memory, std::vector<std::byte>(bytes, std::byte{0xFF}).data(), bytes);
  outputs_.push_back({memory, count, value_bytes, codes});
  return memory;
}

void* BenchMemory::output(std::size_t count, Storage storage) {
  return poisoned(count, size_of(storage), false);
}

void* BenchMemory::output_codes(std::size_t count, std::size_t value_bytes) {
  return poisoned(count, value_bytes, true);
}

void* BenchMemory::output_plane(const PlaneFormat& format, int plane, int h, int w) {
  return output_codes(samples(format, plane, h, w), sample_bytes(format));
}

void* BenchMemory::workspace(std::size_t bytes) {
  return allocate(bytes);
}

std::vector<float> BenchMemory::results() {
  std::vector<float> values;
  for (const Output& output : outputs_) {
    std::vector<std::byte> bytes(output.count * output.value_bytes);
    device_.download(bytes.data(), output.data, bytes.size());
    for (std::size_t i = 0; i < output.count; ++i) {
      values.push_back(value_at(&bytes[i * output.value_bytes], output.value_bytes, output.codes));
    }
  }
  return values;
}

}  // namespace impasto::IMPASTO_TARGET
