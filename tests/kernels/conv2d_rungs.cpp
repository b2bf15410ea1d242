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

  [[nodiscard]] std::size_t outputs() const {
    return static_cast<std::size_t>(problem.n) * problem.p() * problem.q() * problem.k;
  }
};

// What a case's problem is besides.
struct Fusion {
  std::string_view name;
  int upsample = 1;
  bool moments_out = false;
};

Data make_data(const test::Conv2dCase& c, Storage storage, const Fusion& fusion = {}) {
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
               .upsample = fusion.upsample,
               .activation = static_cast<Activation>(c.op.activation),
               .moments_out = fusion.moments_out,
               .scale = c.op.weight_scale,
               .storage = storage,
               .u8_input = c.u8};
  d.x = random_values(static_cast<std::size_t>(c.x.count()), 1, storage);
  for (float& v : d.x) v = c.u8 ? std::round((v + 1) * 127.5F) : v;
  d.kcrs = random_values(static_cast<std::size_t>(c.op.k) * d.problem.group_c() * c.op.r * c.op.s, 2, storage);
  if (c.bias) d.bias = test::random_floats(static_cast<std::size_t>(c.op.k), 3);
  if (c.residual) d.residual = random_values(d.outputs(), 4, storage);
  return d;
}

// What the sum can be off by: each product and sum rounds to float (2^-24), over the sum of magnitudes.
std::vector<double> tolerances(const Data& d, std::span<const double> y) {
  Conv2dProblem problem = d.problem;
  problem.activation = Activation::none;
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

// The parts whose moments v6 makes.
int parts(const Conv2dProblem& d) {
  return blocks_for(d.p() * d.q(), kConv2dPartPixels);
}

// Runs the rung into poisoned memory; returns y's bytes and then the moments'.
std::vector<std::byte> run(Device& device, const Conv2dRung& rung, const Data& d) {
  const Storage storage = d.problem.storage;
  std::vector<std::byte> packed(rung.weight_bytes(d.problem));
  rung.pack_weights(d.problem, d.kcrs.data(), packed.data());
  std::vector<std::byte> stored_x = to_storage(d.x, storage);
  if (d.problem.u8_input) {
    stored_x.resize(d.x.size());
    std::transform(d.x.begin(), d.x.end(), stored_x.begin(), [](float v) { return static_cast<std::byte>(v); });
  }
  const DeviceArray<std::byte> x(device, stored_x);
  const DeviceArray<std::byte> weights(device, packed);
  const DeviceArray<float> bias(device, d.bias);
  const DeviceArray<std::byte> residual(device, to_storage(d.residual, storage));
  const Poisoned y(device, d.outputs() * size_of(storage));
  const Poisoned moments(device, d.problem.moments_out ? sizeof(Moments) * parts(d.problem) * d.problem.k : 0);
  const Poisoned workspace(device, rung.workspace_bytes(d.problem));
  rung.launch(d.problem,
              {.x = x.data(),
               .weights = weights.data(),
               .bias = d.bias.empty() ? nullptr : bias.data(),
               .residual = d.residual.empty() ? nullptr : residual.data(),
               .y = y.data(),
               .moments = reinterpret_cast<Moments*>(moments.data()),
               .workspace = workspace.data()},
              device.stream());
  device.synchronise();
  static_cast<void>(workspace.download());
  std::vector<std::byte> bytes = y.download();
  const std::vector<std::byte> more = moments.download();
  bytes.insert(bytes.end(), more.begin(), more.end());
  return bytes;
}

// The moments of each part of y's values, as stored: the mean within its rounding, m2 within that of its sum.
void check_moments(const Conv2dProblem& d, std::span<const float> y, std::span<const float> moments) {
  std::vector<double> expected, limits;
  for (int part = 0; part < parts(d); ++part) {
    const int first = part * kConv2dPartPixels;
    const int end = std::min(first + kConv2dPartPixels, d.p() * d.q());
    for (int k = 0; k < d.k; ++k) {
      double mean = 0, m2 = 0, most = 0;
      for (int m = first; m < end; ++m)
        mean += static_cast<double>(y[static_cast<std::size_t>(m) * d.k + k]) / (end - first);
      for (int m = first; m < end; ++m) {
        const auto value = static_cast<double>(y[static_cast<std::size_t>(m) * d.k + k]);
        m2 += (value - mean) * (value - mean);
        most = std::max(most, std::abs(value));
      }
      const double of_mean = 64 * 0x1p-24 * most;
      expected.insert(expected.end(), {mean, m2});
      limits.insert(limits.end(),
                    {of_mean, 64 * 0x1p-22 * m2 + 4 * of_mean * std::sqrt(64 * m2) + 64 * of_mean * of_mean});
    }
  }
  check_close(moments, expected, limits);
}

// Every rung that supports it and whose name begins so, on each device, where `twice` two times.
void check(std::span<const int> devices, const test::Conv2dCase& c, const Fusion& fusion, std::string_view rungs,
           bool twice) {
  for (const Storage storage : {Storage::f32, Storage::f16}) {
    const Data data = make_data(c, storage, fusion);
    const std::vector<double> expected = conv2d_reference(data.problem, data.x, data.kcrs, data.bias, data.residual);
    const std::vector<double> limits = tolerances(data, expected);
    const std::size_t y_bytes = data.outputs() * size_of(storage);
    for (const Conv2dRung& rung : conv2d_rungs()) {
      if (!rung.supports(data.problem) || !rung.name.starts_with(rungs)) continue;
      INFO(rung.name << ", " << c.name << ", " << fusion.name << ", " << (storage == Storage::f16 ? "f16" : "f32"));
      for (const int number : devices) {
        Device device(number);
        const std::vector<std::byte> bytes = run(device, rung, data);
        const auto all = std::span(bytes);
        const std::vector<float> y = from_storage(all.first(y_bytes), storage);
        check_close(y, expected, limits);
        if (fusion.moments_out) check_moments(data.problem, y, from_storage(all.subspan(y_bytes), Storage::f32));
        if (twice) CHECK(run(device, rung, data) == bytes);
      }
    }
  }
}

}  // namespace

