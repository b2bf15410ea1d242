// A libFuzzer target: the reader of the name `fuzz_target` is given any bytes, and what it made of them is used as
// stylize-weights would. A finding is whatever libFuzzer and the sanitizers report, and here: an exception that is no
// Error, a message of several lines, more memory than the bytes justify.
#include "runtime/error.h"
#include "tests/fuzz/targets.h"
#include "weights_tools/convert.h"

#include <sanitizer/allocator_interface.h>

#include <cstdlib>
#include <functional>
#include <numeric>
#include <random>

extern const char* const fuzz_target;  // see CMakeLists.txt
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);  // libFuzzer's own

namespace impasto::fuzz {
namespace {

// A reader may hold this many bytes at a time for each byte of its file, and what its target says.
constexpr std::size_t kMemoryFactor = 128;
// What is made of one file: a file may name the same bytes often, and each time is paid for.
constexpr std::int64_t kMostNumbers = 1 << 18;
constexpr std::size_t kMostTensors = 256;

void expect(bool condition, const char* what, std::string_view detail) {
  if (condition) return;
  fmt::print(stderr, "finding: {}: {}\n", what, detail);
  std::abort();
}

// What is allocated at a time, counted between start() and stop(). The sanitizers' hooks take no argument that could
// carry the counts, hence the static ones.
class Memory {
 public:
  static void start() {
    static const int hooked = __sanitizer_install_malloc_and_free_hooks(allocated, freed);
    expect(hooked != 0, "no hooks", "__sanitizer_install_malloc_and_free_hooks");
    now_ = 0;
    most_ = 0;
    counting_ = true;
  }
  static std::size_t stop() {
    counting_ = false;
    return static_cast<std::size_t>(most_);
  }

 private:
  static void allocated(const volatile void* /*block*/, std::size_t size) {
    if (!counting_) return;
    now_ += static_cast<std::int64_t>(size);
    most_ = std::max(most_, now_);
  }
  static void freed(const volatile void* block) {
    if (counting_ && block != nullptr) {
      now_ -= static_cast<std::int64_t>(__sanitizer_get_allocated_size(const_cast<const void*>(block)));
    }
  }
  inline static bool counting_ = false;
  inline static std::int64_t now_ = 0;
  inline static std::int64_t most_ = 0;
};

// True if `work` returned, false if it threw an Error; anything else is a finding.
template <typename Work>
bool succeeds(Work work) {
  try {
    work();
    return true;
  } catch (const Error& error) {
    const std::string_view message = error.what();
    expect(!message.empty() && message.find('\n') == std::string_view::npos, "not one line", message);
    return false;
  }
}

// Every tensor as convert would take it, if its net had one of this name and shape, with its axes reversed.
void convert_each(const Source& source) {
  std::int64_t numbers = 0;
  for (const WeightView& tensor : std::span(source.tensors).first(std::min(source.tensors.size(), kMostTensors))) {
    if (tensor.name.empty()) continue;  // to a Mapping, that is no tensor
    Mapping mapping{{"target", {tensor.shape.rbegin(), tensor.shape.rend()}}, tensor.name, {}};
    mapping.axes.resize(tensor.shape.size());
    std::iota(mapping.axes.rbegin(), mapping.axes.rend(), 0);
    if (is_float(tensor.dtype)) numbers += tensor.count();
    if (numbers > kMostNumbers) return;
    for (const DType type : {DType::f32, DType::f16}) {
      succeeds([&] { static_cast<void>(convert(source, std::span(&mapping, 1), type)); });
    }
  }
}

const Target& target() {
  static const auto* found = std::ranges::find(kTargets, std::string_view(fuzz_target), &Target::name);
  expect(found != kTargets.end(), "no row in tests/fuzz/targets.h", fuzz_target);
  return *found;
}

void one_file(std::span<const std::byte> bytes) {
  static const std::string warm = sha256({});  // libcrypto's own memory comes with the first call
  Source source;
  source.format = target().format;
  source.label = "file";
  Memory::start();
  const bool good = succeeds([&] { target().read(bytes, source); });
  const std::size_t most = Memory::stop();
  expect(most <= kMemoryFactor * bytes.size() + target().memory, "too much memory",
         fmt::format("{} bytes for a file of {}", most, bytes.size()));
  if (!good || source.tensors.empty()) return;

  convert_each(source);
  for (const Net& net : nets()) {
    succeeds([&] { static_cast<void>(convert(source, net, DType::f16)); });
  }
}

// libFuzzer's mutations, and now and then a slice of the input many times over,
// which finds what is cheap to say and dear to read.
std::size_t mutate(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
  std::minstd_rand random(seed);
  if (size == 0 || random() % 32 != 0) return LLVMFuzzerMutate(data, size, max_size);
  const std::size_t begin = random() % size;
  const std::size_t count = std::min<std::size_t>(1 + random() % 64, size - begin);
  const std::size_t times = std::min<std::size_t>(1 + random() % 16384, (max_size - size) / count);
  const std::vector<std::uint8_t> rest(data + begin, data + size);
  for (std::size_t i = 0; i < times; ++i) std::copy_n(rest.begin(), count, data + begin + i * count);
  std::ranges::copy(rest, data + begin + times * count);
  return size + times * count;
}

}  // namespace
}  // namespace impasto::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  impasto::fuzz::one_file(std::as_bytes(std::span(data, size)));
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  return impasto::fuzz::mutate(data, size, max_size, seed);
}
