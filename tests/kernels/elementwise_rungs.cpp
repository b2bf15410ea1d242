// Every rung of elementwise and of pad against the reference, in every type: no byte outside y is touched, every value
// of y is written, a second run and another order of execution give the same bits.
#include "tests/cases/elementwise.h"
#include "tests/rungs.h"

namespace impasto::IMPASTO_TARGET {

namespace {

struct Data {
  ElementwiseProblem problem;
  std::vector<float> a, g, b;
  std::vector<std::byte> a_bytes;
};

Data make_data(ElementwiseProblem problem, Element element, Storage storage) {
  Data d;
  d.problem = problem;
  d.problem.a = element;
  d.problem.storage = storage;
  const auto values = static_cast<std::size_t>(problem.n * problem.h * problem.w * problem.c);
  if (element == Element::u8) {
    for (std::size_t i = 0; i < values; ++i) {
      d.a_bytes.push_back(static_cast<std::byte>(i * 7 % 256));
      d.a.push_back(static_cast<float>(i * 7 % 256));
    }
  } else {
    const Storage as = element == Element::f16 ? Storage::f16 : Storage::f32;
    d.a = random_values(values, 1, as);
    for (float& v : d.a) v *= 4;
    d.a_bytes = to_storage(d.a, as);
  }
  const auto gates = static_cast<std::size_t>(problem.n * problem.c);
  if (problem.factor != Factor::none) {
    d.g = random_values(problem.factor == Factor::channel ? gates : values, 2, storage);
  }
  if (problem.addend) d.b = random_values(gates * problem.b_h * problem.b_w, 3, storage);
  return d;
}

// a g + b rounds to float twice, the activation's argument is up to 1.5 times as steep and its functions are good to a
// few last bits, scale and offset round once each, and the result once to its storage.
std::vector<double> tolerances(const Data& d, std::span<const double> y) {
  ElementwiseProblem linear = d.problem;
  linear.activation = Activation::none;
  linear.scale = std::abs(linear.scale);
  linear.offset = std::abs(linear.offset);
  std::vector<double> limits = elementwise_reference(linear, magnitudes(d.a), magnitudes(d.g), magnitudes(d.b));
  for (std::size_t i = 0; i < limits.size(); ++i) {
    limits[i] = 8 * 0x1p-24 * (limits[i] + static_cast<double>(linear.scale));
    limits[i] += d.problem.storage == Storage::f16 ? std::abs(y[i]) * 0x1p-11 + 0x1p-25 : 0;
  }
  return limits;
}

std::vector<std::byte> run(Device& device, const ElementwiseRung& rung, const Data& d) {
  const DeviceArray<std::byte> a(device, d.a_bytes);
  const DeviceArray<std::byte> g(device, to_storage(d.g, d.problem.storage));
  const DeviceArray<std::byte> b(device, to_storage(d.b, d.problem.storage));
  const Poisoned y(device, d.a.size() * size_of(d.problem.storage));
  rung.launch(d.problem, {.a = a.data(), .g = g.data(), .b = b.data(), .y = y.data()}, device.stream());
  device.synchronise();
  return y.download();
}

}  // namespace

TEST_CASE("elementwise: every rung against the reference") {
  NEED_DEVICE();
  for (const int number : device_numbers()) {
    Device device(number);
    for (const ElementwiseCase& c : kElementwiseCases) {
      for (const Element element : {Element::u8, Element::f16, Element::f32}) {
        for (const Storage storage : {Storage::f16, Storage::f32}) {
          const Data data = make_data(c.problem, element, storage);
          const std::vector<double> expected = elementwise_reference(data.problem, data.a, data.g, data.b);
          const std::vector<double> limits = tolerances(data, expected);
          for (const ElementwiseRung& rung : elementwise_rungs()) {
            if (!rung.supports(data.problem)) continue;
            INFO(rung.name << ", " << c.name << ", type " << static_cast<int>(element) << " to "
                           << (storage == Storage::f16 ? "f16" : "f32"));
            const std::vector<std::byte> bytes = run(device, rung, data);
            check_close(from_storage(bytes, storage), expected, limits);
            CHECK(run(device, rung, data) == bytes);
          }
        }
      }
    }
  }
}

TEST_CASE("elementwise: NaN stays NaN, and a value is not touched by another's infinity") {
  NEED_DEVICE();
  Device device;
  const ElementwiseProblem problem{.w = 40, .factor = Factor::map, .addend = true, .b_h = 1, .b_w = 40};
  Data data = make_data(problem, Element::f32, Storage::f32);
  data.a[3] = NAN;
  data.b[17] = INFINITY;
  data.a_bytes = to_storage(data.a, Storage::f32);
  for (const ElementwiseRung& rung : elementwise_rungs()) {
    const std::vector<float> y = from_storage(run(device, rung, data), Storage::f32);
    for (std::size_t i = 0; i < y.size(); ++i) {
      CHECK(std::isnan(y[i]) == (i == 3));
      CHECK(std::isinf(y[i]) == (i == 17));
    }
  }
}

TEST_CASE("elementwise: what launchers refuse, and what runs") {
  NEED_DEVICE();
  Device device;
  const ElementwiseProblem large{.h = 32768, .w = 32768, .c = 2};
  CHECK_THROWS_WITH(choose_elementwise(large).launch(large, {}, device.stream()),
                    Catch::Contains("a has 2147483648 elements"));
  const ElementwiseProblem cut{.addend = true, .b_h = 65536, .b_w = 32768};
  CHECK_THROWS_WITH(choose_elementwise(cut).launch(cut, {}, device.stream()),
                    Catch::Contains("b has 2147483648 elements"));
  const DeviceArray<float> a(device, std::vector<float>(8));
  CHECK_THROWS_WITH(elementwise_v2_launch({.w = 4}, {.a = a.data() + 1, .y = a.data() + 4}, device.stream()),
                    Catch::Contains("not a multiple of 16"));

  CHECK(choose_elementwise({.h = 5, .w = 7, .c = 3}).name == "elementwise_v2_vectors");
  CHECK(choose_elementwise({.c = 3, .factor = Factor::channel}).name == "elementwise_v1_naive");
  CHECK(choose_elementwise({.c = 12, .factor = Factor::channel, .a = Element::f16, .storage = Storage::f16}).name ==
        "elementwise_v1_naive");
}

TEST_CASE("pad: every rung against the reference, for every size of values") {
  NEED_DEVICE();
  for (const int number : device_numbers()) {
    Device device(number);
    for (const PadCase& c : kPadCases) {
      for (const int value_bytes : {1, 2, 4}) {
        PadProblem problem = c.problem;
        problem.value_bytes = value_bytes;
        std::vector<std::byte> x(static_cast<std::size_t>(problem.n * problem.h * problem.w * problem.c * value_bytes));
        for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<std::byte>(i * 31 % 251);
        const std::vector<std::byte> expected = pad_reference(problem, x);
        const DeviceArray<std::byte> input(device, x);
        for (const PadRung& rung : pad_rungs()) {
          INFO(rung.name << ", " << c.name << ", " << value_bytes << " bytes a value");
          const Poisoned y(device, expected.size());
          rung.launch(problem, {.x = input.data(), .y = y.data()}, device.stream());
          device.synchronise();
          CHECK(y.download() == expected);
        }
      }
    }
  }
}

TEST_CASE("pad: the launcher refuses what 32-bit indices do not reach") {
  NEED_DEVICE();
  Device device;
  const PadProblem problem{.bottom = 65535, .right = 32767, .mode = PadProblem::Mode::edge};
  CHECK_THROWS_WITH(choose_pad(problem).launch(problem, {}, device.stream()),
                    Catch::Contains("y has 2147483648 elements"));
}

// For the counters in kernels/elementwise/README.md: a picture becomes halves, a sum, a gate; a picture is padded.
TEST_CASE("counters: one launch of each rung of elementwise and pad", "[.counters]") {
  NEED_DEVICE();
  Device device;
  for (const ElementwiseProblem& problem :
       {ElementwiseProblem{.h = 1080, .w = 1920, .c = 3, .a = Element::u8, .storage = Storage::f16},
        ElementwiseProblem{
            .h = 270, .w = 480, .c = 128, .addend = true, .b_h = 270, .b_w = 480, .storage = Storage::f32}}) {
    const Data data = make_data(problem, problem.a, problem.storage);
    for (const ElementwiseRung& rung : elementwise_rungs()) static_cast<void>(run(device, rung, data));
  }
  const PadProblem pad{.h = 1077, .w = 1917, .c = 3, .bottom = 3, .right = 3, .value_bytes = 1};
  const DeviceArray<std::byte> x(device, std::vector<std::byte>(1077 * 1917 * 3));
  const Poisoned y(device, 1080 * 1920 * 3);
  for (const PadRung& rung : pad_rungs()) rung.launch(pad, {.x = x.data(), .y = y.data()}, device.stream());
  device.synchronise();
}

}  // namespace impasto::IMPASTO_TARGET
