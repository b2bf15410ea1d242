// Islands and holes of mattes. Pixels of a level are bits; what lies side by side in a row is a run; runs that touch
// are united (union-find, the root is the first run of a region).
#include "runtime/pixels/kernels.h"
#include "runtime/rows/rows.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

// The rest of this file is compiled once for each instruction set.
// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/pixels/components.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#ifndef IMPASTO_COMPONENTS_JOB
#define IMPASTO_COMPONENTS_JOB
namespace impasto::cpu {

using Word = std::uint64_t;  // pixels 64 k and following, the first the lowest bit

constexpr int kTop = 5;  // the level of cores

struct ComponentsJob {
  int h, w;
  bool holes;
  double need;  // pixels of a core that is kept

  // Levels 1..5 are {x >= limit}, for holes {x <= limit}: kernels/components/matte_components.h.
  [[nodiscard]] float limit(int level) const {
    const float v = static_cast<float>(level - 1) * 0.125F;
    if (!holes) return level == 1 ? std::numeric_limits<float>::denorm_min() : v;
    return level == 1 || level == kTop ? std::nextafter(1 - v, 0.0F) : 1 - v;
  }
  // What the pixels of a bad region become.
  [[nodiscard]] float sunken(int level) const {
    const float v = static_cast<float>(std::max(level - 2, 0)) * 0.125F;
    return holes ? 1 - v : v;
  }
  [[nodiscard]] std::size_t words() const { return (static_cast<std::size_t>(w) + 63) / 64; }
  [[nodiscard]] std::size_t mask_bytes() const { return align_up(words() * h * sizeof(Word)); }
};

// Pixels begin..end-1 of a row.
struct Run {
  int begin, end;
  int root;   // the first run of its region; until labels are final, any earlier one
  int tally;  // of a core's first run: its pixels, or whether it touches the border; of a level's: Holds
};
enum Holds : int { kKept = 1, kDropped = 2 };

// The runs of a level: those of row y are first[y] .. first[y + 1] - 1.
struct Runs {
  Run* run;
  int* first;

  Runs(const ComponentsJob& job, std::byte* memory)
      : run(reinterpret_cast<Run*>(memory)), first(reinterpret_cast<int*>(memory + run_bytes(job))) {}
  [[nodiscard]] static std::size_t run_bytes(const ComponentsJob& job) {
    return align_up(static_cast<std::size_t>(job.h) * ((static_cast<std::size_t>(job.w) + 1) / 2) * sizeof(Run));
  }
  [[nodiscard]] static std::size_t bytes(const ComponentsJob& job) {
    return run_bytes(job) + align_up((static_cast<std::size_t>(job.h) + 1) * sizeof(int));
  }
};

}  // namespace impasto::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace impasto::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// The bits of the pixels of a row that are at least `limit`; holes: at most.
template <bool holes>
void find_bits(const float* row, int w, float limit, Word* bits) {
  const hn::ScalableTag<float> d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  const auto limits = hn::Set(d, limit);
  for (int begin = 0; begin < w; begin += 64) {
    const int end = std::min(begin + 64, w);
    Word word = 0;
    int x = begin;
    for (; x + lanes <= end; x += lanes) {
      const auto v = hn::LoadU(d, row + x);
      std::uint8_t bytes[sizeof(Word)] = {};
      if constexpr (holes) {
        hn::StoreMaskBits(d, hn::Le(v, limits), bytes);
      } else {
        hn::StoreMaskBits(d, hn::Ge(v, limits), bytes);
      }
      Word found = 0;
      std::memcpy(&found, bytes, sizeof(found));
      word |= found << (x - begin);
    }
    for (; x < end; ++x) {
      if (holes ? row[x] <= limit : row[x] >= limit) word |= Word{1} << (x - begin);
    }
    *bits++ = word;
  }
}

