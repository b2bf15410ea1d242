// Shape inference: one function an op; each returns the outputs' shapes and dtypes or throws.
#include "runtime/error.h"
#include "runtime/graph.h"

#include <algorithm>
#include <cmath>

namespace impasto {

namespace {

class Inference {
 public:
  Inference(const Graph& graph, const Node& node) : graph_(graph), node_(node) {}

  [[nodiscard]] std::vector<TensorInfo> run() const {
    return std::visit([this](const auto& op) { return infer(op); }, node_.op);
  }

 private:
  // Throws an Error that begins with the node's name.
  template <typename... Args>
  [[noreturn]] void reject(fmt::format_string<Args...> format, Args&&... args) const {
    fail("{} ({}): {}", node_.name, op_name(node_.op), fmt::format(format, std::forward<Args>(args)...));
  }

  [[nodiscard]] const TensorInfo& in(std::size_t i) const {
    if (i >= node_.inputs.size() || node_.inputs[i] == kAbsent) reject("input {} is missing", i);
    return graph_.tensor(node_.inputs[i]);
  }
  [[nodiscard]] bool has(std::size_t i) const { return i < node_.inputs.size() && node_.inputs[i] != kAbsent; }
  [[nodiscard]] DType act() const { return activation_dtype(node_.precision); }

  const TensorInfo& in_of(std::size_t i, DType dtype) const {
    const TensorInfo& info = in(i);
    if (info.dtype != dtype) reject("input {} is {}, expected {}", i, to_string(info.dtype), to_string(dtype));
    return info;
  }
  const TensorInfo& in_of(std::size_t i, DType dtype, const Shape& shape) const {
    const TensorInfo& info = in_of(i, dtype);
    if (info.shape != shape) reject("input {} is {}, expected {}", i, to_string(info.shape), to_string(shape));
    return info;
  }
  void weight(std::size_t i, std::vector<std::int64_t> shape, bool optional = false) const {
    const bool absent = i >= node_.weights.size() || node_.weights[i].empty();
    if (absent && optional) return;
    if (absent) reject("weight {} is missing", i);
    if (node_.weights[i].shape != shape) {
      reject("{} has shape {}, expected {}", node_.weights[i].name, shape_string(node_.weights[i].shape),
             shape_string(shape));
    }
  }

  [[nodiscard]] std::vector<TensorInfo> infer(const Conv2d& op) const {
    if (op.upsample != 1 && op.upsample != 2) reject("upsample is {}, expected 1 or 2", op.upsample);
    const Shape stored = in(0).dtype == DType::u8 ? in(0).shape : in_of(0, act()).shape;
    const Shape x{stored.n, stored.h * op.upsample, stored.w * op.upsample, stored.c};
    if (op.k < 1 || op.r < 1 || op.s < 1 || op.stride < 1 || op.groups < 1) reject("sizes must be positive");
    if (op.pad_top < 0 || op.pad_left < 0 || op.pad_bottom < 0 || op.pad_right < 0) reject("a padding is negative");
    if (x.c % op.groups != 0 || op.k % op.groups != 0) {
      reject("{} input and {} output channels do not split into {} groups", x.c, op.k, op.groups);
    }
    if (op.pad_mode == PadMode::reflect &&
        (std::max(op.pad_top, op.pad_bottom) >= x.h || std::max(op.pad_left, op.pad_right) >= x.w)) {
      reject("a {} map is too small for its reflection padding", to_string(x));
    }
    const int height = x.h + op.pad_top + op.pad_bottom - op.r;
    const int width = x.w + op.pad_left + op.pad_right - op.s;
    if (height < 0 || width < 0) reject("a {} map is smaller than the {}x{} filter", to_string(x), op.r, op.s);
    weight(0, {op.k, x.c / op.groups, op.r, op.s});
    weight(1, {op.k}, true);
    const Shape out{x.n, height / op.stride + 1, width / op.stride + 1, op.k};
    if (has(1)) in_of(1, act(), out);
    return joined(op.joined, 2, stored, out);
  }
  // What a convolution of x gives as out; input `terms` goes with op.first.
  [[nodiscard]] std::vector<TensorInfo> joined(const Joined& op, std::size_t terms, const Shape& x,
                                               const Shape& out) const {
    const bool any = op.first || op.moments_part != 0;
    if (any && x.n != 1) reject("fusion with a norm needs one picture, not {}", x.n);
    if (op.first) in_of(terms, DType::f32, {1, 1, x.c, 3});
    if (op.first && (op.first->to_float || in(0).dtype != act()))
      reject("a norm in between must be {}", to_string(act()));
    std::vector<TensorInfo> outputs{{out, act(), {}}};
    if (op.moments_part != 0) {
      outputs.push_back({{1, moment_parts(out.h * out.w, op.moments_part), out.c, 2}, DType::f32, {}});
    }
    return outputs;
  }
  [[nodiscard]] int moment_parts(int pixels, int part) const {
    if (part < 1) reject("moments of parts of {} pixels, expected 1 or more", part);
    return (pixels + part - 1) / part;
  }

