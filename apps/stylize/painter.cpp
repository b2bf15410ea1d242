#include "apps/stylize/painter.h"

#include "apps/stylize/cover.h"
#include "apps/stylize/engine_planes.h"
#include "apps/stylize/watchdog.h"

#include <algorithm>
#include <cstring>

namespace impasto::stylize {
namespace {

// A device that works beside the host repeats a frame as one launch; to time its nodes it has to launch them singly, so
// it does that for one frame in so many.
constexpr std::size_t kTimedOneIn = 8;

FrameSpec make_spec(const Options& options, const Setup& setup, int height, int width, const PixelFormat& in,
                    const PixelFormat& out, bool video, const PixelFormat& foreground) {
  FrameSpec spec;
  spec.height = height;
  spec.width = width;
  spec.in = in;
  spec.out = out;
  if (options.strength > 0) {
    spec.style_net = setup.style.net;
    spec.style_weights = &setup.style.weights;
  }
  if (setup.matte_net != nullptr) {
    spec.matte_net = setup.matte_net;
    spec.matte_weights = &*setup.matte_weights;
    spec.matte_size = options.matte_size.value_or(kMatteSize);
  }
  spec.style_precision = setup.precision;
  spec.matte_precision = setup.matte_precision;
  // Between two pictures' styles strength is a way to go, not a share of the paint.
  const auto share = [&](const LoadedStyle& style) {
    return style.of_pictures && options.strength > 0 ? 1 : options.strength;
  };
  spec.strength = share(setup.style);
  if (setup.behind_style && options.strength > 0) {
    spec.behind_net = setup.behind_style->net;
    spec.behind_weights = &setup.behind_style->weights;
    spec.behind_strength = share(*setup.behind_style);
  }
  spec.style_size = options.style_size;
  spec.border = options.border;
  spec.preserve_colour = options.preserve_colour;
  spec.apply = options.apply;
  spec.behind = options.behind;
  spec.colour = options.colour;
  spec.blur_radius = options.blur_radius;
  if (video) {
    spec.matte_smooth = options.matte_smooth;
    spec.steady = options.steady;
    spec.measure_flicker = options.verbose;
  }
  spec.matte_threshold = options.matte_threshold;
  spec.matte_softness = options.matte_softness;
  spec.matte_min_area = options.matte_min_area;
  spec.matte_fill = !options.keep_holes;
  spec.matte_grow = options.matte_grow;
  spec.matte_feather = options.matte_feather;
  spec.view = options.view;
  spec.output_alpha = !options.output_alpha.empty();
  if (!options.output_foreground.empty()) spec.foreground = foreground;
  if (setup.given_matte) {
    const MatteSource& matte = *setup.given_matte;
    spec.given_matte = {matte.height(), matte.width(), matte.format()};
    spec.threshold_matte = options.threshold_given;
    if (!options.smooth_given) spec.matte_smooth = 0;
    if (!options.min_area_given) {
      spec.matte_min_area = 0;
      spec.matte_fill = false;
    }
  }
  return spec;
}

// Puts rows of `row_bytes` into column `tile` of `tiles` columns.
void place(std::span<const std::byte> from, std::vector<std::byte>& to, std::size_t row_bytes, int tile, int tiles) {
  for (std::size_t row = 0; row * row_bytes < from.size(); ++row) {
    std::memcpy(to.data() + (row * tiles + tile) * row_bytes, from.data() + row * row_bytes, row_bytes);
  }
}

}  // namespace

int tile_count(View view) {
  switch (view) {
    case View::side:
      return 2;
    case View::four_up:
      return 4;
    default:
      return 1;
  }
}

Painter::Painter(const Options& options, const Setup& setup, int height, int width, const PixelFormat& in,
                 const PixelFormat& out, int depth, double tick, const PixelFormat& foreground)
    : predictor_(setup.predictor.get()),
      strength_(options.strength),
      tick_(tick),
      spec_(make_spec(options, setup, height, width, in, out, tick > 0, foreground)),
      frame_(build_frame(spec_)),
      engine_(std::move(frame_.graph), *setup.device, depth),
      rests_(static_cast<std::size_t>(engine_.depth()) + 1) {
  profiler_.begin(engine_.profile());
  if (frame_.style != kAbsent) styles_.push_back({setup.style, frame_.style});
  if (frame_.behind_style != kAbsent) styles_.push_back({*setup.behind_style, frame_.behind_style});
  if (frame_.face != kAbsent) {
    const Seen seen{width, height, frame_.seen_w, frame_.seen_h};
    finder_.emplace(*setup.face, *setup.device, in, seen, setup.say_of_face);
  }
  if (frame_.moment != kAbsent || frame_.stillness != kAbsent) cuts_.emplace();
  if (frame_.stillness != kAbsent) {
    if (frame_.shows_matte()) matte_flicker_.emplace(height, width);
    painted_flicker_.emplace(height, width);
  }
  if (frame_.picture != kAbsent && setup.behind)
    copy_bytes(cover(*setup.behind, height, width), engine_.host(frame_.picture));
}

std::vector<NodeProfile> Painter::nodes() const {
  std::vector<NodeProfile> nodes = profiler_.nodes();
  if (finder_) nodes.insert(nodes.end(), finder_->nodes().begin(), finder_->nodes().end());
  return nodes;
}

std::optional<double> Painter::matte_flicker() const {
  return matte_flicker_ ? matte_flicker_->mean() : std::nullopt;
}

std::optional<double> Painter::painted_flicker() const {
  return painted_flicker_ ? painted_flicker_->mean() : std::nullopt;
}

void Painter::mix(std::span<const float> numbers) {
  copy_bytes(std::as_bytes(numbers), engine_.host(frame_.style));
}

void Painter::set_style(const StyleInput& to, std::span<const float> numbers) {
  std::vector<float> mixed(numbers.begin(), numbers.end());
  if (to.style.of_pictures && !content_.empty()) {
    for (std::size_t i = 0; i < mixed.size(); ++i) mixed[i] = strength_ * mixed[i] + (1 - strength_) * content_[i];
  }
  copy_bytes(std::as_bytes(std::span(mixed)), engine_.host(to.input));
}

// The styles that a frame's time asks for, where they are not the last frame's. A frame that comes a hair before the
// time is meant. Whether there are such.
bool Painter::choose_styles(std::int64_t pts) {
  bool other = false;
  constexpr double kHair = 1e-6;
  const double time = static_cast<double>(pts - first_pts_) * tick_ + kHair;
  for (StyleInput& style : styles_) {
    const std::vector<StyleNumbers>& over_time = style.style.over_time;
    const std::size_t last = style.next;
    while (style.next < over_time.size() && over_time[style.next].start <= time) ++style.next;
    if (style.next == last) continue;
    set_style(style, over_time[style.next - 1].numbers);
    other = true;
  }
  return other;
}

// What the newest frame brings; the graph paints it in this run, or in the next if it looks ahead.
void Painter::take_in(const media::Picture& frame, const GivenMatte& matte, Rest& rest, bool timed) {
  if (submitted_ == 0) {
    first_pts_ = frame.pts;
    const bool pictures =
        std::any_of(styles_.begin(), styles_.end(), [](const auto& s) { return s.style.of_pictures; });
    if (pictures && strength_ < 1) content_ = predictor_->describe(frame, frame_text(1, {}));
  }
  rest.pts = frame.pts;
  rest.duration = frame.duration;
  rest.continues = cuts_ && !cuts_->begins(frame);
  if (finder_) copy_bytes(std::as_bytes(finder_->find(frame, name_of(submitted_), timed)), engine_.host(frame_.face));
  copy_planes(frame, frame_.in, engine_);
  if (!frame_.matte.empty()) copy_planes(*matte, frame_.matte, engine_);
}

void Painter::show_behind(const Rest& painted) {
  if (frame_.picture == kAbsent || !painted.behind || painted.behind == shown_behind_) return;
  copy_bytes(*painted.behind, engine_.host(frame_.picture));
  shown_behind_ = painted.behind;
}

void Painter::set_moment(bool continues, bool continued, bool paint_continues) {
  if (frame_.moment == kAbsent) return;
  const auto number = [](bool is) { return is ? 1.0F : 0.0F; };
  const float moment[] = {number(continues), number(continued), number(paint_continues), 0};
  copy_bytes(std::as_bytes(std::span(moment)), engine_.host(frame_.moment));
}

// `continued`: by the frame after it.
void Painter::run(const Rest& painted, bool continued, bool timed) {
  const bool other_style = choose_styles(painted.pts);
  show_behind(painted);
  set_moment(painted.continues, continued, painted.continues && !other_style);
  engine_.submit(timed ? &profiler_ : nullptr);
}

void Painter::submit(media::Picture& frame, const Beside& beside) {
  const bool timed = engine_.depth() == 1 || submitted_ % kTimedOneIn == 0;
  Rest& rest = rest_of(submitted_);
  take_in(frame, beside.matte, rest, timed);
  std::swap(rest.alpha, frame.alpha);
  rest.behind = beside.behind;
  ++submitted_;
  if (!frame_.look_ahead) {
    run(rest, false, timed);
    return;
  }
  std::swap(newest_, frame);
  newest_matte_ = beside.matte;
  if (submitted_ == 1) {  // for its matte; there is none to be painted yet
    set_moment(false, false, false);
    engine_.submit();
    engine_.collect();
    check_nets({}, 0);
  } else {
    run(rest_of(submitted_ - 2), rest.continues, timed);
  }
}

void Painter::finish() {
  if (!frame_.look_ahead || submitted_ == 0) return;
  // The last frame is seen once more. Of what comes of it nothing is used.
  copy_planes(newest_, frame_.in, engine_);
  if (!frame_.matte.empty()) copy_planes(*newest_matte_, frame_.matte, engine_);
  run(rest_of(submitted_ - 1), false, false);
}

void Painter::measure(bool continues) {
  const std::span<const float> still = floats_of(engine_, frame_.stillness);
  if (matte_flicker_) matte_flicker_->add(engine_.host(frame_.alpha), still, continues);
  std::vector<std::span<const std::byte>> planes;
  for (const TensorId plane : frame_.tiles.back()) planes.emplace_back(engine_.host(plane));
  painted_flicker_->add(luma_of(spec_.out, planes), still, continues);
}

void Painter::collect(media::Picture& painted, SidePictures& sides) {
  engine_.collect();
  check_nets(collected_, frame_.look_ahead ? std::min(collected_ + 1, submitted_ - 1) : collected_);
  Rest& rest = rest_of(collected_++);
  if (frame_.stillness != kAbsent) measure(rest.continues);
  const int tiles = static_cast<int>(frame_.tiles.size());
  painted.height = spec_.height;
  painted.width = spec_.width * tiles;
  painted.format = spec_.out;
  painted.pts = rest.pts;
  painted.duration = rest.duration;
  const std::vector<Shape> shapes = spec_.out.plane_shapes(spec_.height, spec_.width);
  painted.planes.resize(shapes.size());
  for (std::size_t plane = 0; plane < shapes.size(); ++plane) {
    const Shape& shape = shapes[plane];
    const std::size_t row_bytes = static_cast<std::size_t>(shape.w) * shape.c * size_of(spec_.out.dtype());
    painted.planes[plane].resize(row_bytes * shape.h * tiles);
    for (int tile = 0; tile < tiles; ++tile) {
      place(engine_.host(frame_.tiles[tile][plane]), painted.planes[plane], row_bytes, tile, tiles);
    }
  }
  carry_alpha(rest, painted);

  if (spec_.output_alpha) take({frame_.alpha}, {.model = PixelFormat::Model::grey}, rest, sides.matte);
  if (spec_.foreground) {
    take(frame_.foreground, *spec_.foreground, rest, sides.foreground);
    const std::span<const std::byte> alpha = engine_.host(frame_.foreground_alpha);
    sides.foreground.alpha.assign(alpha.begin(), alpha.end());
  }
}

void Painter::take(const std::vector<TensorId>& planes, const PixelFormat& format, const Rest& rest,
                   media::Picture& picture) {
  picture.height = spec_.height;
  picture.width = spec_.width;
  picture.format = format;
  picture.pts = rest.pts;
  picture.duration = rest.duration;
  picture.planes.resize(planes.size());
  for (std::size_t i = 0; i < planes.size(); ++i) {
    const std::span<const std::byte> values = engine_.host(planes[i]);
    picture.planes[i].assign(values.begin(), values.end());
  }
}

std::string Painter::name_of(std::size_t frame) {
  std::optional<double> seconds;
  if (tick_ > 0) seconds = static_cast<double>(rest_of(frame).pts) * tick_;
  return frame_text(frame + 1, seconds);
}

void Painter::check_nets(std::optional<std::size_t> painted, std::size_t seen) {
  const auto told = [&](TensorId id) { return floats_of(engine_, id); };
  for (const Watch& w : frame_.watches) {
    const std::optional<std::size_t> frame = w.matte ? seen : painted;
    if (frame) check_made(w.net, name_of(*frame), told(w.seen), told(w.made), w.scale, w.matte);
  }
}

void Painter::carry_alpha(Rest& frame, media::Picture& painted) const {
  if (spec_.view == View::matte || frame.alpha.empty()) {
    painted.alpha.clear();
    return;
  }
  const int tiles = painted.width / spec_.width;
  if (tiles == 1) {
    std::swap(frame.alpha, painted.alpha);
    return;
  }
  painted.alpha.resize(frame.alpha.size() * tiles);
  for (int tile = 0; tile < tiles; ++tile) {
    place(frame.alpha, painted.alpha, frame.alpha.size() / spec_.height, tile, tiles);
  }
}

}  // namespace impasto::stylize
