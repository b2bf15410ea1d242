// What AddressSanitizer and ThreadSanitizer have to be told about fibers: a stack that changes under them, and the
// order that a barrier makes. Without them each function is empty.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#elif defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
extern "C" void AnnotateBenignRaceSized(const char* file, int line, const volatile void* address, std::size_t size,
                                        const char* why);
#endif

namespace impasto::simt::sanitizer {

// A stack as its sanitizer knows it.
struct Stack {
  const void* bottom = nullptr;
  std::size_t size = 0;
  void* context = nullptr;  // ThreadSanitizer's view of the fiber
};

#if defined(__SANITIZE_ADDRESS__)

inline void* create_context() {
  return nullptr;
}
inline void destroy_context(void* /*context*/) {}
inline void* this_context() {
  return nullptr;
}
// Call before the jump; `saved` is null when the stack that is left will not be entered again.
inline void leave(void** saved, const Stack& to) {
  __sanitizer_start_switch_fiber(saved, to.bottom, to.size);
}
// Call after the jump; `from` gets the bounds of the stack that the jump came from.
inline void arrive(void* saved, Stack& from) {
  __sanitizer_finish_switch_fiber(saved, &from.bottom, &from.size);
}
inline void acquire(void* /*address*/) {}
inline void release(void* /*address*/) {}
inline void expect_race(const void* /*address*/, std::size_t /*size*/) {}

#elif defined(__SANITIZE_THREAD__)

inline void* create_context() {
  return __tsan_create_fiber(0);
}
inline void destroy_context(void* context) {
  __tsan_destroy_fiber(context);
}
inline void* this_context() {
  return __tsan_get_current_fiber();
}
// A switch orders nothing: two CUDA threads are ordered by barriers alone, although they share an OS thread.
inline void leave(void** /*saved*/, const Stack& to) {
  __tsan_switch_to_fiber(to.context, __tsan_switch_to_fiber_no_sync);
}
inline void arrive(void* /*saved*/, Stack& /*from*/) {}
inline void acquire(void* address) {
  __tsan_acquire(address);
}
inline void release(void* address) {
  __tsan_release(address);
}
inline void expect_race(const void* address, std::size_t size) {
  AnnotateBenignRaceSized(__FILE__, __LINE__, address, size, "a register of the simulated thread");
}

#else

inline void* create_context() {
  return nullptr;
}
inline void destroy_context(void* /*context*/) {}
inline void* this_context() {
  return nullptr;
}
inline void leave(void** /*saved*/, const Stack& /*to*/) {}
inline void arrive(void* /*saved*/, Stack& /*from*/) {}
inline void acquire(void* /*address*/) {}
inline void release(void* /*address*/) {}
inline void expect_race(const void* /*address*/, std::size_t /*size*/) {}

#endif

}  // namespace impasto::simt::sanitizer