  [[nodiscard]] std::vector<TensorInfo> infer(const Deconv2d& op) const {
    const Shape x = in_of(0, act()).shape;
    if (op.k < 1 || op.r < 1 || op.s < 1 || op.stride < 1) reject("sizes must be positive");
    const int full_h = (x.h - 1) * op.stride + op.r;
    const int full_w = (x.w - 1) * op.stride + op.s;
    if (op.crop_top < 0 || op.crop_left < 0 || op.out_h < 1 || op.out_w < 1 || op.crop_top + op.out_h > full_h ||
        op.crop_left + op.out_w > full_w) {
      reject("the crop {}x{} at {},{} lies outside the full {}x{} result", op.out_h, op.out_w, op.crop_top,
             op.crop_left, full_h, full_w);
    }
    weight(0, {x.c, op.k, op.r, op.s});
    weight(1, {op.k}, true);
    return joined(op.joined, 1, x, {x.n, op.out_h, op.out_w, op.k});
  }

  [[nodiscard]] std::vector<TensorInfo> infer(const InstanceNorm& op) const {
    const Shape x = in_of(0, act()).shape;
    if (!(op.eps > 0)) reject("eps is {}, expected more than 0", op.eps);
    if (has(1)) in_of(1, act(), x);
    norm_parameters(x.c, 2);
    std::vector<TensorInfo> outputs{{x, op.to_float ? DType::f32 : act(), {}}};
    if (has(3) && x.n != 1) reject("a norm that remembers needs one picture, not {}", x.n);
    norm_memory(outputs, op.memory, 3, x.c);
    return outputs;
  }
  // What the last run used, input `last`, becomes another output.
  void norm_memory(std::vector<TensorInfo>& outputs, float memory, std::size_t last, int c) const {
    if (!has(last)) return;
    if (!(memory >= 0 && memory < 1)) reject("memory is {}, expected 0 to below 1", memory);
    outputs.push_back({in_of(last, DType::f32, {1, 1, c, 2}).shape, DType::f32, {}});
    in_of(last + 1, DType::f32, kMomentShape);
  }
  // gamma and beta for c channels, mixed by input `style` if it is there, and their biases.
  void norm_parameters(int c, std::size_t style) const {
    std::vector<std::int64_t> parameters{c};
    if (has(style)) {
      const Shape mix = in_of(style, DType::f32).shape;
      if (mix != Shape{1, 1, 1, mix.c}) reject("style is {}, expected 1x1x1xS", to_string(mix));
      parameters = {mix.c, c};
    }
    weight(0, parameters);
    weight(1, parameters);
    weight(2, {c}, true);
    weight(3, {c}, true);
  }

