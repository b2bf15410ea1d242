// Every rung of instance_norm against the reference in double, in every storage: no byte outside y is touched, every
// value of y is written, a second run and another order of execution give the same bits.
#include "kernels/instance_norm/instance_norm.h"
#include "tests/cases/instance_norm.h"
#include "tests/reference/net_ops.h"
#include "tests/rungs.h"

namespace impasto::IMPASTO_TARGET {

namespace {

struct Data {
  InstanceNormProblem problem;
  std::vector<float> x, gamma, beta, gamma_bias, beta_bias, style, residual;  // as the storage holds them
};

Data make_data(const test::InstanceNormCase& c, Storage storage) {
  Data d;
  d.problem = {.n = c.x.n,
               .h = c.x.h,
               .w = c.x.w,
               .c = c.x.c,
               .styles = c.styles,
               .eps = c.op.eps,
               .activation = static_cast<Activation>(c.op.activation),
               .out_scale = c.op.out_scale,
               .out_offset = c.op.out_offset,
               .storage = storage,
               .to_float = c.op.to_float};
  const auto values = static_cast<std::size_t>(c.x.count());
  const auto parameters = static_cast<std::size_t>(std::max(1, c.styles) * c.x.c);
  d.x = test::random_floats(values, 1);
  for (float& v : d.x) v = v * c.spread + c.offset;
  d.x = from_storage(to_storage(d.x, storage), storage);
  d.gamma = test::random_floats(parameters, 2);
  d.beta = test::random_floats(parameters, 3);
  d.style = test::random_floats(static_cast<std::size_t>(c.styles), 4);
  if (c.biases) {
    d.gamma_bias = test::random_floats(static_cast<std::size_t>(c.x.c), 6);
    d.beta_bias = test::random_floats(static_cast<std::size_t>(c.x.c), 7);
  }
  if (c.residual) d.residual = random_values(values, 5, storage);
  return d;
}

std::vector<double> expected_values(const Data& d) {
  return instance_norm_reference(d.problem, d.x, d.gamma, d.beta, d.style, d.residual, d.gamma_bias, d.beta_bias);
}

// What y can be off by: a few roundings to float (2^-24) of x - mean, whose mean is a float, of the mixed gamma and
// beta, and of what follows.
std::vector<double> tolerances(const Data& d, std::span<const double> y) {
  const InstanceNormProblem& p = d.problem;
  const auto channels = static_cast<std::size_t>(p.c);
  reference::Tensor x{{p.n, p.h, p.w, p.c}};
  x.values.assign(d.x.begin(), d.x.end());
  const reference::Statistics statistics = reference::statistics(x);
  std::vector<double> gamma(channels);  // of magnitudes
  std::vector<double> beta(channels);
  for (std::size_t i = 0; i < d.gamma.size(); ++i) {
    const double share = p.styles == 0 ? 1 : std::abs(static_cast<double>(d.style[i / channels]));
    gamma[i % channels] += share * std::abs(static_cast<double>(d.gamma[i]));
    beta[i % channels] += share * std::abs(static_cast<double>(d.beta[i]));
  }
  for (std::size_t i = 0; i < d.gamma_bias.size(); ++i) {
    gamma[i] += std::abs(static_cast<double>(d.gamma_bias[i]));
    beta[i] += std::abs(static_cast<double>(d.beta_bias[i]));
  }
  std::vector<double> limits(y.size());
  for (std::size_t i = 0; i < y.size(); ++i) {
    const std::size_t c = i % channels;
    const std::size_t k = i / (channels * static_cast<std::size_t>(p.pixels())) * channels + c;
    const double scale = gamma[c] / std::sqrt(statistics.variance[k] + static_cast<double>(p.eps));
    const double inner =
        (std::abs(x.values[i] - statistics.mean[k]) + std::abs(statistics.mean[k])) * scale + beta[c] + 1;
    const double outer = inner * 1.5 * static_cast<double>(p.out_scale) + std::abs(static_cast<double>(p.out_offset));
    limits[i] = (8 + p.styles) * 0x1p-24 * (outer + std::abs(y[i]));
    limits[i] += std::abs(y[i]) * (p.y_storage() == Storage::f16 ? 0x1p-11 : 0x1p-24);
    limits[i] += p.y_storage() == Storage::f16 ? 0x1p-25 : 0x1p-149;
  }
  return limits;
}

// What a launch has to do with, in device memory.
class Memory {
 public:
  Memory(Device& device, const Data& d, std::size_t workspace_bytes)
      : has_style_(!d.style.empty()),
        has_biases_(!d.gamma_bias.empty()),
        has_residual_(!d.residual.empty()),
        x_(device, to_storage(d.x, d.problem.storage)),
        gamma_(device, d.gamma),
        beta_(device, d.beta),
        gamma_bias_(device, d.gamma_bias),
        beta_bias_(device, d.beta_bias),
        style_(device, d.style),
        residual_(device, to_storage(d.residual, d.problem.storage)),
        y_(device, d.x.size() * size_of(d.problem.y_storage())),
        workspace_(device, workspace_bytes) {}

