// What the ladders of all operations share.
#pragma once

#include "kernels/common/target.h"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace impasto::IMPASTO_TARGET {

// One way to run an operation on a problem. An operation whose weights are packed has two more members (conv2d.h).
template <typename Problem, typename Args>
struct Rung {
  std::string_view name;  // "<op>_v<n>_<idea>"
  bool (*supports)(const Problem&);
  // Neither allocates nor waits. Throws std::runtime_error if the tensors are not as the rung needs them.
  void (*launch)(const Problem&, const Args&, Stream);
  std::size_t (*workspace_bytes)(const Problem&) = [](const Problem& /*problem*/) -> std::size_t { return 0; };
};

// A line of an operation's table of choices: the first rung that supports the problem and whose line holds is run.
template <typename Problem>
struct Choice {
  int rung;  // position in the table of rungs, from 1
  bool (*when)(const Problem&);
};

template <typename Problem>
[[nodiscard]] bool any_problem(const Problem& /*problem*/) {
  return true;
}

// The first rung, which takes everything, if no line holds.
template <typename Rungs, typename Choices, typename Problem>
[[nodiscard]] const auto& choose(const Rungs& rungs, const Choices& choices, const Problem& problem) {
  for (const auto& choice : choices) {
    const auto& rung = rungs[choice.rung - 1];
    if (rung.supports(problem) && choice.when(problem)) return rung;
  }
  return rungs[0];
}

// For launchers: throws if a tensor has 2^31 elements or more. Counts come as doubles, which do not wrap.
struct TensorCount {
  std::string_view name;
  double elements;
};
inline void require_32_bit_indices(std::string_view op, std::initializer_list<TensorCount> tensors) {
  for (const TensorCount& tensor : tensors) {
    if (tensor.elements >= 2147483648.0) {
      throw std::runtime_error(std::string(op) + ": " + std::string(tensor.name) + " has " +
                               std::to_string(static_cast<std::uint64_t>(tensor.elements)) +
                               " elements, expected less than 2^31");
    }
  }
}

// For launchers of rungs that move 16 bytes at once: throws unless all pointers (nullptr is one) are multiples of 16.
inline void require_16_byte_alignment(std::string_view rung, std::initializer_list<const void*> tensors) {
  for (const void* tensor : tensors) {
    if (reinterpret_cast<std::uintptr_t>(tensor) % 16 != 0) {
      throw std::runtime_error(std::string(rung) + ": a tensor lies at an address that is not a multiple of 16");
    }
  }
}

// Blocks of `size` that cover `count`.
[[nodiscard]] __host__ __device__ constexpr int blocks_for(int count, int size) {
  return (count + size - 1) / size;
}

}  // namespace impasto::IMPASTO_TARGET