  [[nodiscard]] std::vector<TensorInfo> infer(const MergeMoments& op) const {
    if (!(op.eps > 0)) reject("eps is {}, expected more than 0", op.eps);
    const int c = in(0).shape.w;
    in_of(0, DType::f32, {1, moment_parts(op.pixels, op.part), c, 2});
    norm_parameters(c, 1);
    std::vector<TensorInfo> outputs{{{1, 1, c, 3}, DType::f32, {}}};
    norm_memory(outputs, op.memory, 2, c);
    return outputs;
  }
  [[nodiscard]] std::vector<TensorInfo> infer(const Normalise& op) const {
    const Shape x = in_of(0, act()).shape;
    in_of(1, DType::f32, {1, 1, x.c, 3});
    if (has(2)) in_of(2, act(), x);
    return {{x, op.to_float ? DType::f32 : act(), {}}};
  }

  [[nodiscard]] std::vector<TensorInfo> infer(const GlobalAverage&) const {
    const Shape x = in_of(0, act()).shape;
    return {{{x.n, 1, 1, x.c}, act(), {}}};
  }

  [[nodiscard]] std::vector<TensorInfo> infer(const MaxPool& op) const {
    const Shape x = in_of(0, act()).shape;
    if (op.r < 1 || op.s < 1 || op.stride < 1) reject("sizes must be positive");
    if (op.pad < 0 || 2 * op.pad > std::min(op.r, op.s)) {
      reject("pad is {}, expected 0 to half of the {}x{} window", op.pad, op.r, op.s);
    }
    const auto outputs = [&](int extent, int window) {
      const int room = extent + 2 * op.pad - window;
      if (room < 0) reject("a {} map is smaller than the {}x{} window", to_string(x), op.r, op.s);
      if (!op.ceil_mode) return room / op.stride + 1;
      const int count = (room + op.stride - 1) / op.stride + 1;
      return (count - 1) * op.stride >= extent + op.pad ? count - 1 : count;
    };
    return {{{x.n, outputs(x.h, op.r), outputs(x.w, op.s), x.c}, act(), {}}};
  }

  [[nodiscard]] std::vector<TensorInfo> infer(const Softmax& op) const {
    const Shape x = in_of(0, act()).shape;
    if (x.c < 2) reject("input is {}, expected 2 channels or more", to_string(x));
    if (op.channel < 0 || op.channel >= x.c) reject("channel is {}, expected 0..{}", op.channel, x.c - 1);
    return {{{x.n, x.h, x.w, 1}, DType::f32, {}}};
  }

  [[nodiscard]] std::vector<TensorInfo> infer(const PortraitInput&) const {
    const Shape rgb = in(0).dtype == DType::u8 ? in(0).shape : in_of(0, DType::f32).shape;
    if (rgb != Shape{1, rgb.h, rgb.w, 3}) reject("input is {}, expected 1xHxWx3", to_string(rgb));
    if (!has(1)) return {{rgb, act(), {}}};
    in_of(1, DType::f32, kFaceShape);
    const WeightView& mask = node_.weights[0];
    if (mask.empty() || mask.shape.size() != 2) {
      reject("the mask has shape {}, expected rows x columns", shape_string(mask.shape));
    }
    return {{{1, rgb.h, rgb.w, 6}, act(), {}}};
  }

  [[nodiscard]] std::vector<TensorInfo> infer(const Inspect&) const {
    const Shape x = in(0).dtype == DType::u8 ? in(0).shape : in_of(0, DType::f32).shape;
    if (x.n != 1 || (x.c != 1 && x.c != 3)) reject("input is {}, expected 1xHxWx1 or 1xHxWx3", to_string(x));
    return {{{1, 1, x.c, 3}, DType::f32, {}}};
  }