  [[nodiscard]] InstanceNormArgs args() const {
    return {.x = x_.data(),
            .parameters = {.gamma = gamma_.data(),
                           .beta = beta_.data(),
                           .gamma_bias = has_biases_ ? gamma_bias_.data() : nullptr,
                           .beta_bias = has_biases_ ? beta_bias_.data() : nullptr,
                           .style = has_style_ ? style_.data() : nullptr},
            .residual = has_residual_ ? residual_.data() : nullptr,
            .y = y_.data(),
            .workspace = workspace_.data()};
  }
  [[nodiscard]] std::vector<std::byte> y() const {
    static_cast<void>(workspace_.download());
    return y_.download();
  }

 private:
  bool has_style_, has_biases_, has_residual_;
  DeviceArray<std::byte> x_;
  DeviceArray<float> gamma_, beta_, gamma_bias_, beta_bias_, style_;
  DeviceArray<std::byte> residual_;
  Poisoned y_, workspace_;
};

std::vector<std::byte> run(Device& device, const InstanceNormRung& rung, const Data& d) {
  const Memory memory(device, d, rung.workspace_bytes(d.problem));
  rung.launch(d.problem, memory.args(), device.stream());
  device.synchronise();
  return memory.y();
}

}  // namespace

TEST_CASE("instance_norm: every rung against the reference, in any order of execution") {
  NEED_DEVICE();
  for (const test::InstanceNormCase& c : problems(test::kInstanceNormCases)) {
    for (const Storage storage : {Storage::f32, Storage::f16}) {
      const Data data = make_data(c, storage);
      const std::vector<double> expected = expected_values(data);
      const std::vector<double> limits = tolerances(data, expected);
      for (const InstanceNormRung& rung : instance_norm_rungs()) {
        if (!rung.supports(data.problem)) continue;
        INFO(rung.name << ", " << c.name << ", " << (storage == Storage::f16 ? "f16" : "f32"));
        std::vector<std::byte> first;
        for (const int number : device_numbers()) {
          Device device(number);
          const std::vector<std::byte> bytes = run(device, rung, data);
          if (first.empty()) {
            first = bytes;
            check_close(from_storage(bytes, data.problem.y_storage()), expected, limits);
            CHECK(run(device, rung, data) == bytes);
          }
          CHECK(bytes == first);
        }
      }
    }
  }
}

TEST_CASE("instance_norm: moments that came from elsewhere are merged and applied") {
  NEED_DEVICE();
  Device device;
  for (const Storage storage : {Storage::f32, Storage::f16}) {
    for (const test::InstanceNormCase& c : problems(test::kInstanceNormCases)) {
      const Data data = make_data(c, storage);
      const InstanceNormProblem& p = data.problem;
      INFO(c.name << ", " << (storage == Storage::f16 ? "f16" : "f32"));
      // Parts of 100 pixels, which divide no picture of the list, in double.
      const int part_pixels = 100;
      const int part_count = blocks_for(p.pixels(), part_pixels);
      std::vector<Moments> moments;
      for (int n = 0; n < p.n; ++n) {
        for (int part = 0; part < part_count; ++part) {
          for (int channel = 0; channel < p.c; ++channel) {
            std::vector<double> values;
            for (int pixel = part * part_pixels; pixel < std::min((part + 1) * part_pixels, p.pixels()); ++pixel) {
              const int i = (n * p.pixels() + pixel) * p.c + channel;
              values.push_back(static_cast<double>(data.x[static_cast<std::size_t>(i)]));
            }
            double mean = 0;
            double m2 = 0;
            for (const double v : values) mean += v / static_cast<double>(values.size());
            for (const double v : values) m2 += (v - mean) * (v - mean);
            moments.push_back({static_cast<float>(mean), static_cast<float>(m2)});
          }
        }
      }
      const DeviceArray<Moments> parts(device, moments);
      const Poisoned terms(device, static_cast<std::size_t>(p.n * p.c) * sizeof(NormTerms));
      const Memory memory(device, data, 0);
      auto* to = reinterpret_cast<NormTerms*>(terms.data());
      instance_norm_merge(p, {parts.data(), part_pixels, part_count}, memory.args(), to, device.stream());
      instance_norm_apply(p, to, memory.args(), device.stream());
      device.synchronise();
      static_cast<void>(terms.download());
      const std::vector<double> expected = expected_values(data);
      check_close(from_storage(memory.y(), p.y_storage()), expected, tolerances(data, expected));
    }
  }
}

TEST_CASE("instance_norm: the last frame's statistics count, unless it is forgotten") {
  NEED_DEVICE();
  for (const test::InstanceNormCase& c : problems(test::kInstanceNormCases)) {
    if (c.x.n != 1 || c.x.count() > 200000) continue;
    for (const Storage storage : {Storage::f32, Storage::f16}) {
      Data data = make_data(c, storage);
      data.problem.memory = 0.625F;
      std::vector<NormStatistics> before(static_cast<std::size_t>(c.x.c));
      for (std::size_t i = 0; i < before.size(); ++i) {
        before[i] = {c.offset + 0.25F * static_cast<float>(i % 5), 0.5F + static_cast<float>(i % 3)};
      }
      for (const float moment : {1.0F, 0.0F}) {
        std::vector<NormStatistics> after = before;
        const std::vector<double> expected =
            moment == 0 ? expected_values(data)
                        : instance_norm_reference(data.problem, data.x, data.gamma, data.beta, data.style,
                                                  data.residual, data.gamma_bias, data.beta_bias, after);
        for (const InstanceNormRung& rung : instance_norm_rungs()) {
          if (!rung.supports(data.problem)) continue;
          INFO(rung.name << ", " << c.name << ", " << (storage == Storage::f16 ? "f16" : "f32") << ", " << moment);
          Device device;
          const Memory memory(device, data, rung.workspace_bytes(data.problem));
          const DeviceArray<NormStatistics> last(device, before);
          const DeviceArray<float> moments(device, std::vector<float>{moment});
          InstanceNormArgs args = memory.args();
          args.memory = {last.data(), moments.data()};
          rung.launch(data.problem, args, device.stream());
          device.synchronise();
          // Statistics that do not fit the picture make values large: the limits grow with them.
          std::vector<double> limits = tolerances(data, expected);
          for (std::size_t i = 0; i < limits.size(); ++i)
            limits[i] = 4 * limits[i] + 1e-5 * (1 + std::abs(expected[i]));
          check_close(from_storage(memory.y(), data.problem.y_storage()), expected, limits);
          if (moment == 0) continue;
          const std::vector<NormStatistics> left = last.download();
          for (std::size_t i = 0; i < left.size(); ++i) {
            CHECK(left[i].mean == Approx(after[i].mean).margin(1e-4));
            CHECK(left[i].variance == Approx(after[i].variance).epsilon(1e-4).margin(1e-6));
          }
        }
      }
    }
  }
}

TEST_CASE("instance_norm: a flat picture becomes beta exactly") {
  NEED_DEVICE();
  Device device;
  for (const InstanceNormRung& rung : instance_norm_rungs()) {
    for (const float value : {0.1F, 1000.0F, 65504.0F}) {
      Data data = make_data({"flat", {1, 67, 71, 8}, {}, false, 0, value, 0}, Storage::f16);
      if (rung.supports(data.problem)) {
        INFO(rung.name << ", " << value);
        data.beta = random_values(8, 6, Storage::f16);
        const std::vector<float> y = from_storage(run(device, rung, data), Storage::f16);
        for (std::size_t i = 0; i < y.size(); ++i) REQUIRE(y[i] == data.beta[i % 8]);
      }
    }
  }
}

TEST_CASE("instance_norm: the launchers refuse what they do not reach") {
  NEED_DEVICE();
  Device device;
  const InstanceNormProblem large{.n = 1, .h = 32768, .w = 32768, .c = 2};
  for (const InstanceNormRung& rung : instance_norm_rungs()) {
    CHECK_THROWS_WITH(rung.launch(large, {}, device.stream()), Catch::Contains("x has 2147483648 elements"));
  }
  const InstanceNormProblem eight{.n = 1, .h = 96, .w = 96, .c = 8, .storage = Storage::f16};
  const DeviceArray<std::byte> memory(device, std::vector<std::byte>(64));
  CHECK_THROWS_WITH(choose_instance_norm(eight).launch(eight, {.x = memory.data() + 8}, device.stream()),
                    Catch::Contains("instance_norm_v3_vectors") && Catch::Contains("not a multiple of 16"));
}

}  // namespace impasto::IMPASTO_TARGET
