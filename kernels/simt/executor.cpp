#include "kernels/simt/executor.h"

#include "kernels/simt/fiber.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <mutex>
#include <new>
#include <numeric>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace impasto::simt {

namespace {

std::uint64_t count(dim3 d) {
  return std::uint64_t{d.x} * d.y * d.z;
}

dim3 position(std::uint64_t index, dim3 extent) {
  return {static_cast<unsigned>(index % extent.x), static_cast<unsigned>(index / extent.x % extent.y),
          static_cast<unsigned>(index / extent.x / extent.y)};
}

std::string to_string(dim3 d) {
  return fmt::format("({},{},{})", d.x, d.y, d.z);
}

std::string to_string(const std::source_location& place) {
  return fmt::format("{}:{}", place.file_name(), place.line());
}

bool same(const std::source_location& a, const std::source_location& b) {
  return a.line() == b.line() && a.column() == b.column() && std::strcmp(a.file_name(), b.file_name()) == 0;
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

struct Abandoned {};  // thrown in threads that wait at a barrier which will never open

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
  std::vector<Lane*> order_;  // the lanes of this block that have not finished
  char phase_ = 0;            // its address stands for the barrier in ThreadSanitizer's eyes
  bool abandoned_ = false;
  bool stopping_ = false;
};

thread_local constinit BlockRunner* this_runner = nullptr;
thread_local constinit Lane* this_lane = nullptr;

BlockRunner::BlockRunner() {
  this_runner = this;
  sanitizer::expect_race(&threadIdx, sizeof(threadIdx));
  sanitizer::expect_race(&this_lane, sizeof(this_lane));
}

BlockRunner::~BlockRunner() {
  stopping_ = true;
  sanitizer::release(&phase_);
  for (const auto& lane : lanes_) resume(*lane);
}

void BlockRunner::begin(const Launch& launch) {
  launch_ = &launch;
  shared_ = std::make_unique<SharedMemory>(launch.shared_bytes);
  blockDim = launch.block;
  gridDim = launch.grid;
  while (lanes_.size() < count(launch.block)) {
    auto lane = std::make_unique<Lane>();
    lane->index = static_cast<unsigned>(lanes_.size());
    if (lane->index % 32 == 0) warps_.push_back(std::make_unique<Warp>());
    lane->fiber = std::make_unique<Fiber>([this, raw = lane.get()] { lane_main(*raw); });
    lanes_.push_back(std::move(lane));
  }
}

void BlockRunner::resume(Lane& lane) {
  this_lane = &lane;
  threadIdx = lane.thread;
  lane.fiber->resume();
}

void BlockRunner::lane_main(Lane& lane) {
  sanitizer::acquire(&phase_);
  while (!stopping_) {
    try {
      launch_->thread();
    } catch (const Abandoned&) {
    } catch (...) {
      lane.fail(std::current_exception());
    }
    lane.note(Lane::State::finished);
    lane.copies.assign(1, {});
    lane.fiber->suspend();
    sanitizer::acquire(&phase_);
  }
}

void BlockRunner::wait(const std::source_location& place) {
  Lane& lane = *this_lane;
  lane.note(Lane::State::waiting, place);
  lane.fiber->suspend();
  sanitizer::acquire(&phase_);
  if (abandoned_) throw Abandoned{};
}

const std::byte* BlockRunner::meet(const void* mine, std::size_t bytes, const std::source_location& place) {
  Lane& lane = *this_lane;
  Warp& warp = *warps_[lane.index / 32];
  std::byte* brought = warp.brought[lane.meetings++ % 2].data();
  std::memcpy(brought + lane.index % 32 * bytes, mine, bytes);
  lane.note(Lane::State::meeting, place);
  sanitizer::release(&warp);
  lane.fiber->suspend();
  sanitizer::acquire(&warp);
  if (abandoned_) throw Abandoned{};
  return brought;
}

std::byte* BlockRunner::shared_memory(std::size_t bytes) {
  if (bytes > shared_->size) {
    throw std::runtime_error(fmt::format("{}: block {}, thread {}: needs {} bytes of shared memory, launched with {}",
                                         launch_->kernel, to_string(blockIdx), to_string(this_lane->thread), bytes,
                                         shared_->size));
  }
  return shared_->data;
}

void BlockRunner::run_block(std::uint64_t block) {
  blockIdx = position(block, launch_->grid);
  if (shared_->size > 0) std::memset(shared_->data, 0xFF, shared_->size);  // NaN as float and as half
  order_.clear();
  for (std::uint64_t i = 0; i < count(launch_->block); ++i) {
    lanes_[i]->thread = position(i, launch_->block);
    lanes_[i]->meetings = 0;
    order_.push_back(lanes_[i].get());
  }
  std::minstd_rand random(static_cast<std::minstd_rand::result_type>(launch_->seed + block));
  while (!order_.empty()) {
    if (launch_->seed != 0) std::shuffle(order_.begin(), order_.end(), random);
    for (Lane* lane : order_) lane->note(Lane::State::running);
    sanitizer::release(&phase_);
    do {
      for (Lane* lane : order_) {
        if (lane->state() == Lane::State::running) resume(*lane);
      }
    } while (end_meetings());
    check_phase();
    if (order_.front()->state() == Lane::State::finished) order_.clear();
  }
}

// Lets the warps go on that have met. True if there were any.
bool BlockRunner::end_meetings() {
  if (std::any_of(order_.begin(), order_.end(), [](const Lane* lane) { return lane->failed(); })) return false;
  bool any = false;
  const std::size_t threads = count(launch_->block);
  for (std::size_t first = 0; first < threads; first += 32) {
    const std::span warp(lanes_.begin() + static_cast<std::ptrdiff_t>(first),
                         std::min<std::size_t>(32, threads - first));
    const auto meeting =
        std::find_if(warp.begin(), warp.end(), [](const auto& lane) { return lane->state() == Lane::State::meeting; });
    if (meeting == warp.end()) continue;
    const Lane& here = **meeting;
    for (const auto& lane : warp) {
      if (lane->state() != here.state() || !same(lane->place(), here.place()))
        fail_apart(here, *lane, "warp instruction");
    }
    if (warp.size() < 32) {
      abandon();
      throw std::runtime_error(fmt::format("{}: the warp instruction of {} needs 32 threads, the warp has {}",
                                           launch_->kernel, to_string(here.place()), warp.size()));
    }
    for (const auto& lane : warp) lane->note(Lane::State::running);
    any = true;
  }
  return any;
}

// All lanes have come to a barrier or to the end: it must be the same for all.
void BlockRunner::check_phase() {
  const auto failed = std::find_if(order_.begin(), order_.end(), [](const Lane* lane) { return lane->failed(); });
  if (failed != order_.end()) {
    const std::exception_ptr error = (*failed)->error;
    abandon();
    std::rethrow_exception(error);
  }
  const auto waiting = std::find_if(order_.begin(), order_.end(),
                                    [](const Lane* lane) { return lane->state() == Lane::State::waiting; });
  if (waiting == order_.end()) return;
  const Lane& first = **waiting;
  const auto other = std::find_if(order_.begin(), order_.end(), [&](const Lane* lane) {
    return lane->state() != first.state() || !same(lane->place(), first.place());
  });
  if (other != order_.end()) fail_apart(first, **other, "barrier");
}

void BlockRunner::fail_apart(const Lane& one, const Lane& other, std::string_view what) {
  const std::string fate = other.state() == Lane::State::finished
                               ? std::string("has left the kernel")
                               : fmt::format("waits at the one of {}", to_string(other.place()));
  const std::string message = fmt::format("{}: block {}: thread {} waits at the {} of {}, but thread {} {}",
                                          launch_->kernel, to_string(blockIdx), to_string(one.thread), what,
                                          to_string(one.place()), to_string(other.thread), fate);
  abandon();
  throw std::runtime_error(message);
}

// Unwinds the lanes that wait, so that their fibers are free for the next launch.
void BlockRunner::abandon() {
  for (Lane* lane : order_) lane->fail(nullptr);
  std::erase_if(order_, [](const Lane* lane) { return lane->state() == Lane::State::finished; });
  abandoned_ = true;
  sanitizer::release(&phase_);
  for (Lane* lane : order_) resume(*lane);
  abandoned_ = false;
}

}  // namespace

