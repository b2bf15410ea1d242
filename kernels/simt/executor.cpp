#include "kernels/simt/executor.h"

#include "kernels/simt/block_runner.h"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

namespace impasto::simt {

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
    throw std::runtime_error(
        fmt::format("{}: block ({},{},{}) is empty or over 1024 threads", kernel, block.x, block.y, block.z));
  }
  if (count(grid) < 1 || grid.x > 0x7FFFFFFFU || grid.y > 0xFFFFU || grid.z > 0xFFFFU) {
    throw std::runtime_error(
        fmt::format("{}: grid ({},{},{}) is empty or over (2^31-1, 65535, 65535)", kernel, grid.x, grid.y, grid.z));
  }
  if (shared_bytes > 99 * 1024) {  // compute capability 8.6 and 8.9, the least of those that kernels are built for
    throw std::runtime_error(fmt::format("{}: {} bytes of shared memory are over 99 KiB", kernel, shared_bytes));
  }
  if (noted_ != nullptr) {
    noted_->push_back({std::string(kernel), grid, block, shared_bytes});
    return;
  }
  pool_->run(kernel, grid, block, shared_bytes, thread);
}

}  // namespace impasto::simt
