#include "tests/cases/resize.h"
#include "tests/kernels/pixels_cpu.h"

using namespace impasto;
using namespace impasto::test;

TEST_CASE("bilinear resize has half-pixel centres") {
  for (const ResizeCase& c : kResizeCases) {
    CAPTURE(c.h, c.w, c.out_h, c.out_w, c.c);
    const Resize op{Resize::Mode::bilinear, c.out_h, c.out_w};
    const reference::Map f = random_map(c.h, c.w, c.c, 0, 1, 3);
    CHECK(largest_difference(run_op(op, {{f, DType::f32}})[0], reference::resize_bilinear(f, c.out_h, c.out_w)) <=
          1e-6);
  }
}

TEST_CASE("area resize is the mean over what a pixel covers") {
  for (const ResizeCase& c : kResizeCases) {
    CAPTURE(c.h, c.w, c.out_h, c.out_w, c.c);
    const Resize op{Resize::Mode::area, c.out_h, c.out_w};
    const reference::Map u = random_map(c.h, c.w, c.c, 0, 255, 3, true);
    const reference::Map exact = reference::resize_area(u, c.out_h, c.out_w);
    CHECK(largest_difference(run_op(op, {{u, DType::u8}})[0], exact) <= 1e-3);
  }
}

TEST_CASE("bilinear_shiftless rounds coordinates to 1/32 pixel and has zeros outside") {
  for (const ResizeCase& c : kResizeCases) {
    CAPTURE(c.h, c.w, c.out_h, c.out_w, c.c);
    const reference::Map u = random_map(c.h, c.w, c.c, 0, 255, 3, true);
    const auto out = run_op(Resize{Resize::Mode::bilinear_shiftless, c.out_h, c.out_w}, {{u, DType::u8}});
    CHECK(largest_difference(out[0], reference::resize_shiftless(u, c.out_h, c.out_w)) == 0);
  }
}

TEST_CASE("a letterbox keeps the aspect, has the picture in its middle and zeros beside it") {
  for (const LetterboxCase& c : kLetterboxCases) {
    CAPTURE(c.h, c.w, c.side);
    const reference::Map u = random_map(c.h, c.w, 3, 0, 255, 3, true);
    const Resize op{Resize::Mode::bilinear_shiftless, c.side, c.side, true};
    CHECK(largest_difference(run_op(op, {{u, DType::u8}})[0], reference::resize_letterbox(u, c.side)) == 0);
  }
}

TEST_CASE("pad reflects without the edge, or repeats it, for every element type") {
  for (const Pad::Mode mode : {Pad::Mode::reflect, Pad::Mode::edge}) {
    for (const DType dtype : {DType::u8, DType::u16, DType::bf16, DType::f32}) {
      const reference::Map u = random_map(5, 7, 3, 0, 120, 3, true);
      const Pad op{mode, 4, 2, 3, 6};
      CHECK(run_op(op, {{u, dtype}})[0].v == reference::pad(op, u).v);
      const Pad channels{.mode = mode, .top = 1, .right = 2, .channels = 5};
      CHECK(run_op(channels, {{u, dtype}})[0].v == reference::pad(channels, u).v);
    }
  }
  const Pad far{Pad::Mode::edge, 40, 20, 0, 33};
  const reference::Map pixel = random_map(1, 1, 3, 0, 255, 3, true);
  CHECK(run_op(far, {{pixel, DType::u8}})[0].v == reference::pad(far, pixel).v);
}
