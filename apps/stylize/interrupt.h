// SIGINT and SIGTERM, taken by a thread of their own: the first asks the job to come to an end, the second ends the
// process at once. Made before any other thread, so that all of them leave these signals to it.
#pragma once

#include <atomic>
#include <csignal>
#include <thread>

namespace impasto::stylize {

class Interrupt {
 public:
  static constexpr int kExitCode = 130;

  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  [[nodiscard]] bool requested() const noexcept { return requested_; }

 private:
  void wait();

  sigset_t signals_{};
  std::atomic<bool> requested_ = false;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

}  // namespace impasto::stylize
