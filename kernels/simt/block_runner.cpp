#include "kernels/simt/block_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <stdexcept>
#include <utility>

namespace impasto::simt {

namespace {

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

struct Abandoned {};  // thrown in threads that wait at a barrier which will never open

thread_local constinit BlockRunner* this_runner = nullptr;
thread_local constinit Lane* this_lane = nullptr;

}  // namespace

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
  if (abandoned_.load(std::memory_order_relaxed)) throw Abandoned{};
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
  if (abandoned_.load(std::memory_order_relaxed)) throw Abandoned{};
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
  abandoned_.store(true, std::memory_order_relaxed);
  sanitizer::release(&phase_);
  for (Lane* lane : order_) resume(*lane);
  abandoned_.store(false, std::memory_order_relaxed);
}

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

}  // namespace impasto::simt
