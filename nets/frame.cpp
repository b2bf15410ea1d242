#include "nets/frame.h"

#include "nets/frame_sources.h"
#include "runtime/error.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace impasto {
namespace {

using Planes = std::vector<TensorId>;

// The largest share of what was painted last: with more a video that stands still would never take in a change of
// light.
constexpr float kPaintMemory = 0.98F;
// Of the statistics of the style net's norms, for FrameSpec::steady 1. They count everywhere, where things move too,
// and a moving thing changes them: more than this is seen beside it.
constexpr float kNormMemory = 0.05F;

// What a composite shows; weights of the painted frame as in docs/frame.md.
struct Layers {
  float paint_inside = 0;
  float paint_outside = 0;
  Composite::Behind behind = Composite::Behind::frame;
  std::array<std::uint8_t, 3> colour{};
};

// Appends what is asked for, once, and so leaves out what nothing depends on. Node names begin with the stage that they
// belong to
// ("matte/", "style/", "composite/"), by which a profile is summed up.
class FrameBuilder {
 public:
  FrameBuilder(const FrameSpec& spec, bool look_ahead)
      : spec_(spec), size_{1, spec.height, spec.width, 1}, sources_(spec.in, spec.height, spec.width, out_) {
    out_.look_ahead = look_ahead;
  }

  FrameGraph build() {
    switch (spec_.view) {
      case View::comp:
        tile(comp());
        break;
      case View::matte:
        tile(matte_picture("matte_picture", spec_.out));
        break;
      case View::styled:
        tile(styled());
        break;
      case View::side:
        tile(input("input"));
        tile(comp());
        break;
      case View::four_up:
        tile(input("input"));
        tile(matte_picture("matte_picture", spec_.out));
        tile(cut_out());
        tile(comp());
        break;
    }
    if (spec_.output_alpha) alpha();
    if (spec_.foreground) cut_out_foreground(*spec_.foreground);
    if (spec_.measure_flicker && (out_.shows_matte() || painted_)) measure();
    sources_.keep();
    return std::move(out_);
  }

 private:
  [[nodiscard]] Graph& graph() { return out_.graph; }
  void stage(const char* name, Precision precision = Precision::fp32) { graph().scope(name, precision); }

  void tile(const Planes& planes) {
    for (const TensorId plane : planes) graph().output(plane);
    out_.tiles.push_back(planes);
  }

  void alpha() {
    if (out_.alpha != kAbsent) return;
    out_.alpha = matte_picture("alpha", grey()).front();
    graph().output(out_.alpha);
  }
  void measure() {
    if (out_.shows_matte()) alpha();
    const TensorId still = sources_.stillness_before();
    stage("matte/");
    out_.stillness = graph().append("stillness_before", Convert{}, {still});
    graph().output(out_.stillness);
  }

  // ---- The pictures that a tile can show, in the output's format ----

  Planes input(const std::string& name) { return input(name, spec_.out); }
  Planes input(const std::string& name, const PixelFormat& format) {
    stage("composite/");
    return graph().append_planes(name, ConvertPlanes{spec_.in, format}, sources_.planes());
  }

  Planes matte_picture(const char* name, const PixelFormat& format) {
    const TensorId m = matte();
    stage("matte/");
    return graph().append_planes(name, MatteToPlanes{format}, {m});
  }

  Planes comp() {
    Layers layers{.paint_inside = spec_.apply == Apply::background ? 0 : spec_.strength,
                  .paint_outside = spec_.apply == Apply::person ? 0 : spec_.strength};
    switch (spec_.behind) {
      case Behind::original:
        break;
      case Behind::styled:
        layers.paint_outside = spec_.strength;
        break;
      case Behind::colour:
        layers.behind = Composite::Behind::colour;
        layers.colour = spec_.colour;
        break;
      case Behind::picture:
      case Behind::blur:
        layers.behind = Composite::Behind::picture;
        break;
      case Behind::other_style:
        if (spec_.behind_net != nullptr) layers.behind = Composite::Behind::picture;
        break;
    }
    return composite("comp", layers);
  }

  Planes styled() { return composite("styled", {.paint_inside = spec_.strength, .paint_outside = spec_.strength}); }

  Planes cut_out() {
    return composite("cut_out", {.paint_inside = spec_.strength, .behind = Composite::Behind::colour});
  }

