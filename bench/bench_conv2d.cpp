#include "bench/kernel_bench.h"
#include "bench/timing.h"
#include "kernels/conv2d/conv2d.h"
#include "runtime/tensor.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <stdexcept>

namespace impasto::IMPASTO_TARGET {

namespace {

Conv2dProblem problem_of(const bench::Conv2dSize& b) {
  const int s = b.s > 0 ? b.s : b.r;
  const int pad_h = b.pad >= 0 ? b.pad : b.r / 2;
  const int pad_w = b.pad >= 0 ? b.pad : s / 2;
  return {.n = b.n,
          .h = b.h,
          .w = b.w,
          .c = b.c,
          .k = b.k,
          .r = b.r,
          .s = s,
          .stride = b.stride,
          .pad_top = pad_h,
          .pad_left = pad_w,
          .pad_bottom = pad_h,
          .pad_right = pad_w,
          .pad_mode = b.reflect != 0 ? PadMode::reflect : PadMode::zero,
          .groups = b.groups,
          .storage = b.fp16 ? Storage::f16 : Storage::f32};
}

// Uniform in -1..1, as a half holds them: zeros, or few bits, would run faster than real data.
std::vector<float> random_values(std::size_t count, unsigned seed) {
  std::minstd_rand random(seed);
  std::vector<float> values(count);
  for (float& v : values) v = f16_to_f32(f32_to_f16(static_cast<float>(random()) / 0x1p30F - 1.0F));
  return values;
}

std::vector<std::byte> stored(const std::vector<float>& values, Storage storage) {
  std::vector<std::byte> bytes(values.size() * size_of(storage));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint16_t bits = f32_to_f16(values[i]);
    if (storage == Storage::f16) std::memcpy(&bytes[2 * i], &bits, 2);
    if (storage == Storage::f32) std::memcpy(&bytes[4 * i], &values[i], 4);
  }
  return bytes;
}

class Buffer {
 public:
  Buffer(Device& device, const std::vector<std::byte>& bytes) : data_(device.allocate(bytes.size())) {
    if (!bytes.empty()) device.upload(data_, bytes.data(), bytes.size());
  }
  ~Buffer() { Device::release(data_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  [[nodiscard]] std::byte* data() const { return data_; }

 private:
  std::byte* data_;
};

class Conv2dBench final : public bench::KernelBench {
 public:
  explicit Conv2dBench(const bench::Conv2dSize& size)
      : problem_(problem_of(size)),
        x_(random_values(static_cast<std::size_t>(problem_.n) * problem_.h * problem_.w * problem_.c, 1)),
        kcrs_(random_values(weights(), 2)),
        info_(device_info(device_, size.fp16)) {}

  [[nodiscard]] const bench::DeviceInfo& device() const override { return info_; }
  [[nodiscard]] double flops() const override {
    return 2.0 * static_cast<double>(outputs()) * problem_.r * problem_.s * problem_.group_c();
  }
  [[nodiscard]] double bytes() const override {
    return static_cast<double>((x_.size() + weights() + outputs()) * size_of(problem_.storage));
  }
  [[nodiscard]] std::vector<std::string_view> rungs() const override {
    std::vector<std::string_view> names;
    for (const Conv2dRung& rung : conv2d_rungs()) {
      if (rung.supports(problem_)) names.push_back(rung.name);
    }
    return names;
  }
  [[nodiscard]] std::string_view chosen() const override { return choose_conv2d(problem_).name; }

  [[nodiscard]] double error(std::string_view rung) override {
    Conv2dProblem exact = problem_;
    exact.storage = Storage::f32;
    const std::vector<float> expected = y(exact, conv2d_rungs().front());
    const std::vector<float> got = y(problem_, find(rung));
    double difference = 0;
    double norm = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
      difference += std::pow(static_cast<double>(got[i]) - static_cast<double>(expected[i]), 2);
      norm += std::pow(static_cast<double>(expected[i]), 2);
    }
    return std::sqrt(difference / norm);
  }

  [[nodiscard]] std::vector<double> time_ms(std::string_view name, int repeats) override {
    const Conv2dRung& rung = find(name);
    const Buffer x(device_, stored(x_, problem_.storage));
    const Buffer w(device_, packed(problem_, rung));
    const Buffer out(device_, std::vector<std::byte>(outputs() * size_of(problem_.storage)));
    const Buffer workspace(device_, std::vector<std::byte>(rung.workspace_bytes(problem_)));
    const Conv2dArgs args{.x = x.data(), .weights = w.data(), .y = out.data(), .workspace = workspace.data()};
    return time_launches(device_, repeats, [&] { rung.launch(problem_, args, device_.stream()); });
  }

  [[nodiscard]] std::vector<bench::LaunchPlan> plan(std::string_view rung) override {
    return plan_launches(device_, [&] { find(rung).launch(problem_, {}, device_.stream()); });
  }

 private:
  [[nodiscard]] std::size_t weights() const {
    return static_cast<std::size_t>(problem_.k) * problem_.group_c() * problem_.r * problem_.s;
  }
  [[nodiscard]] std::size_t outputs() const {
    return static_cast<std::size_t>(problem_.n) * problem_.p() * problem_.q() * problem_.k;
  }
  [[nodiscard]] const Conv2dRung& find(std::string_view name) const {
    const auto rungs = conv2d_rungs();
    const auto found = std::find_if(rungs.begin(), rungs.end(), [&](const Conv2dRung& r) { return r.name == name; });
    if (found == rungs.end()) throw std::runtime_error("conv2d has no rung " + std::string(name));
    return *found;
  }
  [[nodiscard]] std::vector<std::byte> packed(const Conv2dProblem& problem, const Conv2dRung& rung) const {
    std::vector<std::byte> bytes(rung.weight_bytes(problem));
    rung.pack_weights(problem, kcrs_.data(), bytes.data());
    return bytes;
  }
  [[nodiscard]] std::vector<float> y(const Conv2dProblem& problem, const Conv2dRung& rung) {
    const Buffer x(device_, stored(x_, problem.storage));
    const Buffer w(device_, packed(problem, rung));
    std::vector<std::byte> bytes(outputs() * size_of(problem.storage), std::byte{0xFF});
    const Buffer out(device_, bytes);
    const Buffer workspace(device_, std::vector<std::byte>(rung.workspace_bytes(problem)));
    rung.launch(problem, {.x = x.data(), .weights = w.data(), .y = out.data(), .workspace = workspace.data()},
                device_.stream());
    device_.synchronise();
    device_.download(bytes.data(), out.data(), bytes.size());
    std::vector<float> values(outputs());
    for (std::size_t i = 0; i < values.size(); ++i) {
      std::uint16_t bits = 0;
      if (problem.storage == Storage::f16) std::memcpy(&bits, &bytes[2 * i], 2);
      if (problem.storage == Storage::f16) values[i] = f16_to_f32(bits);
      if (problem.storage == Storage::f32) std::memcpy(&values[i], &bytes[4 * i], 4);
    }
    return values;
  }

  Device device_;
  Conv2dProblem problem_;
  std::vector<float> x_, kcrs_;
  bench::DeviceInfo info_;
};

}  // namespace

std::unique_ptr<bench::KernelBench> make_conv2d_bench(const bench::Conv2dSize& size) {
  return std::make_unique<Conv2dBench>(size);
}

}  // namespace impasto::IMPASTO_TARGET
