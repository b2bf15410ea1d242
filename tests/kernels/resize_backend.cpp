// Resize from graph to values on the backend over kernels/, against the references that the cpu device is tested with:
// bytes are equal, floats close.
#include "runtime/kernel/kernel_backend.h"
#include "tests/cases/resize.h"
#include "tests/device.h"
#include "tests/kernels/pixels_run.h"

namespace impasto::IMPASTO_TARGET {

TEST_CASE("resize: every mode on the backend") {
  NEED_DEVICE();
  const std::unique_ptr<Backend> backend = make_backend(0);
  using Mode = Resize::Mode;
  for (const test::ResizeCase& c : test::problems(test::kResizeCases)) {
    CAPTURE(c.h, c.w, c.out_h, c.out_w, c.c);
    const auto run = [&](Mode mode, const reference::Map& x, DType dtype) {
      return test::run_op(*backend, Resize{mode, c.out_h, c.out_w}, {{x, dtype}})[0];
    };
    const reference::Map whole = test::random_map(c.h, c.w, c.c, 0, 255, 3, true);
    const reference::Map real = test::random_map(c.h, c.w, c.c, 0, 1, 3);
    CHECK(test::largest_difference(run(Mode::bilinear_shiftless, whole, DType::u8),
                                   reference::resize_shiftless(whole, c.out_h, c.out_w)) == 0);
    CHECK(test::largest_difference(run(Mode::area, whole, DType::u8),
                                   reference::resize_area(whole, c.out_h, c.out_w)) <= 1e-3);
    CHECK(test::largest_difference(run(Mode::bilinear, real, DType::f32),
                                   reference::resize_bilinear(real, c.out_h, c.out_w)) <= 1e-6);
    CHECK(test::largest_difference(run(Mode::bilinear, whole, DType::f16),
                                   reference::resize_bilinear(whole, c.out_h, c.out_w)) <= 256 * 0x1p-11);
    if (c.out_h % c.h == 0 && c.out_w % c.w == 0) {
      for (const DType dtype : {DType::u8, DType::u16, DType::f16, DType::f32}) {
        const reference::Map y = run(Mode::nearest, whole, dtype);
        reference::Map want(c.out_h, c.out_w, c.c);
        for (int p = 0; p < c.out_h; ++p) {
          for (int q = 0; q < c.out_w; ++q) {
            for (int k = 0; k < c.c; ++k) want.at(p, q, k) = whole.at(p * c.h / c.out_h, q * c.w / c.out_w, k);
          }
        }
        CHECK(test::largest_difference(y, want) == 0);
      }
    }
  }
}

TEST_CASE("resize: letterboxes on the backend") {
  NEED_DEVICE();
  const std::unique_ptr<Backend> backend = make_backend(0);
  for (const test::LetterboxCase& c : test::problems(test::kLetterboxCases)) {
    CAPTURE(c.h, c.w, c.side);
    const reference::Map x = test::random_map(c.h, c.w, 3, 0, 255, 3, true);
    const Resize op{Resize::Mode::bilinear_shiftless, c.side, c.side, true};
    const reference::Map y = test::run_op(*backend, op, {{x, DType::u8}})[0];
    CHECK(test::largest_difference(y, reference::resize_letterbox(x, c.side)) == 0);
  }
}

}  // namespace impasto::IMPASTO_TARGET
