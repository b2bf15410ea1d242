// The face detector on our own kernels, which run it in fp32 too. Compiled once for simt and once for cuda.
#include "runtime/kernel/kernel_backend.h"
#include "tests/device.h"
#include "tests/golden/face_golden.h"

namespace impasto::IMPASTO_TARGET {

TEST_CASE("kernels: face finds what MediaPipe finds") {
  NEED_DEVICE();
  const auto backend = make_backend(0);
  for (const char* name : {"two_144x72", "odd_87x101"}) {
    test::check_face_file(*backend, test::data_dir() / "face" / (std::string(name) + ".safetensors"));
  }
}

}  // namespace impasto::IMPASTO_TARGET
