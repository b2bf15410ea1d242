// Every rung of color against the reference in double: no byte outside the planes is touched, every sample is written,
// a second run and another order of execution give the same bits.
#include "kernels/color/color.h"
#include "tests/cases/color.h"
#include "tests/planes.h"

namespace impasto::IMPASTO_TARGET {

namespace {

struct Data {
  ColorProblem problem;
  PixelFormat to;
  std::vector<std::vector<float>> from;
};

Data make_data(const test::ColorCase& c) {
  Data d{.problem = {.h = c.h,
                     .w = c.w,
                     .from = kernel_format(c.from),
                     .to = kernel_format(c.to),
                     .rgb_from = kernel_affine(rgb_from_samples(c.from)),
                     .to_samples = kernel_affine(samples_from_rgb(c.to))},
         .to = c.to,
         .from = random_codes(c.from, c.h, c.w, 1)};
  if (c.matte) {
    d.problem.from = {.model = PlaneModel::grey, .type = SampleType::f32};
    d.problem.rgb_from = {{{255, 0, 0}, {255, 0, 0}, {255, 0, 0}}, {}};
    d.from = {test::random_floats(static_cast<std::size_t>(c.h) * c.w, 1)};
    for (float& v : d.from[0]) v = std::abs(v);
  }
  return d;
}

std::vector<std::vector<std::byte>> run(Device& device, const ColorRung& rung, const Data& d) {
  const DevicePlanes from(device, d.from, d.problem.from.type);
  const DevicePlanes to(device, d.to, d.problem.h, d.problem.w);
  ColorArgs args;
  from.point(args.from);
  to.point(args.to);
  rung.launch(d.problem, args, device.stream());
  device.synchronise();
  return to.download();
}

}  // namespace

TEST_CASE("color: every rung against the reference") {
  NEED_DEVICE();
  for (const int number : device_numbers()) {
    Device device(number);
    for (const test::ColorCase& c : test::kColorCases) {
      const Data data = make_data(c);
      const std::vector<std::vector<double>> expected = color_reference(data.problem, data.from);
      for (const ColorRung& rung : color_rungs()) {
        if (!rung.supports(data.problem)) continue;
        INFO(rung.name << ", " << c.name);
        const auto planes = run(device, rung, data);
        check_codes(planes, expected, data.problem.to);
        CHECK(run(device, rung, data) == planes);
      }
    }
  }
}

TEST_CASE("color: chroma alone, in planes and semi-planar") {
  NEED_DEVICE();
  Device device;
  for (const auto& [from, to] : {std::pair(test::kNv24, test::kYuv444), std::pair(test::kYuv444, test::kNv24),
                                 std::pair(test::kNv24, test::kNv24), std::pair(test::kYuv444, test::kYuv444)}) {
    for (const auto& [h, w] : {std::pair(1, 1), std::pair(3, 5), std::pair(5, 129), std::pair(17, 34)}) {
      Data data = make_data({.name = {}, .h = h, .w = w, .from = from, .to = to});
      data.from.erase(data.from.begin());  // no Y
      ColorProblem& problem = data.problem;
      problem.from.model = problem.to.model = PlaneModel::chroma;
      problem.rgb_from = {{{0.5F, 0, 0}, {0, 0.5F, 0}, {0, 0, 0}}, {3, 3, 0}};
      problem.to_samples = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, {}};
      const DevicePlanes in(device, data.from, problem.from.type);
      const std::vector<std::vector<double>> expected = color_reference(problem, data.from);
      for (const ColorRung& rung : color_rungs()) {
        INFO(rung.name << ", " << h << "x" << w << ", " << from.semi_planar << " to " << to.semi_planar);
        const DevicePlanes out(device, to, h, w);  // with a Y that nobody writes
        void* planes[3] = {};
        out.point(planes);
        ColorArgs args{.from = {}, .to = {planes[1], planes[2], nullptr}};
        in.point(args.from);
        rung.launch(problem, args, device.stream());
        device.synchronise();
        std::vector<std::vector<std::byte>> codes = out.download();
        codes.erase(codes.begin());
        check_codes(codes, expected, problem.to);
      }
    }
  }
}

TEST_CASE("color: the launcher refuses pictures that 32-bit indices do not reach") {
  NEED_DEVICE();
  Device device;
  for (const ColorRung& rung : color_rungs()) {
    CHECK_THROWS_WITH(rung.launch({.h = 32768, .w = 32768}, {}, device.stream()),
                      Catch::Contains("the picture has 3221225472 elements"));
  }
}

// For the counters in kernels/color/README.md: sixteen rows of a frame.
TEST_CASE("counters: one launch of each rung of color", "[.counters]") {
  NEED_DEVICE();
  for (const test::ColorCase& c :
       {test::ColorCase{"4:2:0 to rgb", 16, 1920, test::kYuv420, test::kRgb},
        test::ColorCase{"NV12 to rgb", 16, 1920, test::kNv12, test::kRgb},
        test::ColorCase{"rgb to NV12", 16, 1920, test::kRgb, test::kNv12},
        test::ColorCase{"rgb to 4:2:0", 16, 1920, test::kRgb, test::kYuv420},
        test::ColorCase{"4:2:0 of 10 bits to 4:2:0", 16, 1920, test::kYuv420TopLeft10, test::kYuv420}}) {
    DYNAMIC_SECTION(c.name) {
      Device device;
      for (const ColorRung& rung : color_rungs()) run(device, rung, make_data(c));
    }
  }
}

}  // namespace impasto::IMPASTO_TARGET
