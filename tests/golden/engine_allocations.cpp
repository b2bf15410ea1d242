// Replaces the global operator new of this executable by one that counts, so as to prove that a running engine leaves
// it alone. Not counted are calls from within libdnnl: it builds a small map of arguments in every
// dnnl_primitive_execute, which no caller can prevent.
#include "nets/frame.h"
#include "runtime/cpu/cpu_backend.h"
#include "runtime/engine.h"
#include "tests/support.h"

#include <dlfcn.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

using namespace impasto;

namespace {

std::atomic<long> allocations{0};  // NOLINT: operator new has nowhere else to count

bool in_onednn(const void* address) {
  Dl_info library;
  return dladdr(address, &library) != 0 && std::strstr(library.dli_fname, "libdnnl") != nullptr;
}

void* counted(std::size_t bytes, std::size_t alignment, const void* caller) {
  if (!in_onednn(caller)) ++allocations;
  const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  void* memory = std::aligned_alloc(alignment, std::max(rounded, alignment));
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

constexpr std::size_t kAlignment = alignof(std::max_align_t);

}  // namespace

void* operator new(std::size_t bytes) {
  return counted(bytes, kAlignment, __builtin_return_address(0));
}
void* operator new[](std::size_t bytes) {
  return counted(bytes, kAlignment, __builtin_return_address(0));
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return counted(bytes, static_cast<std::size_t>(alignment), __builtin_return_address(0));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
  return counted(bytes, static_cast<std::size_t>(alignment), __builtin_return_address(0));
}
void* operator new(std::size_t bytes, const std::nothrow_t& /*tag*/) noexcept {
  return counted(bytes, kAlignment, __builtin_return_address(0));
}
void* operator new[](std::size_t bytes, const std::nothrow_t& /*tag*/) noexcept {
  return counted(bytes, kAlignment, __builtin_return_address(0));
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}

TEST_CASE("engine: no allocation between frames 3 and 10, whole frame with matte and style") {
  const Net& style = find_net("multistyle");
  const Net& matte = find_net("selfie");
  const Weights style_weights = Weights::random(style.weight_table(), 1);
  const Weights matte_weights = Weights::random(matte.weight_table(), 2);
  FrameSpec spec;
  spec.height = 61;
  spec.width = 83;
  spec.in = spec.out = {
      .model = PixelFormat::Model::yuv, .log2_chroma_w = 1, .log2_chroma_h = 1, .range = PixelFormat::Range::limited};
  spec.style_net = &style;
  spec.style_weights = &style_weights;
  spec.matte_net = &matte;
  spec.matte_weights = &matte_weights;
  spec.matte_feather = 2;

  const auto backend = make_cpu_backend(0);
  for (const Precision precision : {Precision::fp32, Precision::bf16}) {
    if (!backend->supports(precision)) continue;
    spec.style_precision = precision;
    const FrameGraph frame = build_frame(spec);
    Engine engine(frame.graph, *backend);
    Profiler profiler;
    profiler.begin(engine.profile());

    const long built = allocations.load();
    REQUIRE(built > 0);  // the counter counts
    long before = 0;
    for (int number = 1; number <= 10; ++number) {
      if (number == 3) before = allocations.load();
      for (const TensorId id : frame.graph.inputs()) {
        const std::span<std::byte> bytes = engine.host(id);
        std::memset(bytes.data(), id == frame.style ? 0 : 16 * number, bytes.size());
      }
      if (number % 2 == 0) {
        engine.run();
      } else {
        engine.run(profiler);
      }
    }
    const long during = allocations.load() - before;
    INFO(to_string(precision));
    REQUIRE(during == 0);
  }
}