  Planes composite(const char* name, const Layers& layers) { return composite(name, layers, spec_.out); }
  Planes composite(const char* name, Layers layers, const PixelFormat& format) {
    if (spec_.style_net == nullptr) layers.paint_inside = layers.paint_outside = 0;
    const bool whole = layers.behind == Composite::Behind::frame;  // behind the person is the frame, painted or not
    const bool cut = has_matte() && !(whole && layers.paint_inside == layers.paint_outside);
    const bool paint = layers.paint_inside > 0 || (cut && whole && layers.paint_outside > 0);
    if (!cut && !paint) return input(name, format);

    const TensorId m = cut ? matte() : kAbsent;
    const Paint p = paint ? painted() : Paint{};
    TensorId behind = kAbsent;
    if (cut && layers.behind == Composite::Behind::picture) {
      behind = behind_picture();
    }
    Composite op{.format = format,
                 .paint_inside = layers.paint_inside,
                 .paint_outside = layers.paint_outside,
                 .behind = cut ? layers.behind : Composite::Behind::frame,
                 .colour = layers.colour};
    if (paint) {
      op.painted_scale = p.scale;
      // A frame that is nothing but the net's paint becomes integers by its own rule.
      op.truncate = p.of_net && spec_.style_net->truncate && format.model == PixelFormat::Model::rgb &&
                    format.depth == 8 && layers.paint_inside == 1 && (!cut || layers.paint_outside == 1);
    }
    Planes inputs{m, p.picture, behind};
    inputs.insert(inputs.end(), frame(format).begin(), frame(format).end());
    stage("composite/");
    return graph().append_planes(name, op, inputs);
  }

  // Straight colours: they are whole where the matte is not, too.
  void cut_out_foreground(const PixelFormat& format) {
    const float paint = spec_.apply == Apply::background ? 0 : spec_.strength;
    out_.foreground = composite("foreground", {.paint_inside = paint, .paint_outside = paint}, format);
    out_.foreground_alpha = matte_picture("foreground_alpha", grey(format.depth)).front();
    for (const TensorId plane : out_.foreground) graph().output(plane);
    graph().output(out_.foreground_alpha);
  }

  // ---- What they are made of, each made when first asked for ----

  // The same in an output's format.
  const Planes& frame(const PixelFormat& format) {
    if (format == spec_.in) return sources_.planes();
    Planes& converted = format == spec_.out ? frame_ : foreground_frame_;
    if (converted.empty()) converted = input(format == spec_.out ? "frame" : "foreground_frame", format);
    return converted;
  }

  // [1,H,W,1] f32 in 0..1, 1 = person.
  TensorId matte() {
    if (matte_ == kAbsent) matte_ = has_matte() ? person() : ones();
    return matte_;
  }
  [[nodiscard]] bool has_matte() const { return spec_.matte_net != nullptr || spec_.given_matte; }

  // The caller's matte at the frame's size.
  TensorId given() {
    const FrameSpec::GivenMatte& matte = *spec_.given_matte;
    for (const Shape& plane : matte.format.plane_shapes(matte.height, matte.width)) {
      out_.matte.push_back(graph().input(fmt::format("matte.{}", out_.matte.size()), plane, matte.format.dtype()));
    }
    stage("matte/");
    TensorId m = graph().append_planes("grey", ConvertPlanes{matte.format, grey()}, out_.matte).front();
    const bool reduces = matte.height >= size_.h && matte.width >= size_.w;
    const bool same = matte.height == size_.h && matte.width == size_.w;
    if (reduces && !same) m = graph().append("reduce", Resize{Resize::Mode::area, size_.h, size_.w}, {m});
    m = graph().append("to_float", Convert{.scale = 1.0F / 255}, {m});
    if (!reduces) m = graph().append("enlarge", Resize{Resize::Mode::bilinear, size_.h, size_.w}, {m});
    return out_.look_ahead ? smoothed(m) : m;
  }

  // At which the matte net sees the frame.
  [[nodiscard]] Shape seen_shape() const {
    const Net& net = *spec_.matte_net;
    if (net.fixed_h > 0) return {1, net.fixed_h, net.fixed_w, 1};
    if (spec_.matte_size < 1 || std::max(spec_.height, spec_.width) <= spec_.matte_size) return size_;
    const Extent seen = scaled_to({spec_.height, spec_.width}, spec_.matte_size);
    return {1, seen.h, seen.w, 1};
  }