void __syncthreads(std::source_location place) {
  this_runner->wait(place);
}

std::byte* block_shared_memory(std::size_t bytes) {
  return this_runner->shared_memory(bytes);
}

const std::byte* meet_warp(const void* mine, std::size_t bytes, std::source_location place) {
  return this_runner->meet(mine, bytes, place);
}

unsigned lane_id() {
  return this_lane->index % 32;
}

void copy_later(void* to, const void* from, std::size_t bytes) {
  this_lane->copies.back().push_back({to, from, bytes});
}

void end_copy_group() {
  this_lane->copies.emplace_back();
}

void wait_for_copies(std::size_t groups) {
  auto& copies = this_lane->copies;
  for (; copies.size() > groups + 1; copies.pop_front()) {
    for (const Lane::Copy& copy : copies.front()) {
      if (copy.from != nullptr) std::memcpy(copy.to, copy.from, copy.bytes);
      if (copy.from == nullptr) std::memset(copy.to, 0, copy.bytes);
    }
  }
}

// The OS threads. They wait for a launch, and take its blocks one by one.
class Executor::Pool {
 public:
  explicit Pool(std::uint64_t seed) : seed_(seed) {
    const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
    for (unsigned i = 0; i < cores; ++i) threads_.emplace_back([this] { work(); });
  }

