// Frames through the engine: host planes in, host planes out.
#pragma once

#include "apps/stylize/backdrop.h"
#include "apps/stylize/face_finder.h"
#include "apps/stylize/flicker.h"
#include "apps/stylize/matte_source.h"
#include "apps/stylize/media/media.h"
#include "apps/stylize/options.h"
#include "apps/stylize/picture_style.h"
#include "apps/stylize/scene_cuts.h"
#include "apps/stylize/style.h"
#include "nets/frame.h"
#include "runtime/engine.h"

#include <memory>
#include <optional>
#include <span>
#include <string>

namespace impasto::stylize {

// What a job needs besides its input, found and checked before work begins.
struct Setup {
  std::unique_ptr<Backend> device;
  Precision precision = Precision::fp32;  // of the style net
  Precision matte_precision = Precision::fp32;
  LoadedStyle style;
  std::optional<LoadedStyle> behind_style;    // --bg-style
  std::unique_ptr<StylePredictor> predictor;  // if a style is of pictures
  const Net* matte_net = nullptr;             // nullptr: the person is everywhere
  std::optional<Weights> matte_weights;
  std::unique_ptr<MatteSource> given_matte;     // -m FILE
  std::optional<FaceSetup> face;                // if the matte net wants to know
  FaceFinder::Say say_of_face;                  // is told whether it is found
  std::optional<media::Picture> behind;         // --bg PICTURE
  std::unique_ptr<BackdropVideo> behind_video;  // --bg VIDEO
};

// What comes beside the painted frame, where the options ask for it.
struct SidePictures {
  media::Picture matte;       // grey
  media::Picture foreground;  // the matte is its alpha
};

// How many pictures --view puts side by side.
[[nodiscard]] int tile_count(View view);

// What comes with a frame, where the options ask for it.
struct Beside {
  Backdrop behind;   // of --bg VIDEO: stands behind the person from this frame on, if it is there
  GivenMatte matte;  // of -m FILE
};

class Painter {
 public:
  // Frames of height x width in format `in` become `out`. `setup` must outlive the Painter. `depth` as in Engine: 2 for
  // a video, whose frames' times are in units of `tick` seconds; without a tick each frame is a picture of its own.
  // `foreground`: the format of --output-foreground.
  Painter(const Options& options, const Setup& setup, int height, int width, const PixelFormat& in,
          const PixelFormat& out, int depth = 1, double tick = 0, const PixelFormat& foreground = {});

  // `painted` becomes height x (tiles * width), with the frame's time and alpha. What is left of `frame` serves only as
  // memory for another.
  void paint(media::Picture& frame, media::Picture& painted, SidePictures& sides, const Beside& beside = {}) {
    submit(frame, beside);
    collect(painted, sides);
  }
  // The same in steps, for a video: frames come back in the order in which they went in, each once, and no more than
  // depth() are under way. One may be held until the next has come: finish() says that there is none.
  // Throw Error that names net and frame where a net gave what cannot be its answer (watchdog.h).
  void submit(media::Picture& frame, const Beside& beside = {});
  void finish();
  void collect(media::Picture& painted, SidePictures& sides);
  [[nodiscard]] int depth() const noexcept { return engine_.depth(); }
  [[nodiscard]] int under_way() const noexcept { return engine_.under_way(); }

  // The net's style from the next frame on, for nets that have one as input.
  void mix(std::span<const float> numbers);

  // Of the frame, and of the net that finds the face if one does.
  [[nodiscard]] std::vector<NodeProfile> nodes() const;
  // Of the matte, and of the luma of what comes out (the last tile), where they are measured.
  [[nodiscard]] std::optional<double> matte_flicker() const;
  [[nodiscard]] std::optional<double> painted_flicker() const;

 private:
  // What goes round the engine.
  struct Rest {
    std::int64_t pts = 0;
    std::int64_t duration = 0;
    std::vector<std::byte> alpha;
    Backdrop behind;
    bool continues = false;  // the scene of the frame before
  };
  [[nodiscard]] std::string name_of(std::size_t frame);  // in messages
  // Of the collected run: which frame it painted, if any, and which one its matte net saw.
  void check_nets(std::optional<std::size_t> painted, std::size_t seen);
  [[nodiscard]] Rest& rest_of(std::size_t frame) { return rests_[frame % rests_.size()]; }
  void take_in(const media::Picture& frame, const GivenMatte& matte, Rest& rest, bool timed);
  void set_moment(bool continues, bool continued, bool paint_continues);
  void run(const Rest& painted, bool continued, bool timed);
  void show_behind(const Rest& painted);
  void measure(bool continues);
  // Output planes of the collected run.
  void take(const std::vector<TensorId>& planes, const PixelFormat& format, const Rest& rest, media::Picture& picture);
  void carry_alpha(Rest& frame, media::Picture& painted) const;
  // A style input and what it gets, time by time.
  struct StyleInput {
    const LoadedStyle& style;
    TensorId input;
    std::size_t next = 0;
  };
  bool choose_styles(std::int64_t pts);
  void set_style(const StyleInput& to, std::span<const float> numbers);

  StylePredictor* predictor_;
  float strength_;
  double tick_;
  FrameSpec spec_;
  FrameGraph frame_;
  Engine engine_;
  std::optional<FaceFinder> finder_;
  Profiler profiler_;
  std::optional<SceneCuts> cuts_;
  std::optional<Flicker> matte_flicker_, painted_flicker_;
  media::Picture newest_;      // held where the graph looks ahead,
  GivenMatte newest_matte_;    // as this
  std::vector<Rest> rests_;    // by frame number modulo how many there can be
  std::size_t submitted_ = 0;  // frames
  std::size_t collected_ = 0;
  std::int64_t first_pts_ = 0;
  std::vector<StyleInput> styles_;
  Backdrop shown_behind_;
  std::vector<float> content_;  // the first frame's own style, where --strength is between 0 and 1
};

}  // namespace impasto::stylize
