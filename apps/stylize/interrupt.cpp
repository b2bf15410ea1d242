#include "apps/stylize/interrupt.h"

#include <pthread.h>
#include <unistd.h>

namespace impasto::stylize {

Interrupt::Interrupt() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  thread_ = std::thread([this] { wait(); });
}

Interrupt::~Interrupt() {
  over_ = true;
  pthread_kill(thread_.native_handle(), SIGTERM);
  thread_.join();
}

void Interrupt::wait() {
  for (;;) {
    int signal = 0;
    sigwait(&signals_, &signal);
    if (over_) return;
    if (requested_.exchange(true)) _exit(kExitCode);
  }
}

}  // namespace impasto::stylize
