// What runs one block of CUDA threads on one OS thread. For the executor alone.
#pragma once

#include "kernels/simt/executor.h"
#include "kernels/simt/fiber.h"

#include <array>
#include <atomic>
#include <deque>
#include <exception>
#include <memory>
#include <new>
#include <numeric>
#include <string>
#include <vector>

namespace impasto::simt {

[[nodiscard]] inline std::uint64_t count(dim3 d) {
  return std::uint64_t{d.x} * d.y * d.z;
}

// Freed exactly: the next byte is not ours, and AddressSanitizer knows.
struct SharedMemory {
  static constexpr std::align_val_t kAlignment{128};
  explicit SharedMemory(std::size_t bytes) : size(bytes) {
    if (bytes > 0) data = static_cast<std::byte*>(::operator new(bytes, kAlignment));
  }
  ~SharedMemory() { ::operator delete(data, kAlignment); }
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  std::byte* data = nullptr;
  std::size_t size = 0;
};

struct Launch {
  std::string_view kernel;
  dim3 grid, block;
  std::size_t shared_bytes;
  const std::function<void()>& thread;
  std::uint64_t seed;
  std::atomic<std::uint64_t> next_block = 0;
  std::atomic<bool> failed = false;
  std::exception_ptr error = nullptr;  // the first

  // The order of blocks: i -> step * i + seed modulo their number, for a step that is prime to it.
  [[nodiscard]] std::uint64_t shuffled(std::uint64_t i) const {
    const std::uint64_t blocks = count(grid);
    std::uint64_t step = seed % blocks + 1;
    while (std::gcd(step, blocks) != 1) ++step;
    return (step * i + seed) % blocks;
  }
};

// One CUDA thread of a block. The fiber outlives the block and serves the next one.
struct Lane {
  enum class State { running, waiting, meeting, finished };
  struct Copy {
    void* to;
    const void* from;
    std::size_t bytes;
  };
  // Where the lane stands, and at which barrier or warp instruction. The lane and the scheduler take turns on one OS
  // thread; atomic, and without an order, so that ThreadSanitizer takes their turns for nothing that orders lanes.
  void note(State now) { state_.store(now, std::memory_order_relaxed); }
  void note(State now, const std::source_location& at) {
    place_.store(at, std::memory_order_relaxed);
    note(now);
  }
  [[nodiscard]] State state() const { return state_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::source_location place() const { return place_.load(std::memory_order_relaxed); }
  void fail(std::exception_ptr why) {
    error = std::move(why);
    failed_.store(error != nullptr, std::memory_order_relaxed);
  }
  [[nodiscard]] bool failed() const { return failed_.load(std::memory_order_relaxed); }

  unsigned index = 0;  // in the block
  dim3 thread;
  unsigned meetings = 0;
  std::deque<std::vector<Copy>> copies = {{}};  // by group; the last is still open
  std::exception_ptr error;
  std::unique_ptr<Fiber> fiber;

 private:
  std::atomic<State> state_ = State::finished;
  std::atomic<std::source_location> place_ = std::source_location{};
  std::atomic<bool> failed_ = false;
};

// What the lanes of a warp bring to a meeting. Two buffers: who comes to the next meeting has read this one.
struct Warp {
  alignas(16) std::array<std::array<std::byte, 32 * 64>, 2> brought;
};

// Runs blocks, one at a time, on the OS thread that made it.
class BlockRunner {
 public:
  BlockRunner();
  ~BlockRunner();
  BlockRunner(const BlockRunner&) = delete;
  BlockRunner& operator=(const BlockRunner&) = delete;

  void begin(const Launch& launch);
  void run_block(std::uint64_t block);
  void end() { shared_.reset(); }

  void wait(const std::source_location& place);
  const std::byte* meet(const void* mine, std::size_t bytes, const std::source_location& place);
  std::byte* shared_memory(std::size_t bytes);

 private:
  void resume(Lane& lane);
  void lane_main(Lane& lane);
  bool end_meetings();
  void check_phase();
  [[noreturn]] void fail_apart(const Lane& one, const Lane& other, std::string_view what);
  void abandon();

  const Launch* launch_ = nullptr;
  std::unique_ptr<SharedMemory> shared_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::vector<std::unique_ptr<Warp>> warps_;
  std::vector<Lane*> order_;             // the lanes of this block that have not finished
  char phase_ = 0;                       // its address stands for the barrier in ThreadSanitizer's eyes
  std::atomic<bool> abandoned_ = false;  // read by lanes that nothing orders
  bool stopping_ = false;
};

}  // namespace impasto::simt