  TensorId person() {
    TensorId m = spec_.given_matte ? given() : found();
    stage("matte/");
    if (spec_.threshold_matte) {
      m = graph().append("threshold", MatteThreshold{spec_.matte_threshold, spec_.matte_softness}, {m});
    }
    m = cleaned(m);
    // The guide's noise is in it now, and what is an island or a hole may change from frame to frame.
    if (out_.look_ahead && !spec_.given_matte) m = smooth("smooth_clean", m, m);
    if (spec_.matte_grow != 0) m = graph().append("grow", MatteGrow{spec_.matte_grow}, {m});
    if (spec_.matte_feather > 0) m = graph().append("feather", MatteFeather{spec_.matte_feather}, {m});
    return m;
  }

  // What the net makes of the frame, at the frame's size.
  TensorId found() {
    const Net& net = *spec_.matte_net;
    const Shape seen = seen_shape();
    out_.seen_h = seen.h;
    out_.seen_w = seen.w;
    const TensorId guide = sources_.rgb();
    const TensorId newest = sources_.newest_rgb();
    stage("matte/");
    const auto reduced = [&](TensorId picture) {
      return graph().append("guide", Resize{Resize::Mode::area, seen.h, seen.w}, {picture});
    };
    TensorId small = kAbsent;  // the painted frame at the matte's size, unless that is its own
    TensorId x = newest;
    if (net.fixed_h > 0) {
      x = graph().append("resize", Resize{Resize::Mode::bilinear_shiftless, seen.h, seen.w}, {newest});
    } else if (seen != size_) {
      x = reduced(newest);
      small = out_.look_ahead ? sources_.last("matte/", "guide", x) : x;
    }
    if (net.face) out_.face = graph().input("face", kFaceShape, DType::f32, true);
    stage("matte/", spec_.matte_precision);
    TensorId m = net.append(graph(), x, out_.face, *spec_.matte_weights);
    stage("matte/");
    if (graph().tensor(m).dtype != DType::f32) m = graph().append("to_float", Convert{}, {m});
    watch({.net = net_text(net, *spec_.matte_weights), .matte = true}, x, m);
    if (out_.look_ahead) m = smoothed(m);
    stage("matte/");
    if (seen == size_) return m;
    return graph().append("guided_filter", GuidedFilter{}, {m, small == kAbsent ? reduced(guide) : small, guide});
  }

  // The painted frame's matte, by those before it and the newest, which is the one after it.
  TensorId smoothed(TensorId newest) { return smooth("smooth", sources_.last("matte/", "matte", newest), newest); }
  TensorId smooth(const std::string& name, TensorId now, TensorId after) {
    const TensorId before = graph().state("matte/last_" + name, graph().tensor(now).shape, DType::f32);
    const TensorId still_before = sources_.stillness_before(), still_after = sources_.newest_stillness();
    stage("matte/");
    return graph().append(name, MatteSmooth{spec_.matte_smooth, spec_.height, spec_.width},
                          {before, now, after, still_before, still_after, sources_.moment()}, before);
  }

  // Without islands and holes.
  TensorId cleaned(TensorId m) {
    using Remove = MatteComponents::Remove;
    if (spec_.matte_min_area > 0) {
      m = graph().append("islands", MatteComponents{Remove::islands, spec_.matte_min_area}, {m});
    }
    if (spec_.matte_fill) m = graph().append("holes", MatteComponents{Remove::holes}, {m});
    return m;
  }

  // A matte of 1 everywhere, to be shown: no grey value is below the threshold 0.
  TensorId ones() {
    stage("matte/");
    const TensorId luma = graph().append("grey", ConvertPlanes{spec_.in, grey()}, sources_.planes());
    return graph().append("ones", MatteThreshold{0, 0}, {graph().append("to_float", Convert{}, {luma})});
  }

  const Paint& painted() {
    if (!painted_) painted_ = paint("style/", *spec_.style_net, *spec_.style_weights, "style", out_.style);
    return *painted_;
  }

