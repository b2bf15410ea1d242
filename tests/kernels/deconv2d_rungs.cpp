// Every rung of deconv2d against the reference in double, in both storages: no byte outside y is touched, every value
// of y is written, a second run and another order of execution give the same bits.
#include "kernels/deconv2d/deconv2d.h"
#include "tests/cases/deconv2d.h"
#include "tests/rungs.h"

namespace impasto::IMPASTO_TARGET {

namespace {

struct Data {
  Deconv2dProblem problem;
  std::vector<float> x, ckrs, bias;  // as the storage holds them
};

std::size_t outputs(const Deconv2dProblem& d) {
  return static_cast<std::size_t>(d.n) * d.out_h * d.out_w * d.k;
}

Data make_data(const test::Deconv2dCase& c, Storage storage) {
  Data d;
  d.problem = {.n = c.x.n,
               .h = c.x.h,
               .w = c.x.w,
               .c = c.x.c,
               .k = c.op.k,
               .r = c.op.r,
               .s = c.op.s,
               .stride = c.op.stride,
               .crop_top = c.op.crop_top,
               .crop_left = c.op.crop_left,
               .out_h = c.op.out_h,
               .out_w = c.op.out_w,
               .activation = static_cast<Activation>(c.op.activation),
               .storage = storage};
  d.x = random_values(static_cast<std::size_t>(c.x.count()), 1, storage);
  d.ckrs = random_values(static_cast<std::size_t>(c.x.c) * c.op.k * c.op.r * c.op.s, 2, storage);
  if (c.bias) d.bias = test::random_floats(static_cast<std::size_t>(c.op.k), 3);
  return d;
}

// What the sum can be off by: each product and sum rounds to float (2^-24), over the sum of magnitudes.
std::vector<double> tolerances(const Data& d, std::span<const double> y) {
  Deconv2dProblem problem = d.problem;
  problem.activation = Activation::none;
  std::vector<double> limits = deconv2d_reference(problem, magnitudes(d.x), magnitudes(d.ckrs), magnitudes(d.bias));
  const auto most_taps = [&](int size) { return blocks_for(size, problem.stride); };
  const double terms = most_taps(problem.r) * most_taps(problem.s) * problem.c + 8;
  for (std::size_t i = 0; i < limits.size(); ++i) {
    limits[i] *= 2 * terms * 0x1p-24;  // hard_swish is up to 1.5 times as steep
    limits[i] += std::abs(y[i]) * (problem.storage == Storage::f16 ? 0x1p-11 : 0x1p-22);
    limits[i] += problem.storage == Storage::f16 ? 0x1p-25 : 0x1p-149;
  }
  return limits;
}

// Runs the rung into poisoned memory; returns y's bytes.
std::vector<std::byte> run(Device& device, const Deconv2dRung& rung, const Data& d) {
  std::vector<std::byte> packed(deconv2d_weight_bytes(d.problem));
  rung.pack_weights(d.problem, d.ckrs.data(), packed.data());
  const DeviceArray<std::byte> x(device, to_storage(d.x, d.problem.storage));
  const DeviceArray<std::byte> weights(device, packed);
  const DeviceArray<float> bias(device, d.bias);
  const Poisoned y(device, outputs(d.problem) * size_of(d.problem.storage));
  rung.launch(d.problem,
              {.x = x.data(), .weights = weights.data(), .bias = d.bias.empty() ? nullptr : bias.data(), .y = y.data()},
              device.stream());
  device.synchronise();
  return y.download();
}

}  // namespace

TEST_CASE("deconv2d: every rung against the reference") {
  NEED_DEVICE();
  for (const test::Deconv2dCase& c : test::problems(test::kDeconv2dCases)) {
    for (const Storage storage : {Storage::f32, Storage::f16}) {
      const Data data = make_data(c, storage);
      const std::vector<double> expected = deconv2d_reference(data.problem, data.x, data.ckrs, data.bias);
      const std::vector<double> limits = tolerances(data, expected);
      for (const Deconv2dRung& rung : deconv2d_rungs()) {
        if (!rung.supports(data.problem)) continue;
        INFO(rung.name << ", " << c.name << ", " << (storage == Storage::f16 ? "f16" : "f32"));
        std::vector<std::byte> first;
        for (const int number : device_numbers()) {
          Device device(number);
          const std::vector<std::byte> bytes = run(device, rung, data);
          if (first.empty()) first = bytes;
          CHECK(bytes == first);
          CHECK(run(device, rung, data) == first);
        }
        check_close(from_storage(first, storage), expected, limits);
      }
    }
  }
}

TEST_CASE("deconv2d: the rung for channels in eights, in halves, is the one on tensor cores") {
  const Deconv2dProblem up{.h = 9, .w = 9, .c = 128, .k = 64, .r = 3, .s = 3, .stride = 2, .out_h = 18, .out_w = 18};
  Deconv2dProblem half_up = up;
  half_up.storage = Storage::f16;
  Deconv2dProblem mask = half_up;
  mask.k = 1;
  CHECK(choose_deconv2d(up).name == "deconv2d_v2_phases");
  CHECK(choose_deconv2d(half_up).name == "deconv2d_v3_tensor_cores");
  CHECK(choose_deconv2d(mask).name == "deconv2d_v2_phases");
}

TEST_CASE("deconv2d: launchers refuse what they cannot take") {
  NEED_DEVICE();
  Device device;
  const Deconv2dProblem large{.h = 32768, .w = 32768, .c = 2};
  CHECK_THROWS_WITH(choose_deconv2d(large).launch(large, {}, device.stream()),
                    Catch::Contains("x has 2147483648 elements"));
  const Deconv2dProblem up{.c = 8, .k = 8, .storage = Storage::f16};
  const std::vector<std::byte> bytes(64);
  const DeviceArray<std::byte> x(device, bytes);
  CHECK_THROWS_WITH(choose_deconv2d(up).launch(up, {.x = x.data() + 2}, device.stream()),
                    Catch::Contains("not a multiple of 16"));
}

}  // namespace impasto::IMPASTO_TARGET
