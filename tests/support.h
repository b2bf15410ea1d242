// What tests share: where things are, how a case is skipped, and comparisons that no NaN passes.
#pragma once

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <random>
#include <ranges>
#include <span>
#include <string>
#include <vector>

// Leaves the test case; CTest counts it as skipped.
#define SKIP_CASE(why)                                      \
  do {                                                      \
    std::printf("SKIPPED: %s\n", std::string(why).c_str()); \
    return;                                                 \
  } while (false)

namespace impasto::test {

inline std::filesystem::path source_dir() {
  return IMPASTO_SOURCE_DIR;
}
inline std::filesystem::path data_dir() {
  return source_dir() / "tests" / "data";
}
// The founders' shared packs beside the checkout; absent in a public clone.
inline std::filesystem::path shared_dir() {
  return IMPASTO_SHARED_DIR;
}
inline bool have_shared() {
  return std::filesystem::exists(shared_dir() / "golden");
}

// The problems of a list that a test runs. ThreadSanitizer, which is slow, and sees a missing barrier on any problem
// that has one, gets every fifth.
#ifdef __SANITIZE_THREAD__
inline constexpr std::size_t kEvery = 5;
#else
inline constexpr std::size_t kEvery = 1;
#endif
template <std::ranges::random_access_range Cases>
auto problems(const Cases& all) {
  std::vector<std::ranges::range_value_t<Cases>> some;
  for (std::size_t i = 0; i < std::size(all); i += kEvery) some.push_back(all[i]);
  return some;
}

// A folder of this process's own, removed at the end.
class TempDir {
 public:
  TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "impasto-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
    path_ = name;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// Uniform in -1..1 from a seed; the same on every machine.
inline std::vector<float> random_floats(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::vector<float> values(count);
  for (float& v : values) v = static_cast<float>(static_cast<double>(engine() >> 11) * 0x1p-52 - 1.0);
  return values;
}

// Largest and mean absolute difference; NaN anywhere makes both NaN, and !(x <= limit) then fails.
struct Difference {
  double largest = 0;
  double mean = 0;
};
template <typename A, typename B>
Difference difference(std::span<const A> a, std::span<const B> b) {
  Difference d;
  if (a.size() != b.size()) return {std::nan(""), std::nan("")};
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double e = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    d.largest = !(e <= d.largest) ? e : d.largest;
    d.mean += e;
  }
  d.mean /= static_cast<double>(std::max<std::size_t>(1, a.size()));
  if (std::isnan(d.mean)) d.largest = d.mean;
  return d;
}

}  // namespace impasto::test
