// Runs one op of the frame on the cpu device.
#pragma once

#include "runtime/cpu/cpu_backend.h"
#include "tests/kernels/pixels_run.h"

namespace impasto::test {

inline std::vector<reference::Map> run_op(const Op& op, const std::vector<Input>& inputs) {
  return run_op(*make_cpu_backend(), op, inputs);
}

}  // namespace impasto::test
