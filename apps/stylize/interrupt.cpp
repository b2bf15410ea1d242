#include "apps/stylize/interrupt.h"

#include <pthread.h>
#include <unistd.h>

#include <utility>

namespace impasto::stylize {
namespace {

constexpr int kWake = SIGUSR1;  // ends the thread

}  // namespace

Interrupt::Interrupt(std::function<void()> abandon) : abandon_(std::move(abandon)) {
  sigemptyset(&signals_);
  sigaddset(&signals_, kWake);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action {};
    sigaction(signal, nullptr, &action);
    // nohup and a shell's background jobs ignore some, which is to stay so.
    if (action.sa_handler != SIG_IGN) sigaddset(&signals_, signal);
  }
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  // A reader of our messages that goes away is no reason to lose the video.
  std::signal(SIGPIPE, SIG_IGN);
  thread_ = std::thread([this] { wait(); });
}

Interrupt::~Interrupt() {
  over_ = true;
  pthread_kill(thread_.native_handle(), kWake);
  thread_.join();
}

void Interrupt::wait() {
  for (;;) {
    int signal = 0;
    sigwait(&signals_, &signal);
    if (over_) return;
    if (signal != kWake && requested_.exchange(true)) {
      abandon_();
      _exit(kExitCode);
    }
  }
}

}  // namespace impasto::stylize