TEST_CASE("conv2d: every rung against the reference") {
  NEED_DEVICE();
  for (const test::Conv2dCase& c : problems(test::kConv2dCases)) check(device_numbers(), c, {}, "", true);
}

TEST_CASE("conv2d: enlarged and measured on the way") {
  NEED_DEVICE();
  const Fusion fusions[] = {
      {.name = "upsample", .upsample = 2},
      {.name = "moments", .moments_out = true},
      {.name = "both", .upsample = 2, .moments_out = true},
  };
  const std::vector<int> first{device_numbers().front()};
  for (const test::Conv2dCase& c : problems(test::kConv2dCases)) {
    for (const Fusion& fusion : fusions) check(first, c, fusion, "", false);
  }
}

TEST_CASE("conv2d: the large tiles of v5 and v6") {
  NEED_DEVICE();
  if (test::kEvery > 1) SKIP_CASE("ThreadSanitizer has seen the small tiles, and takes minutes for these");
  const test::Conv2dCase cases[] = {
      {"128 x 128", {1, 113, 145, 8}, {.k = 72, .r = 2, .pad_top = 1}},
      {"128 x 64", {1, 113, 145, 8}, {.k = 40, .s = 2, .pad_right = 1}, true, true},
      {"256 x 32", {1, 181, 181, 40}, {.k = 24}},
  };
  const Fusion moments{.name = "moments", .moments_out = true};
  const std::vector<int> first{device_numbers().front()};
  for (const test::Conv2dCase& c : cases) {
    check(first, c, {}, "conv2d_v5", false);
    check(first, c, moments, "conv2d_v6", false);
  }
}

TEST_CASE("conv2d: the order of execution does not change a bit") {
  NEED_DEVICE();
  if (device_numbers().size() == 1) SKIP_CASE("this device has but one order");
  for (const Conv2dRung& rung : conv2d_rungs()) {
    INFO(rung.name);
    Data data;  // the largest that the rung takes
    for (const test::Conv2dCase& c : test::kConv2dCases) {
      Data other = make_data(c, Storage::f16);
      if (rung.supports(other.problem) && other.x.size() > data.x.size()) data = std::move(other);
    }
    data.problem.moments_out = rung.name == "conv2d_v6_fused";
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