// The bits of a level, and if `copy` is not null a copy of the matte, in parallel.
void find_level(const ComponentsJob& job, int level, const float* x, float* copy, Word* bits) {
  const float limit = job.limit(level);
#pragma omp parallel for schedule(static)
  for (int y = 0; y < job.h; ++y) {
    const float* row = x + static_cast<std::size_t>(y) * job.w;
    Word* mask = bits + static_cast<std::size_t>(y) * job.words();
    job.holes ? find_bits<true>(row, job.w, limit, mask) : find_bits<false>(row, job.w, limit, mask);
    if (copy != nullptr) std::copy_n(row, job.w, copy + static_cast<std::size_t>(y) * job.w);
  }
}

}  // namespace impasto::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace impasto::cpu {
namespace {

HWY_EXPORT(find_level);

int find_root(Run* run, int i) {
  while (run[i].root != i) i = run[i].root = run[run[i].root].root;
  return i;
}
void unite(Run* run, int a, int b) {
  a = find_root(run, a);
  b = find_root(run, b);
  run[std::max(a, b)].root = std::min(a, b);
}

// Appends the runs of a row of bits at `i`; returns where the next row's begin.
int append_runs(const Word* bits, const ComponentsJob& job, Run* run, int i) {
  Word before = 0;  // the last pixel of the word before
  bool inside = false;
  for (std::size_t k = 0; k < job.words(); ++k) {
    for (Word changes = bits[k] ^ (bits[k] << 1 | before); changes != 0; changes &= changes - 1) {
      const int x = static_cast<int>(64 * k) + std::countr_zero(changes);
      if (inside) {
        run[i++].end = x;
      } else {
        run[i] = {x, job.w, i, 0};
      }
      inside = !inside;
    }
    before = bits[k] >> 63;
  }
  return inside ? i + 1 : i;
}

// The runs of a level, each with its root.
void label(const ComponentsJob& job, const Word* bits, Runs& runs) {
  Run* run = runs.run;
  const int reach = job.holes ? 0 : 1;  // of a run beyond its ends, by which diagonals are neighbours
  runs.first[0] = 0;
  for (int y = 0; y < job.h; ++y) {
    runs.first[y + 1] = append_runs(bits + static_cast<std::size_t>(y) * job.words(), job, run, runs.first[y]);
    int above = y > 0 ? runs.first[y - 1] : 0;
    for (int i = runs.first[y]; i < runs.first[y + 1]; ++i) {
      while (above < runs.first[y] && run[above].end + reach <= run[i].begin) ++above;
      for (int k = above; k < runs.first[y] && run[k].begin < run[i].end + reach; ++k) unite(run, k, i);
    }
  }
  for (int i = 0; i < runs.first[job.h]; ++i) run[i].root = run[run[i].root].root;
}

// What the cores' first runs hold: kept or dropped. Returns whether one is dropped.
bool judge(const ComponentsJob& job, Runs& cores) {
  const auto each = [&](const auto& visit) {
    for (int y = 0; y < job.h; ++y) {
      for (int i = cores.first[y]; i < cores.first[y + 1]; ++i) visit(cores.run[i], y);
    }
  };
  each([&](const Run& run, int y) {
    int& tally = cores.run[run.root].tally;
    if (!job.holes) {
      tally += run.end - run.begin;
    } else if (y == 0 || y == job.h - 1 || run.begin == 0 || run.end == job.w) {
      tally = 1;
    }
  });
  bool drops = false;
  each([&](Run& run, int) {
    if (&run == &cores.run[run.root]) run.tally = run.tally >= job.need ? kKept : kDropped;
    drops = drops || cores.run[run.root].tally == kDropped;
  });
  return drops;
}

// Which cores the regions of a level hold. Returns whether one holds both sorts.
bool collect(const ComponentsJob& job, const Runs& cores, Runs& regions) {
  bool mixed = false;
  for (int y = 0; y < job.h; ++y) {
    int i = regions.first[y];
    for (int k = cores.first[y]; k < cores.first[y + 1]; ++k) {
      while (regions.run[i].end <= cores.run[k].begin) ++i;
      int& holds = regions.run[regions.run[i].root].tally;
      holds |= cores.run[cores.run[k].root].tally;
      mixed = mixed || holds == (kKept | kDropped);
    }
  }
  return mixed;
}

// Lowers (for holes, raises) the bad regions of a level.
void sink(const ComponentsJob& job, int level, const Runs& regions, float* out) {
  const float value = job.sunken(level);
  for (int y = 0; y < job.h; ++y) {
    float* row = out + static_cast<std::size_t>(y) * job.w;
    for (int i = regions.first[y]; i < regions.first[y + 1]; ++i) {
      const Run& run = regions.run[i];
      const int holds = regions.run[run.root].tally;
      if (level == 1 ? (holds & kKept) != 0 : holds != kDropped) continue;
      for (int x = run.begin; x < run.end; ++x) {
        row[x] = job.holes ? std::max(row[x], value) : std::min(row[x], value);
      }
    }
  }
}

void remove_components(const ComponentsJob& job, const Binding& binding) {
  const auto* x = reinterpret_cast<const float*>(binding.inputs[0]);
  auto* y = reinterpret_cast<float*>(binding.outputs[0]);
  auto* bits = reinterpret_cast<Word*>(binding.workspace);
  Runs cores(job, binding.workspace + job.mask_bytes());
  Runs regions(job, binding.workspace + job.mask_bytes() + Runs::bytes(job));
  const auto label_level = [&](int level, float* copy, Runs& runs) {
    HWY_DYNAMIC_DISPATCH(find_level)(job, level, x, copy, bits);
    label(job, bits, runs);
  };
  label_level(kTop, y, cores);
  const bool drops = judge(job, cores);
  label_level(1, nullptr, regions);
  const bool mixed = collect(job, cores, regions) && drops;
  sink(job, 1, regions, y);
  for (int level = 2; mixed && level < kTop; ++level) {
    label_level(level, nullptr, regions);
    collect(job, cores, regions);
    sink(job, level, regions, y);
  }
  if (drops) sink(job, kTop, cores, y);
}

}  // namespace

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const MatteComponents& op) {
  const Shape& shape = build.in(node).shape;
  const bool holes = op.remove == MatteComponents::Remove::holes;
  const double need = holes ? 1 : std::ceil(static_cast<double>(op.min_area) * shape.h * shape.w);
  const ComponentsJob job{shape.h, shape.w, holes, need};
  return kernel_of(
      simd_name(), [job](const Binding& binding) { remove_components(job, binding); },
      job.mask_bytes() + 2 * Runs::bytes(job));
}

}  // namespace impasto::cpu
#endif  // HWY_ONCE
