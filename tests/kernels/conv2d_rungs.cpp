// Every rung of conv2d against the reference in double, in both storages: no byte outside y is touched, every value of
// y is written, a second run and another order of execution give the same bits.
#include "kernels/conv2d/conv2d.h"
#include "tests/cases/conv2d.h"
#include "tests/rungs.h"

namespace impasto::IMPASTO_TARGET {

namespace {

struct Data {
  Conv2dProblem problem;
  std::vector<float> x, kcrs, bias, residual;  // as the storage holds them
};

Data make_data(const test::Conv2dCase& c, Storage storage) {
  Data d;
  d.problem = {.n = c.x.n,
               .h = c.x.h,
               .w = c.x.w,
               .c = c.x.c,
               .k = c.op.k,
               .r = c.op.r,
               .s = c.op.s,
               .stride = c.op.stride,
               .pad_top = c.op.pad_top,
               .pad_left = c.op.pad_left,
               .pad_bottom = c.op.pad_bottom,
               .pad_right = c.op.pad_right,
               .pad_mode = static_cast<PadMode>(c.op.pad_mode),
               .groups = c.op.groups,
               .activation = static_cast<Activation>(c.op.activation),
               .scale = c.op.weight_scale,
               .storage = storage};
  const auto outputs = static_cast<std::size_t>(c.x.n) * d.problem.p() * d.problem.q() * c.op.k;
  d.x = random_values(static_cast<std::size_t>(c.x.count()), 1, storage);
  d.kcrs = random_values(static_cast<std::size_t>(c.op.k) * d.problem.group_c() * c.op.r * c.op.s, 2, storage);
  if (c.bias) d.bias = test::random_floats(static_cast<std::size_t>(c.op.k), 3);
  if (c.residual) d.residual = random_values(outputs, 4, storage);
  return d;
}

// What the sum can be off by: each product and sum rounds to float (2^-24), over the sum of magnitudes.
std::vector<double> tolerances(const Data& d, std::span<const double> y) {
  Conv2dProblem problem = d.problem;
  problem.activation = Activation::none;
  const auto magnitudes = [](std::vector<float> v) {
    for (float& x : v) x = std::abs(x);
    return v;
  };
  std::vector<double> limits =
      conv2d_reference(problem, magnitudes(d.x), magnitudes(d.kcrs), magnitudes(d.bias), magnitudes(d.residual));
  const double terms = problem.group_c() * problem.r * problem.s + 8;
  for (std::size_t i = 0; i < limits.size(); ++i) {
    limits[i] *= 2 * terms * 0x1p-24;  // hard_swish is up to 1.5 times as steep
    limits[i] += std::abs(y[i]) * (problem.storage == Storage::f16 ? 0x1p-11 : 0x1p-22);
    limits[i] += problem.storage == Storage::f16 ? 0x1p-25 : 0x1p-149;
  }
  return limits;
}

// Runs the rung into poisoned memory; returns y's bytes.
std::vector<std::byte> run(Device& device, const Conv2dRung& rung, const Data& d) {
  const Storage storage = d.problem.storage;
  std::vector<std::byte> packed(rung.weight_bytes(d.problem));
  rung.pack_weights(d.problem, d.kcrs.data(), packed.data());
  const DeviceArray<std::byte> x(device, to_storage(d.x, storage));
  const DeviceArray<std::byte> weights(device, packed);
  const DeviceArray<float> bias(device, d.bias);
  const DeviceArray<std::byte> residual(device, to_storage(d.residual, storage));
  const Poisoned y(
      device, static_cast<std::size_t>(d.problem.n) * d.problem.p() * d.problem.q() * d.problem.k * size_of(storage));
  const Poisoned workspace(device, rung.workspace_bytes(d.problem));
  rung.launch(d.problem,
              {.x = x.data(),
               .weights = weights.data(),
               .bias = d.bias.empty() ? nullptr : bias.data(),
               .residual = d.residual.empty() ? nullptr : residual.data(),
               .y = y.data(),
               .workspace = workspace.data()},
              device.stream());
  device.synchronise();
  static_cast<void>(workspace.download());
  return y.download();
}

}  // namespace

TEST_CASE("conv2d: every rung against the reference") {
  NEED_DEVICE();
  for (const int number : device_numbers()) {
    Device device(number);
    for (const Conv2dRung& rung : conv2d_rungs()) {
      for (const test::Conv2dCase& c : test::kConv2dCases) {
        for (const Storage storage : {Storage::f32, Storage::f16}) {
          const Data data = make_data(c, storage);
          if (!rung.supports(data.problem)) continue;
          INFO(rung.name << ", " << c.name << ", " << (storage == Storage::f16 ? "f16" : "f32"));
          const std::vector<double> expected =
              conv2d_reference(data.problem, data.x, data.kcrs, data.bias, data.residual);
          const std::vector<double> limits = tolerances(data, expected);
          const std::vector<std::byte> bytes = run(device, rung, data);
          const std::vector<float> y = from_storage(bytes, storage);
          check_close(y, expected, limits);
          CHECK(run(device, rung, data) == bytes);
        }
      }
    }
  }
}

TEST_CASE("conv2d: the order of execution does not change a bit") {
  NEED_DEVICE();
  for (const Conv2dRung& rung : conv2d_rungs()) {
    INFO(rung.name);
    Data data;  // the largest that the rung takes
    for (const test::Conv2dCase& c : test::kConv2dCases) {
      Data other = make_data(c, Storage::f16);
      if (rung.supports(other.problem) && other.x.size() > data.x.size()) data = std::move(other);
    }
    Device first(device_numbers().front());
    const std::vector<std::byte> expected = run(first, rung, data);
    for (const int number : device_numbers()) {
      Device device(number);
      CHECK(run(device, rung, data) == expected);
    }
  }
}

TEST_CASE("conv2d: the launcher refuses tensors that 32-bit indices do not reach") {
  NEED_DEVICE();
  Device device;
  const Conv2dProblem problem{.n = 1, .h = 32768, .w = 32768, .c = 2, .k = 1};
  CHECK_THROWS_WITH(choose_conv2d(problem).launch(problem, {}, device.stream()),
                    Catch::Contains("x has 2147483648 elements"));
}

}  // namespace impasto::IMPASTO_TARGET