  [[nodiscard]] std::vector<TensorInfo> infer(const Resize& op) const {
    const TensorInfo& x = in(0);
    if (op.h < 1 || op.w < 1) reject("target size {}x{} is not positive", op.h, op.w);
    if (op.letterbox && (op.mode != Resize::Mode::bilinear_shiftless || op.h != op.w)) {
      reject("a letterbox must be square, and bilinear_shiftless");
    }
    const Shape out{x.shape.n, op.h, op.w, x.shape.c};
    switch (op.mode) {
      case Resize::Mode::nearest:
        if (op.h % x.shape.h != 0 || op.w % x.shape.w != 0) reject("nearest enlargement must be by whole numbers");
        return {{out, x.dtype, {}}};
      case Resize::Mode::bilinear:
        if (!is_float(x.dtype)) reject("input is {}, expected a float type", to_string(x.dtype));
        return {{out, x.dtype, {}}};
      case Resize::Mode::bilinear_shiftless:
        in_of(0, DType::u8);
        return {{out, DType::u8, {}}};
      case Resize::Mode::area:
        in_of(0, DType::u8);
        return {{out, DType::f32, {}}};
    }
    reject("unknown mode");
  }

  [[nodiscard]] std::vector<TensorInfo> infer(const Pad& op) const {
    const TensorInfo& x = in(0);
    if (op.channels < 0) reject("channels is {}, expected 0 or more", op.channels);
    if (op.mode == Pad::Mode::reflect &&
        (std::max(op.top, op.bottom) >= x.shape.h || std::max(op.left, op.right) >= x.shape.w)) {
      reject("a {} map is too small for its reflection padding", to_string(x.shape));
    }
    const Shape out{x.shape.n, x.shape.h + op.top + op.bottom, x.shape.w + op.left + op.right, x.shape.c + op.channels};
    if (out.h < 1 || out.w < 1 || x.shape.h + std::min(op.top, op.bottom) < 1 ||
        x.shape.w + std::min(op.left, op.right) < 1) {
      reject("nothing is left of a {} map", to_string(x.shape));
    }
    return {{out, x.dtype, {}}};
  }

  [[nodiscard]] std::vector<TensorInfo> infer(const Convert&) const {
    const TensorInfo& x = in(0);
    if (x.dtype != DType::u8 && !is_float(x.dtype))
      reject("input is {}, expected u8 or a float type", to_string(x.dtype));
    return {{x.shape, act(), {}}};
  }

  [[nodiscard]] std::vector<TensorInfo> infer(const Add& op) const {
    const Shape a = in_of(0, act()).shape;
    if (op.crop) {
      const Shape b = in_of(1, act()).shape;
      const auto [top, left] = *op.crop;
      if (b.n != a.n || b.c != a.c || top < 0 || left < 0 || top > b.h - a.h || left > b.w - a.w) {
        reject("input 1 is {}, expected at least {} at {},{} of it", to_string(b), to_string(a), top, left);
      }
    } else {
      in_of(1, act(), a);
    }
    return {{a, act(), {}}};
  }

  [[nodiscard]] std::vector<TensorInfo> infer(const Gate&) const {
    const Shape x = in_of(0, act()).shape;
    if (in(1).shape == x) {
      in_of(1, act());
    } else {
      in_of(1, act(), {x.n, 1, 1, x.c});
    }
    if (has(2)) in_of(2, act(), x);
    return {{x, act(), {}}};
  }

  [[nodiscard]] std::vector<TensorInfo> infer(const Store&) const { return {{in(0).shape, in(0).dtype, {}}}; }

  // The picture's size from the planes that begin at input `first`.
  Shape planes(const PixelFormat& format, std::size_t first) const {
    const Shape size = in_of(first, format.dtype()).shape;
    const std::vector<Shape> shapes = format.plane_shapes(size.h, size.w);
    for (std::size_t i = 0; i < shapes.size(); ++i) in_of(first + i, format.dtype(), shapes[i]);
    return size;
  }
  static std::vector<TensorInfo> plane_infos(const PixelFormat& format, const Shape& size) {
    std::vector<TensorInfo> infos;
    for (const Shape& shape : format.plane_shapes(size.h, size.w)) infos.push_back({shape, format.dtype(), {}});
    return infos;
  }