  // [1,H,W,3] u8: a picture of the caller's, the frame blurred, or the frame in the other style.
  TensorId behind_picture() {
    if (behind_ != kAbsent) return behind_;
    if (spec_.behind == Behind::blur) {
      const float radius =
          spec_.blur_radius > 0 ? spec_.blur_radius : static_cast<float>(std::min(spec_.height, spec_.width)) / 20;
      const TensorId x = sources_.rgb(), m = matte();
      stage("composite/");
      return behind_ = graph().append("blur", BlurBehind{radius}, {x, m});
    }
    if (spec_.behind != Behind::other_style) {
      return out_.picture = behind_ = graph().input("picture", rgb_shape(), DType::u8, true);
    }
    const Net& net = *spec_.behind_net;
    const Paint p = paint("style/behind/", net, *spec_.behind_weights, "behind_style", out_.behind_style);
    const Composite whole{.format = {},
                          .paint_inside = spec_.behind_strength,
                          .paint_outside = spec_.behind_strength,
                          .painted_scale = p.scale,
                          .truncate = p.of_net && net.truncate && spec_.behind_strength == 1};
    stage("composite/");
    return behind_ = graph().append_planes("behind", whole, {kAbsent, p.picture, kAbsent, sources_.rgb()}).front();
  }

  Paint paint(const char* prefix, const Net& net, const Weights& weights, const char* input, TensorId& style) {
    const TensorId x = sources_.rgb();
    if (net.styles > 0) style = graph().input(input, {1, 1, 1, net.styles}, DType::f32, true);
    // A frame's own luma leaves its planes of Cb and Cr as they are; R, G, B have no matrix, and sRGB's primaries are
    // 709's.
    const bool yuv = spec_.in.model == PixelFormat::Model::yuv;
    const PaintSpec spec{.net = net,
                         .weights = weights,
                         .precision = spec_.style_precision,
                         .size = spec_.style_size,
                         .border = spec_.border,
                         .preserve_colour = spec_.preserve_colour,
                         .kr = yuv ? spec_.in.kr : 0.2126,
                         .kb = yuv ? spec_.in.kb : 0.0722};
    if (spec_.steady > 0) graph().remember_norms(sources_.moment(), kNormMemory * spec_.steady);
    Paint p = append_paint(graph(), prefix, spec, x, style);
    graph().remember_norms(kAbsent);
    stage(prefix);
    watch({.net = net_text(net, weights), .scale = net.output_scale}, p.seen, p.made);
    if (spec_.steady > 0) p.picture = steadied(prefix, p.picture);
    return p;
  }

  // Blended with what the last run painted, where the frame has stood still since.
  TensorId steadied(const char* prefix, TensorId painted) {
    const TensorId still = sources_.stillness_before();
    const TensorId last =
        graph().state(std::string(prefix) + "last_painted", graph().tensor(painted).shape, DType::f32);
    stage(prefix);
    return graph().append("blend", Blend{std::min(spec_.steady, kPaintMemory)},
                          {painted, last, still, sources_.moment()}, last);
  }

  // ---- The watch over the nets ----

  static std::string net_text(const Net& net, const Weights& weights) {
    return fmt::format("{} ({})", net.name, weights.label());
  }

  void watch(Watch watch, TensorId seen, TensorId made) {
    watch.seen = inspected("seen", seen);
    watch.made = inspected("made", made);
    out_.watches.push_back(std::move(watch));
  }
  TensorId inspected(const char* name, TensorId x) {
    const auto [known, is_new] = inspected_.try_emplace(x);
    if (is_new) graph().output(known->second = graph().append(name, Inspect{}, {x}));
    return known->second;
  }

  [[nodiscard]] Shape rgb_shape() const { return {1, spec_.height, spec_.width, 3}; }

  const FrameSpec& spec_;
  Shape size_;  // of a matte
  FrameGraph out_;
  FrameSources sources_;
  Planes frame_;             // in the format of the tiles
  Planes foreground_frame_;  // in that of the foreground
  TensorId matte_ = kAbsent;
  std::optional<Paint> painted_;
  TensorId behind_ = kAbsent;
  std::map<TensorId, TensorId> inspected_;
};

}  // namespace

FrameGraph build_frame(const FrameSpec& spec) {
  if (!(spec.strength >= 0 && spec.strength <= 1)) fail("strength is {}, expected 0..1", spec.strength);
  FrameGraph frame = FrameBuilder(spec, false).build();
  // To look ahead is for the sake of a matte that shows.
  if (spec.matte_smooth > 0 && frame.shows_matte()) frame = FrameBuilder(spec, true).build();
  return frame;
}

}  // namespace impasto
