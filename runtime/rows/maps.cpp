// The ops on maps that have no weights; each row of the output is made by itself.
#include "runtime/rows/kernels.h"
#include "runtime/rows/linear_axis.h"
#include "runtime/rows/rows.h"

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>

namespace impasto::cpu {
namespace {

// Calls body(binding, n, y) for each row of `rows`; the body writes what of the output comes from it.
template <typename Body>
std::unique_ptr<Kernel> by_rows(const Shape& rows, Body body, std::size_t workspace_bytes = 0) {
  const auto run = [rows, body = std::move(body)](const Binding& binding) {
    for_rows(rows, [&](int n, int y) { body(binding, n, y); });
  };
  return kernel_of(simd_name(), run, workspace_bytes);
}

}  // namespace

std::unique_ptr<Kernel> make_nearest(const Build& build, const Node& node) {
  const auto row = [in = build.in(node), out = build.out(node)](const Binding& b, int n, int y) {
    const int times_h = out.shape.h / in.shape.h;
    const auto times_w = static_cast<std::size_t>(out.shape.w / in.shape.w);
    const std::size_t pixel = in.pixel_bytes();
    std::byte* first = out.row(b.outputs[0], n, y * times_h);
    for (std::size_t i = 0; i < times_w; ++i) {
      copy_runs(first + i * pixel, times_w * pixel, in.row(b.inputs[0], n, y), pixel, pixel, in.shape.w);
    }
    for (int i = y * times_h; i < (y + 1) * times_h; ++i) {
      std::byte* copy = out.row(b.outputs[0], n, i);
      if (copy != first) std::memcpy(copy, first, static_cast<std::size_t>(out.shape.w) * pixel);
      out.finish_row(b.outputs[0], n, i);
    }
  };
  const Shape& out = build.out(node).shape;
  return by_rows({out.n, build.in(node).shape.h, out.w, out.c}, row);
}

std::unique_ptr<Kernel> make_bilinear(const Build& build, const Node& node) {
  const Layout& in = build.in(node);
  const Layout& out = build.out(node);
  const LinearAxis across = linear_axis(in.shape.w, out.shape.w);
  const auto c = static_cast<std::size_t>(in.shape.c);
  std::vector<ColumnBlend> columns;
  for (std::size_t x = 0; x < across.weight.size(); ++x) {
    const auto low = static_cast<std::size_t>(across.low[x]), high = static_cast<std::size_t>(across.high[x]);
    columns.push_back({low * c, (high - low) * c, across.weight[x]});
  }
  const std::size_t blended_bytes = align_up(in.row_values() * sizeof(float));  // a row of the input for each thread
  const auto row = [in, out, columns, blended_bytes, down = linear_axis(in.shape.h, out.shape.h)](const Binding& b,
                                                                                                  int n, int y) {
    const auto i = static_cast<std::size_t>(y);
    std::byte* own = b.workspace + static_cast<std::size_t>(omp_get_thread_num()) * blended_bytes;
    auto* blended = reinterpret_cast<float*>(own);
    blend_rows(down.weight[i], in.dtype, in.row(b.inputs[0], n, down.low[i]), in.row(b.inputs[0], n, down.high[i]),
               blended, in.row_values());
    blend_columns(columns, in.shape.c, blended, out.dtype, out.row(b.outputs[0], n, y));
  };
  return by_rows(out.shape, row, static_cast<std::size_t>(build.threads) * blended_bytes);
}

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Convert& op) {
  const auto row = [op, in = build.in(node), out = build.out(node)](const Binding& b, int n, int y) {
    convert_row(op, in.dtype, in.row(b.inputs[0], n, y), out.dtype, out.row(b.outputs[0], n, y), out.row_values());
    out.finish_row(b.outputs[0], n, y);
  };
  return by_rows(build.out(node).shape, row);
}

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Add& op) {
  const auto row = [activation = op.activation, crop = op.crop.value_or(Add::Offset{}), first = build.in(node, 0),
                    second = build.in(node, 1), out = build.out(node)](const Binding& b, int n, int y) {
    const std::byte* addend = second.row(b.inputs[1], n, y + crop.top);
    addend += static_cast<std::size_t>(crop.left) * second.pixel_bytes();
    add_row(activation, out.dtype, first.row(b.inputs[0], n, y), addend, out.row(b.outputs[0], n, y), out.row_values());
    out.finish_row(b.outputs[0], n, y);
  };
  return by_rows(build.out(node).shape, row);
}

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Gate& /*op*/) {
  const Layout addend = has_input(node, 2) ? build.in(node, 2) : Layout{};
  if (build.in(node, 1).shape == build.in(node).shape) {
    const auto row = [addend, in = build.in(node), factor = build.in(node, 1), out = build.out(node)](const Binding& b,
                                                                                                      int n, int y) {
      multiply_row(out.dtype, in.row(b.inputs[0], n, y), factor.row(b.inputs[1], n, y),
                   b.inputs[2] == nullptr ? nullptr : addend.row(b.inputs[2], n, y), out.row(b.outputs[0], n, y),
                   out.row_values());
      out.finish_row(b.outputs[0], n, y);
    };
    return by_rows(build.out(node).shape, row);
  }
  // Of a channel: x * g + y is a normalisation with mean and beta 0 and gain g.
  const auto channels = static_cast<std::size_t>(build.in(node).shape.c);
  const std::vector<float> zeros(table_size(build.in(node).shape.c), 0.0F);
  auto run = [in = build.in(node), factor = build.in(node, 1), addend, out = build.out(node), zeros, gain = zeros,
              factors = std::vector<float>(channels)](const Binding& b) mutable {
    for (int n = 0; n < in.shape.n; ++n) {
      convert_row({}, factor.dtype, factor.row(b.inputs[1], n, 0), DType::f32,
                  reinterpret_cast<std::byte*>(factors.data()), factors.size());
      fill_table(factors, gain);
      const NormTables gate{.mean = zeros.data(), .gain = gain.data(), .beta = zeros.data(), .period = gain.size()};
      for_rows({1, in.shape.h, in.shape.w, in.shape.c}, [&](int, int y) {
        normalise_row(gate, in.dtype, in.row(b.inputs[0], n, y),
                      b.inputs[2] == nullptr ? nullptr : addend.row(b.inputs[2], n, y), out.dtype,
                      out.row(b.outputs[0], n, y), out.row_values());
        out.finish_row(b.outputs[0], n, y);
      });
    }
  };
  return kernel_of(simd_name(), std::move(run));
}

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Softmax& op) {
  // One over the sum of exp(x[c] - x[channel]): where an exponential overflows, 0 is right.
  const auto row = [channel = op.channel, in = build.in(node), out = build.out(node)](const Binding& b, int n, int y) {
    const std::byte* from = in.row(b.inputs[0], n, y);
    auto* to = reinterpret_cast<float*>(out.row(b.outputs[0], n, y));
    const auto value = [&](int i) {
      return in.dtype == DType::f32 ? reinterpret_cast<const float*>(from)[i]
                                    : bf16_to_f32(reinterpret_cast<const std::uint16_t*>(from)[i]);
    };
    for (int x = 0; x < in.shape.w; ++x) {
      const int first = x * in.shape.c;
      float sum = 1;
      for (int c = 0; c < in.shape.c; ++c) {
        if (c != channel) sum += std::exp(value(first + c) - value(first + channel));
      }
      to[x] = 1 / sum;
    }
  };
  return by_rows(build.out(node).shape, row);
}

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Pad& op) {
  const auto source = [edge = op.mode == Pad::Mode::edge](int at, int size) {
    return edge ? std::clamp(at, 0, size - 1) : at < 0 ? -at : at >= size ? 2 * (size - 1) - at : at;
  };
  const auto row = [op, source, in = build.in(node), out = build.out(node)](const Binding& b, int n, int y) {
    const auto pixel = static_cast<std::ptrdiff_t>(in.pixel_bytes());
    const std::byte* from = in.row(b.inputs[0], n, source(y - op.top, in.shape.h));
    std::byte* to = out.row(b.outputs[0], n, y);
    if (op.channels > 0) {
      for (int x = 0; x < out.shape.w; ++x, to += out.pixel_bytes()) {
        std::memcpy(to, from + source(x - op.left, in.shape.w) * pixel, in.pixel_bytes());
        std::memset(to + pixel, 0, out.pixel_bytes() - in.pixel_bytes());
      }
      return;
    }
    const auto copy = [&](int begin, int end) {
      for (int x = begin; x < end; ++x) {
        std::memcpy(to + x * pixel, from + source(x - op.left, in.shape.w) * pixel, in.pixel_bytes());
      }
    };
    const int begin = std::max(op.left, 0), end = std::min(op.left + in.shape.w, out.shape.w);
    copy(0, begin);
    std::memcpy(to + begin * pixel, from + (begin - op.left) * pixel, static_cast<std::size_t>((end - begin) * pixel));
    copy(end, out.shape.w);
  };
  return by_rows(build.out(node).shape, row);
}

std::unique_ptr<Kernel> make_kernel(const Build& build, const Node& node, const Store& /*op*/) {
  const auto row = [in = build.in(node), out = build.out(node)](const Binding& b, int n, int y) {
    std::memcpy(out.row(b.outputs[0], n, y), in.row(b.inputs[0], n, y), in.row_bytes());
  };
  return by_rows(build.out(node).shape, row);
}

}  // namespace impasto::cpu
