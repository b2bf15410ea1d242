// Every rung of composite against the reference in double: no byte outside the planes is touched, every sample is
// written, paint without weight is never looked at, a second run and another order of execution give the same bits.
#include "kernels/composite/composite.h"
#include "tests/cases/composite.h"
#include "tests/planes.h"

namespace impasto::IMPASTO_TARGET {

namespace {

struct Data {
  CompositeProblem problem;
  PixelFormat format;
  CompositeInputs in;
};

Data make_data(const test::CompositeCase& c) {
  const Composite& op = c.op;
  Data d{.problem = {.h = c.h,
                     .w = c.w,
                     .painted_w = c.w + c.extra_w,
                     .format = kernel_format(op.format),
                     .to_samples = kernel_affine(samples_from_rgb(op.format)),
                     .paint_inside = op.paint_inside,
                     .paint_outside = op.paint_outside,
                     .behind = static_cast<Behind>(op.behind),
                     .painted_scale = op.painted_scale,
                     .truncate = op.truncate},
         .format = op.format,
         .in = {}};
  std::copy(op.colour.begin(), op.colour.end(), d.problem.colour);
  const auto pixels = static_cast<std::size_t>(c.h) * c.w;
  d.in.frame = random_codes(op.format, c.h, c.w, 1);
  if (c.matte) {  // with stretches of exactly 0 and exactly 1
    d.in.matte = test::random_floats(pixels, 5);
    for (float& v : d.in.matte) v = std::clamp(0.5F + 0.9F * v, 0.0F, 1.0F);
    std::fill_n(d.in.matte.begin(), pixels / 3, 0.0F);
  }
  if (c.painted) {  // partly outside 0..255
    d.in.painted = test::random_floats(static_cast<std::size_t>(c.h) * d.problem.painted_w * 3, 6);
    for (float& v : d.in.painted) v = (127 + 170 * v) / op.painted_scale;
  }
  if (op.behind == Composite::Behind::picture) d.in.picture = random_codes(test::kRgb, c.h, c.w, 7).front();
  return d;
}

std::vector<std::vector<std::byte>> run(Device& device, const CompositeRung& rung, const Data& d) {
  const DeviceArray<float> matte(device, d.in.matte);
  const DeviceArray<float> painted(device, d.in.painted);
  const DeviceArray<std::byte> picture(device, code_bytes(d.in.picture, SampleType::u8));
  const DevicePlanes frame(device, d.in.frame, d.problem.format.type);
  const DevicePlanes out(device, d.format, d.problem.h, d.problem.w);
  CompositeArgs args{.matte = d.in.matte.empty() ? nullptr : matte.data(),
                     .painted = d.in.painted.empty() ? nullptr : painted.data(),
                     .picture = d.in.picture.empty() ? nullptr : reinterpret_cast<const std::uint8_t*>(picture.data())};
  frame.point(args.frame);
  out.point(args.out);
  rung.launch(d.problem, args, device.stream());
  device.synchronise();
  return out.download();
}

}  // namespace

TEST_CASE("composite: every rung against the reference") {
  NEED_DEVICE();
  for (const int number : device_numbers()) {
    Device device(number);
    for (const test::CompositeCase& c : test::problems(test::kCompositeCases)) {
      const Data data = make_data(c);
      const std::vector<std::vector<double>> expected = composite_reference(data.problem, data.in);
      for (const CompositeRung& rung : composite_rungs()) {
        if (!rung.supports(data.problem)) continue;
        INFO(rung.name << ", " << c.name);
        const auto planes = run(device, rung, data);
        check_codes(planes, expected, data.problem.format, data.problem.truncate ? 0 : 0.5);
        CHECK(run(device, rung, data) == planes);
      }
    }
  }
}

TEST_CASE("composite: every rung copies the frame bit for bit where nothing lies on it") {
  NEED_DEVICE();
  Device device;
  for (const PixelFormat& format : {test::kRgb, test::kYuv420, test::kYuv420TopLeft10, test::kYuv410, test::kGbr16,
                                    test::kNv12, test::kNv24, test::kNv410}) {
    Data data = make_data({.name = {}, .h = 9, .w = 22, .op = {.format = format}});
    std::fill(data.in.matte.begin(), data.in.matte.end(), 0.0F);
    std::fill(data.in.painted.begin(), data.in.painted.end(), std::nanf(""));
    for (const CompositeRung& rung : composite_rungs()) {
      INFO(rung.name << ", " << static_cast<int>(format.model) << ", " << format.depth << " bits");
      const auto planes = run(device, rung, data);
      for (std::size_t i = 0; i < planes.size(); ++i) {
        CHECK(planes[i] == code_bytes(data.in.frame[i], data.problem.format.type));
      }
    }
  }
}

TEST_CASE("composite: the launcher refuses pictures that 32-bit indices do not reach") {
  NEED_DEVICE();
  Device device;
  for (const CompositeRung& rung : composite_rungs()) {
    CHECK_THROWS_WITH(rung.launch({.h = 32768, .w = 32768, .painted_w = 32768}, {}, device.stream()),
                      Catch::Contains("the painted picture has 3221225472 elements"));
  }
}

// For the counters in kernels/composite/README.md: sixteen rows of a frame, all of it painted, and one that is not.
TEST_CASE("counters: one launch of each rung of composite", "[.counters]") {
  NEED_DEVICE();
  struct Size {
    std::string_view name;
    int w;
    PixelFormat format;
    float matte;
  };
  for (const Size& size :
       {Size{"4:2:0, painted", 1920, test::kYuv420, 0.5F}, Size{"4:2:0, not painted", 1920, test::kYuv420, 0},
        Size{"4:2:0, 1366 wide", 1366, test::kYuv420, 0.5F}, Size{"rgb", 1920, test::kRgb, 0.5F}}) {
    DYNAMIC_SECTION(size.name) {
      Data data = make_data({.name = size.name, .h = 16, .w = size.w, .op = {.format = size.format}});
      std::fill(data.in.matte.begin(), data.in.matte.end(), size.matte);
      Device device;
      for (const CompositeRung& rung : composite_rungs()) run(device, rung, data);
    }
  }
}

}  // namespace impasto::IMPASTO_TARGET
