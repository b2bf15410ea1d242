// SIGINT, SIGTERM and SIGHUP, taken by a thread of their own: the first asks the job to come to an end, the second ends
// the process at once. Made before any other thread, so that all of them leave these signals to it.
#pragma once

#include <atomic>
#include <csignal>
#include <functional>
#include <thread>

namespace impasto::stylize {

class Interrupt {
 public:
  static constexpr int kExitCode = 130;

  // `abandon` is called before the process ends at once.
  explicit Interrupt(std::function<void()> abandon);
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  [[nodiscard]] bool requested() const noexcept { return requested_; }

 private:
  void wait();

  std::function<void()> abandon_;
  sigset_t signals_{};
  std::atomic<bool> requested_ = false;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

}  // namespace impasto::stylize
