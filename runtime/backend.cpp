#include "runtime/backend.h"

#include "runtime/error.h"

#include <chrono>

namespace impasto {

namespace {

// On a device that shares the host's memory nothing is copied.
class HostFlight final : public Flight {
 public:
  explicit HostFlight(std::size_t laps) { laps_.reserve(laps); }

  void upload(std::byte* /*device*/, std::span<const std::byte> /*host*/) override { fail("nothing to upload to"); }
  void compute(const std::function<void()>& nodes) override { nodes(); }
  void compute_timed(const std::function<void()>& nodes) override {
    laps_.clear();
    nodes();
  }
  void lap() override { laps_.push_back(std::chrono::steady_clock::now()); }
  void download(std::span<std::byte> /*host*/, const std::byte* /*device*/) override {
    fail("nothing to download from");
  }
  void wait() override {}
  [[nodiscard]] double lap_ms(std::size_t i) const override {
    return std::chrono::duration<double, std::milli>(laps_.at(i + 1) - laps_.at(i)).count();
  }

 private:
  std::vector<std::chrono::steady_clock::time_point> laps_;
};

}  // namespace

std::unique_ptr<Flight> make_host_flight(std::size_t laps) {
  return std::make_unique<HostFlight>(laps);
}

}  // namespace impasto
