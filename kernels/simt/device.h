// The host executor as a device: its memory is host memory, its stream runs a launch at once.
#pragma once

#include "kernels/simt/executor.h"
#include "kernels/simt/half.h"
#include "kernels/simt/warp.h"

#include <cstddef>
#include <string>

namespace impasto::simt {

using Stream = Executor*;

// A stretch of host time that profilers show by name; there is none here.
struct Range {
  explicit Range(const std::string& /*name*/) {}
};

class Device {
 public:
  static constexpr std::string_view kTarget = "simt";
  static constexpr bool kHostMemory = true;

  [[nodiscard]] static int count() { return 1; }
  // `seed`: of the executor's order.
  explicit Device(int seed = 0) : executor_(static_cast<std::uint64_t>(seed)) {}

  [[nodiscard]] static std::string name() { return "host executor"; }
  [[nodiscard]] Stream stream() { return &executor_; }

  // Exactly `bytes`, so that AddressSanitizer sees the first byte beyond; 64-byte aligned.
  [[nodiscard]] static std::byte* allocate(std::size_t bytes);
  static void release(std::byte* memory) noexcept;
  static void upload(std::byte* device, const std::byte* host, std::size_t bytes);
  static void download(std::byte* host, const std::byte* device, std::size_t bytes);
  static void fill(std::byte* device, std::byte value, std::size_t bytes);
  static void synchronise() {}

 private:
  Executor executor_;
};

}  // namespace impasto::simt
