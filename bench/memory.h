// Device memory of a run: inputs full of random values, outputs that can be read back.
#pragma once

#include "kernels/common/half.h"
#include "kernels/common/planes.h"
#include "kernels/common/target.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace impasto::IMPASTO_TARGET {

class BenchMemory {
 public:
  // `filled`: false for memory that only has to be there, when nothing runs.
  BenchMemory(Device& device, bool filled) : device_(device), filled_(filled) {}
  ~BenchMemory();
  BenchMemory(const BenchMemory&) = delete;
  BenchMemory& operator=(const BenchMemory&) = delete;

  // Inputs. Values are uniform in low..high and such that a half holds them: zeros, or few bits, would run faster than
  // real data. The n-th input that is asked for has the same values in every run, whatever its storage.
  [[nodiscard]] const void* values(std::size_t count, Storage storage, float low = -1, float high = 1);
  [[nodiscard]] const float* floats(std::size_t count, float low = -1, float high = 1);
  [[nodiscard]] const void* codes(std::size_t count, std::size_t value_bytes, int high);  // 0..high, 1 or 2 bytes each
  // A plane of samples of a picture of h x w.
  [[nodiscard]] const void* plane(const PlaneFormat& format, int plane, int h, int w);
  // `count` values that `pack` brings into the rung's own layout of `bytes` bytes.
  [[nodiscard]] const void* packed(std::size_t count, std::size_t bytes,
                                   const std::function<void(const float* values, std::byte* packed)>& pack);

  // Outputs, poisoned with NaN; codes: with the highest.
  [[nodiscard]] void* output(std::size_t count, Storage storage);
  [[nodiscard]] void* output_codes(std::size_t count, std::size_t value_bytes);
  [[nodiscard]] void* output_plane(const PlaneFormat& format, int plane, int h, int w);
  [[nodiscard]] void* workspace(std::size_t bytes);

  [[nodiscard]] double bytes_moved() const { return moved_; }  // inputs and outputs, each once
  [[nodiscard]] std::vector<float> results();                  // all outputs, one after the other

 private:
  struct Output {
    std::byte* data;
    std::size_t count, value_bytes;
    bool codes;
  };
  [[nodiscard]] std::vector<float> random_values(std::size_t count, float low, float high);
  [[nodiscard]] std::byte* allocate(std::size_t bytes);
  [[nodiscard]] std::byte* input(std::size_t bytes, const std::function<std::vector<std::byte>()>& fill);
  [[nodiscard]] std::byte* poisoned(std::size_t count, std::size_t value_bytes, bool codes);

  Device& device_;
  bool filled_;
  unsigned inputs_ = 0;
  double moved_ = 0;
  std::vector<std::byte*> all_;
  std::vector<Output> outputs_;
};

}  // namespace impasto::IMPASTO_TARGET
