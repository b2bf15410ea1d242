// The rest of the program is compiled for x86-64-v2. This file is compiled for any x86-64 and runs before everything
// else, static constructors included, so that an older CPU meets one line instead of an illegal instruction.
#include <unistd.h>

#include <cstdlib>

namespace {

[[gnu::constructor(101)]] void check_cpu() {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v2")) return;
  constexpr char kMessage[] = "stylize: this CPU lacks instructions of x86-64-v2 (SSE4.2, POPCNT, CMPXCHG16B)\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, kMessage, sizeof kMessage - 1);
  _exit(EXIT_FAILURE);
}

}  // namespace
