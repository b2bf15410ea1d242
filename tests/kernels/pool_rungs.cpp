// Every rung of max_pool, global_average and softmax against the references in double, in both storages: no byte
// outside y is touched, every value of y is written, a second run and another order of execution give the same bits.
#include "kernels/pool/global_average.h"
#include "kernels/pool/max_pool.h"
#include "kernels/softmax/softmax.h"
#include "tests/cases/maps.h"
#include "tests/cases/pool.h"
#include "tests/rungs.h"

namespace impasto::IMPASTO_TARGET {

namespace {

// Runs each rung that takes the problem, in several orders. `limit`: of an expected value.
template <typename Rungs, typename Problem, typename Args, typename Limit>
void check_rungs(const Rungs& rungs, const Problem& problem, const std::vector<float>& values, Storage y_storage,
                 const std::vector<double>& expected, const Limit& limit, const Args& bind) {
  std::vector<double> limits;
  for (const double value : expected) limits.push_back(limit(value));
  for (const auto& rung : rungs) {
    if (!rung.supports(problem)) continue;
    INFO(rung.name << ", " << (problem.storage == Storage::f16 ? "f16" : "f32"));
    std::vector<std::byte> first;
    for (const int number : device_numbers()) {
      Device device(number);
      const DeviceArray<std::byte> x(device, to_storage(values, problem.storage));
      for (int run = first.empty() ? 0 : 1; run < 2; ++run) {
        const Poisoned y(device, expected.size() * size_of(y_storage));
        const Poisoned workspace(device, rung.workspace_bytes(problem));
        rung.launch(problem, bind(x.data(), y.data(), workspace.data()), device.stream());
        device.synchronise();
        static_cast<void>(workspace.download());
        const std::vector<std::byte> bytes = y.download();
        if (first.empty()) {
          first = bytes;
          check_close(from_storage(bytes, y_storage), expected, limits);
        }
        CHECK(bytes == first);
      }
    }
  }
}

double storage_limit(Storage storage, double value) {
  return storage == Storage::f16 ? 0x1p-11 * std::abs(value) + 0x1p-25 : 0x1p-24 * std::abs(value);
}

MaxPoolProblem problem_of(const test::MaxPoolCase& c, Storage storage) {
  return {.n = c.x.n,
          .h = c.x.h,
          .w = c.x.w,
          .c = c.x.c,
          .r = c.op.r,
          .s = c.op.s,
          .stride = c.op.stride,
          .pad = c.op.pad,
          .ceil_mode = c.op.ceil_mode,
          .storage = storage};
}

void check_max_pool(const MaxPoolProblem& problem, const std::vector<float>& x, const std::vector<double>& expected) {
  check_rungs(
      max_pool_rungs(), problem, x, problem.storage, expected, [](double) { return 0.0; },
      [](const std::byte* from, std::byte* to, std::byte* /*workspace*/) { return MaxPoolArgs{.x = from, .y = to}; });
}

}  // namespace

TEST_CASE("max_pool: every rung finds the largest values") {
  NEED_DEVICE();
  for (const test::MaxPoolCase& c : test::problems(test::kMaxPoolCases)) {
    for (const Storage storage : {Storage::f32, Storage::f16}) {
      const MaxPoolProblem problem = problem_of(c, storage);
      CAPTURE(to_string(c.x), c.op.r, c.op.s, c.op.stride, c.op.pad, c.op.ceil_mode);
      std::vector<float> x = random_values(static_cast<std::size_t>(c.x.count()), 1, storage);
      for (float& v : x) v -= 2;  // a padding that counted as 0 would win
      x = from_storage(to_storage(x, storage), storage);
      check_max_pool(problem, x, max_pool_reference(problem, x));
    }
  }
}

TEST_CASE("max_pool: NaN and infinities come through") {
  NEED_DEVICE();
  Device device;
  const MaxPoolProblem problem{.h = 2, .w = 8, .c = 8, .storage = Storage::f16};
  const float inf = std::numeric_limits<float>::infinity();
  const float nan = std::nanf("");
  std::vector<float> x(static_cast<std::size_t>(2 * 8 * 8), -inf);  // the first window
  const auto put = [&](int h, int w, float value) {
    std::fill_n(&x[static_cast<std::size_t>((h * 8 + w) * 8)], 8, value);
  };
  put(0, 2, nan);
  put(1, 3, 1);
  put(0, 4, 1);
  put(1, 5, nan);
  put(1, 6, inf);
  const std::vector<double> expected = max_pool_reference(problem, x);
  for (const MaxPoolRung& rung : max_pool_rungs()) {
    const DeviceArray<std::byte> in(device, to_storage(x, problem.storage));
    const Poisoned out(device, expected.size() * 2);
    rung.launch(problem, {.x = in.data(), .y = out.data()}, device.stream());
    device.synchronise();
    const std::vector<float> y = from_storage(out.download(), problem.storage);
    for (std::size_t i = 0; i < y.size(); ++i) {
      INFO(rung.name << ", value " << i << ": " << y[i]);
      CHECK((std::isnan(expected[i]) ? std::isnan(y[i]) : static_cast<double>(y[i]) == expected[i]));
      CHECK(std::isnan(y[i]) == (i / 8 == 1 || i / 8 == 2));
    }
  }
}

TEST_CASE("global_average: every rung against the reference") {
  NEED_DEVICE();
  std::vector<Shape> shapes(std::begin(test::kMapShapes), std::end(test::kMapShapes));
  shapes.push_back({2, 37, 41, 40});
  for (const Shape& shape : shapes) {
    for (const Storage storage : {Storage::f32, Storage::f16}) {
      CAPTURE(to_string(shape));
      const GlobalAverageProblem problem{.n = shape.n, .h = shape.h, .w = shape.w, .c = shape.c, .storage = storage};
      std::vector<float> x = random_values(static_cast<std::size_t>(shape.count()), 2, storage);
      for (float& v : x) v += 100;
      x = from_storage(to_storage(x, storage), storage);
      // A thread adds up to 64 values one by one, which may round all one way, and a block the threads' sums as a tree.
      check_rungs(
          global_average_rungs(), problem, x, storage, global_average_reference(problem, x),
          [&](double value) { return 80 * 0x1p-24 * std::abs(value) + storage_limit(storage, value); },
          [](const std::byte* from, std::byte* to, std::byte* workspace) {
            return GlobalAverageArgs{.x = from, .y = to, .workspace = workspace};
          });
    }
  }
}

TEST_CASE("softmax: every rung against the reference") {
  NEED_DEVICE();
  for (const Shape& shape : test::problems(test::kMapShapes)) {
    for (const Storage storage : {Storage::f32, Storage::f16}) {
      CAPTURE(to_string(shape));
      for (const auto& [classes, channel] : {std::pair{2, 1}, {2, 0}, {3, 2}, {21, 15}}) {
        CAPTURE(classes, channel);
        const SoftmaxProblem problem{
            .n = shape.n, .h = shape.h, .w = shape.w, .c = classes, .channel = channel, .storage = storage};
        std::vector<float> x =
            random_values(static_cast<std::size_t>(shape.n * shape.h * shape.w * classes), 3, storage);
        const auto seven_pixels = static_cast<std::size_t>(7 * classes);
        for (std::size_t i = 0; i < x.size(); ++i) {
          x[i] *= i % seven_pixels < static_cast<std::size_t>(classes) ? 200.0F : 4.0F;  // exp overflows
        }
        x = from_storage(to_storage(x, storage), storage);
        check_rungs(
            softmax_rungs(), problem, x, Storage::f32, softmax_reference(problem, x),
            [terms = classes](double value) {
              return 400 * 0x1p-24 * value * (1 - value) + terms * 0x1p-23 * value + 0x1p-126;
            },
            [](const std::byte* from, std::byte* to, std::byte* /*workspace*/) {
              return SoftmaxArgs{.x = from, .y = reinterpret_cast<float*>(to)};
            });
      }
    }
  }
}

TEST_CASE("pool, softmax: the launchers refuse what they do not reach") {
  NEED_DEVICE();
  Device device;
  const auto large = Catch::Contains("x has 2147483648 elements");
  for (const MaxPoolRung& rung : max_pool_rungs()) {
    CHECK_THROWS_WITH(rung.launch({.h = 32768, .w = 32768, .c = 2}, {}, device.stream()), large);
  }
  for (const GlobalAverageRung& rung : global_average_rungs()) {
    CHECK_THROWS_WITH(rung.launch({.h = 32768, .w = 32768, .c = 2}, {}, device.stream()), large);
  }
  for (const SoftmaxRung& rung : softmax_rungs()) {
    CHECK_THROWS_WITH(rung.launch({.h = 32768, .w = 32768}, {}, device.stream()), large);
  }
  const auto unaligned = Catch::Contains("not a multiple of 16");
  const DeviceArray<std::byte> memory(device, std::vector<std::byte>(64));
  const MaxPoolProblem pool{.h = 2, .w = 2, .c = 8, .storage = Storage::f16};
  CHECK_THROWS_WITH(choose_max_pool(pool).launch(pool, {.x = memory.data() + 8}, device.stream()), unaligned);
  const SoftmaxProblem softmax{.h = 2, .w = 2, .storage = Storage::f16};
  CHECK_THROWS_WITH(choose_softmax(softmax).launch(softmax, {.x = memory.data() + 8}, device.stream()), unaligned);
}

}  // namespace impasto::IMPASTO_TARGET