  [[nodiscard]] std::vector<TensorInfo> infer(const ToRgb& op) const {
    const Shape size = planes(op.format, 0);
    return {{{1, size.h, size.w, 3}, DType::u8, {}}};
  }
  static int cells(int extent) { return (extent + kStillnessCell - 1) / kStillnessCell; }
  [[nodiscard]] std::vector<TensorInfo> infer(const Blend& op) const {
    if (!(op.share >= 0 && op.share < 1)) reject("share is {}, expected 0 to below 1", op.share);
    const Shape painted = in_of(0, DType::f32).shape;
    if (painted.n != 1 || painted.c != 3) reject("the painted frame is {}, expected 1xHxWx3", to_string(painted));
    in_of(1, DType::f32, painted);
    const Shape still = in_of(2, DType::f32).shape;
    if (still.n != 1 || still.c != 1 || still.h > cells(painted.h) || still.w > cells(painted.w)) {
      reject("stillness is {}, expected at most 1x{}x{}x1", to_string(still), cells(painted.h), cells(painted.w));
    }
    in_of(3, DType::f32, kMomentShape);
    return {{painted, DType::f32, {}}};
  }
  [[nodiscard]] std::vector<TensorInfo> infer(const Stillness&) const {
    const Shape frame = in_of(0, DType::u8).shape;
    if (frame != Shape{1, frame.h, frame.w, 3}) reject("the frame is {}, expected 1xHxWx3", to_string(frame));
    in_of(1, DType::u8, frame);
    return {{{1, cells(frame.h), cells(frame.w), 1}, DType::f32, {}}};
  }
  [[nodiscard]] std::vector<TensorInfo> infer(const Sweep& op) const {
    if (op.continues < 0 || op.continues >= kMomentShape.c) {
      reject("number {} of the moment, expected 0..{}", op.continues, kMomentShape.c - 1);
    }
    const Shape cells = in_of(0, DType::f32).shape;
    if (cells != Shape{1, cells.h, cells.w, 1}) reject("stillness is {}, expected 1xHxWx1", to_string(cells));
    in_of(1, DType::f32, {1, cells.h, cells.w, 3});
    const TensorInfo memory = in_of(2, DType::f32, {1, 4 * cells.h, cells.w, 1});
    in_of(3, DType::f32, kMomentShape);
    return {{cells, DType::f32, {}}, {memory.shape, memory.dtype, {}}};
  }
  [[nodiscard]] std::vector<TensorInfo> infer(const ConvertPlanes& op) const {
    return plane_infos(op.to, planes(op.from, 0));
  }

  // A matte is [1,H,W,1] f32.
  Shape matte(std::size_t i) const {
    const Shape m = in_of(i, DType::f32).shape;
    if (m != Shape{1, m.h, m.w, 1}) reject("the matte is {}, expected 1xHxWx1", to_string(m));
    return m;
  }

