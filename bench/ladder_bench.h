// Any ladder as bench_kernels wants it. bench/ops/<op>.cpp describes its ladder in a struct:
//   using Problem, Rung
//   name, sizes, problems           as OpBench has them
//   problem(sizes, storage)         throws std::invalid_argument if they make none
//   rungs(), choose(problem)
//   flops(problem)                  0 where only the bytes count
//   rival(problem, memory, device)  if other libraries can run it (rival.h)
//   args(problem, rung, memory)     the arguments of a launch; asks for the same inputs in the same order in every rung
#pragma once

#include "bench/kernel_bench.h"
#include "bench/memory.h"
#include "bench/timing.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <optional>
#include <stdexcept>

namespace impasto::IMPASTO_TARGET {

// For problem(): a size by name, and whether all of some are at least 1.
[[nodiscard]] inline int size_at(const bench::Sizes& sizes, std::string_view name) {
  return sizes.find(name)->second;
}
inline void require_positive(std::initializer_list<int> sizes) {
  if (std::min(sizes) < 1) throw std::invalid_argument("a size is below 1");
}

template <typename Ladder>
class LadderBench final : public bench::KernelBench {
  using Problem = typename Ladder::Problem;
  using Rung = typename Ladder::Rung;

 public:
  LadderBench(const bench::Sizes& sizes, bool fp16)
      : fp16_(fp16),
        problem_(Ladder::problem(sizes, fp16 ? Storage::f16 : Storage::f32)),
        exact_(Ladder::problem(sizes, Storage::f32)) {}

  [[nodiscard]] bench::DeviceInfo device() override { return device_info(device_, fp16_); }
  [[nodiscard]] double flops() const override { return Ladder::flops(problem_); }
  [[nodiscard]] double bytes() override {
    BenchMemory memory(device_, false);
    static_cast<void>(Ladder::args(problem_, Ladder::rungs()[0], memory));
    return memory.bytes_moved();
  }
  [[nodiscard]] std::vector<std::string_view> rungs() const override {
    std::vector<std::string_view> names;
    for (const Rung& rung : Ladder::rungs()) {
      if (rung.supports(problem_)) names.push_back(rung.name);
    }
    return names;
  }
  [[nodiscard]] std::string_view chosen() const override { return Ladder::choose(problem_).name; }

  [[nodiscard]] std::optional<double> error(std::string_view rung) override {
    if (!Ladder::rungs()[0].supports(exact_)) return std::nullopt;
    const std::vector<float> expected = results(exact_, Ladder::rungs()[0]);
    const std::vector<float> got = results(problem_, find(rung));
    double difference = 0;
    double norm = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
      difference += std::pow(static_cast<double>(got[i]) - static_cast<double>(expected[i]), 2);
      norm += std::pow(static_cast<double>(expected[i]), 2);
    }
    return std::sqrt(difference / norm);
  }

  [[nodiscard]] std::vector<double> time_ms(std::string_view name, int repeats) override {
    return with_launch(name, true, [&](const auto& launch) { return time_launches(device_, repeats, launch); });
  }

  [[nodiscard]] std::optional<bench::RivalTime> rival(int repeats) override {
    if constexpr (requires(BenchMemory & memory) { Ladder::rival(problem_, memory, device_); }) {
      BenchMemory memory(device_, true);
      const auto rival = Ladder::rival(problem_, memory, device_);
      if (!rival) return std::nullopt;
      return bench::RivalTime{rival->name, rival->workspace_bytes, time_launches(device_, repeats, rival->launch)};
    }
    return std::nullopt;
  }

  void run_once(std::string_view rung) override { static_cast<void>(results(problem_, find(rung))); }

  [[nodiscard]] std::vector<bench::LaunchPlan> plan(std::string_view name) override {
    return with_launch(name, false, [&](const auto& launch) { return plan_launches(device_, launch); });
  }

 private:
  [[nodiscard]] static const Rung& find(std::string_view name) {
    const auto rungs = Ladder::rungs();
    return *std::find_if(rungs.begin(), rungs.end(), [&](const Rung& rung) { return rung.name == name; });
  }
  template <typename F>
  [[nodiscard]] auto with_launch(std::string_view name, bool filled, const F& use) {
    const Rung& rung = find(name);
    BenchMemory memory(device_, filled);
    const auto args = Ladder::args(problem_, rung, memory);
    return use([&] { rung.launch(problem_, args, device_.stream()); });
  }
  [[nodiscard]] std::vector<float> results(const Problem& problem, const Rung& rung) {
    BenchMemory memory(device_, true);
    rung.launch(problem, Ladder::args(problem, rung, memory), device_.stream());
    device_.synchronise();
    return memory.results();
  }

  Device device_;
  bool fp16_;
  Problem problem_, exact_;  // exact_: in fp32
};

template <typename Ladder>
[[nodiscard]] bench::OpBench op_bench() {
  bench::OpBench op{
      .name = Ladder::name,
      .sizes = Ladder::sizes,
      .problems = {std::begin(Ladder::problems), std::end(Ladder::problems)},
      .rungs = {},
      .open = [](const bench::Sizes& sizes, bool fp16) { return std::make_unique<LadderBench<Ladder>>(sizes, fp16); }};
  for (const auto& rung : Ladder::rungs()) op.rungs.push_back(rung.name);
  return op;
}

}  // namespace impasto::IMPASTO_TARGET