  ~Pool() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  void run(std::string_view kernel, dim3 grid, dim3 block, std::size_t shared_bytes,
           const std::function<void()>& thread) {
    Launch launch{kernel, grid, block, shared_bytes, thread, seed_};
    std::unique_lock lock(mutex_);
    launch_ = &launch;
    ++generation_;
    busy_ = threads_.size();
    wake_.notify_all();
    idle_.wait(lock, [this] { return busy_ == 0; });
    launch_ = nullptr;
    if (launch.error) std::rethrow_exception(launch.error);
  }

 private:
  void work() {
    BlockRunner runner;
    std::uint64_t seen = 0;
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [&] { return stopping_ || generation_ != seen; });
      if (stopping_) return;
      seen = generation_;
      Launch& launch = *launch_;
      lock.unlock();
      std::exception_ptr error;
      try {
        take_blocks(runner, launch);
      } catch (...) {
        error = std::current_exception();
        launch.failed = true;
      }
      lock.lock();
      if (error && !launch.error) launch.error = error;
      if (--busy_ == 0) idle_.notify_all();
    }
  }

  static void take_blocks(BlockRunner& runner, Launch& launch) {
    const std::uint64_t blocks = count(launch.grid);
    std::uint64_t i = launch.next_block++;
    if (i >= blocks) return;
    runner.begin(launch);
    for (; i < blocks && !launch.failed; i = launch.next_block++) {
      runner.run_block(launch.seed == 0 ? i : launch.shuffled(i));
    }
    runner.end();
  }

  const std::uint64_t seed_;
  std::mutex mutex_;
  std::condition_variable wake_, idle_;
  Launch* launch_ = nullptr;
  std::uint64_t generation_ = 0;
  std::size_t busy_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

Executor::Executor(std::uint64_t seed) : pool_(std::make_unique<Pool>(seed)) {}
Executor::~Executor() = default;

void Executor::run(std::string_view kernel, dim3 grid, dim3 block, std::size_t shared_bytes,
                   const std::function<void()>& thread) {
  // The limits of every GPU since compute capability 3.0 (CUDA programming guide, table "technical specifications").
  if (count(block) < 1 || count(block) > 1024 || block.z > 64) {
    throw std::runtime_error(fmt::format("{}: block {} is empty or over 1024 threads", kernel, to_string(block)));
  }
  if (count(grid) < 1 || grid.x > 0x7FFFFFFFU || grid.y > 0xFFFFU || grid.z > 0xFFFFU) {
    throw std::runtime_error(
        fmt::format("{}: grid {} is empty or over (2^31-1, 65535, 65535)", kernel, to_string(grid)));
  }
  if (shared_bytes > 99 * 1024) {  // compute capability 8.6 and 8.9, the least of those that kernels are built for
    throw std::runtime_error(fmt::format("{}: {} bytes of shared memory are over 99 KiB", kernel, shared_bytes));
  }
  pool_->run(kernel, grid, block, shared_bytes, thread);
}

}  // namespace impasto::simt