  [[nodiscard]] std::vector<TensorInfo> infer(const GuidedFilter& op) const {
    if (op.radius < 1 || !(op.eps > 0)) reject("radius {} and eps {} must be positive", op.radius, op.eps);
    const Shape m = matte(0);
    in_of(1, DType::f32, {1, m.h, m.w, 3});
    const Shape guide = in_of(2, DType::u8).shape;
    if (guide != Shape{1, guide.h, guide.w, 3}) reject("the guide is {}, expected 1xHxWx3", to_string(guide));
    return {{{1, guide.h, guide.w, 1}, DType::f32, {}}};
  }
  [[nodiscard]] std::vector<TensorInfo> infer(const MatteSmooth& op) const {
    if (!(op.strength >= 0 && op.strength <= 1)) reject("strength is {}, expected 0..1", op.strength);
    if (op.frame_h < 1 || op.frame_w < 1) reject("frame {}x{} is empty", op.frame_h, op.frame_w);
    const Shape m = matte(0);
    in_of(1, DType::f32, m);
    in_of(2, DType::f32, m);
    const auto cells = [](int extent) { return (extent + kStillnessCell - 1) / kStillnessCell; };
    for (const std::size_t i : {3, 4}) in_of(i, DType::f32, {1, cells(op.frame_h), cells(op.frame_w), 1});
    in_of(5, DType::f32, kMomentShape);
    return {{m, DType::f32, {}}};
  }
  [[nodiscard]] std::vector<TensorInfo> infer(const MatteThreshold& op) const {
    if (!(op.softness >= 0)) reject("softness is {}, expected 0 or more", op.softness);
    return {{matte(0), DType::f32, {}}};
  }
  [[nodiscard]] std::vector<TensorInfo> infer(const MatteComponents& op) const {
    if (!(op.min_area >= 0 && op.min_area <= 1)) reject("min_area is {}, expected 0..1", op.min_area);
    return {{matte(0), DType::f32, {}}};
  }
  [[nodiscard]] std::vector<TensorInfo> infer(const MatteGrow& op) const {
    if (!(std::abs(op.radius) <= kMostGrowth))
      reject("radius is {}, expected -{}..{}", op.radius, kMostGrowth, kMostGrowth);
    return {{matte(0), DType::f32, {}}};
  }
  [[nodiscard]] std::vector<TensorInfo> infer(const MatteFeather& op) const {
    if (!(op.radius >= 0)) reject("radius is {}, expected 0 or more", op.radius);
    return {{matte(0), DType::f32, {}}};
  }
  [[nodiscard]] std::vector<TensorInfo> infer(const MatteToPlanes& op) const {
    return plane_infos(op.format, matte(0));
  }

  // [1,>=H,>=W,3] f32.
  void painted(std::size_t i, const Shape& size) const {
    const Shape shape = in_of(i, DType::f32).shape;
    if (shape.n != 1 || shape.h < size.h || shape.w < size.w || shape.c != 3) {
      reject("the painted frame is {}, expected at least 1x{}x{}x3", to_string(shape), size.h, size.w);
    }
  }
  // [1,H,W,3] u8.
  [[nodiscard]] Shape picture(std::size_t i) const {
    const Shape shape = in_of(i, DType::u8).shape;
    if (shape != Shape{1, shape.h, shape.w, 3}) reject("the picture is {}, expected 1xHxWx3", to_string(shape));
    return shape;
  }
  [[nodiscard]] std::vector<TensorInfo> infer(const BlurBehind& op) const {
    if (!(op.radius >= 0)) reject("radius is {}, expected 0 or more", op.radius);
    const Shape shape = picture(0);
    in_of(1, DType::f32, {1, shape.h, shape.w, 1});
    return {{shape, DType::u8, {}}};
  }
  [[nodiscard]] std::vector<TensorInfo> infer(const PreserveColour& op) const {
    if (!(op.kr >= 0 && op.kb >= 0 && op.kr + op.kb <= 1)) reject("kr {} and kb {} are no luma", op.kr, op.kb);
    const Shape frame = picture(1);
    painted(0, frame);
    return {{frame, DType::f32, {}}};
  }
  [[nodiscard]] std::vector<TensorInfo> infer(const Composite& op) const {
    const Shape size = planes(op.format, 3);
    if (has(0)) in_of(0, DType::f32, {1, size.h, size.w, 1});
    if (has(1)) painted(1, size);
    if (op.behind == Composite::Behind::picture) in_of(2, DType::u8, {1, size.h, size.w, 3});
    return plane_infos(op.format, size);
  }

  const Graph& graph_;
  const Node& node_;
};

}  // namespace

std::vector<TensorInfo> Graph::infer(const Node& node) const {
  return Inference(*this, node).run();
}

}  // namespace impasto
