#include "nets/frame_sources.h"

#include <utility>

namespace impasto {
namespace {

// Still is where luma and colours both are. The noise of luma is independent from pixel to pixel, but the same in R, G
// and B, so that it counts as one channel three times: chi-square of one degree of freedom, three times, comes above 52
// once in 30000 times. The noise of chroma planes of half the size is neither: enlarged to R, G, B, a row of a cell has
// some three times, the whole ten times the spread that its pixels by themselves suggest. With noise of 12 levels the
// mean square of luma is 288, give or take 51; of colours made from three such planes it is 850.
constexpr Stillness kStillLuma{.group_low = 52, .group_high = 78, .power_low = 400, .power_high = 520};
constexpr Stillness kStillColours{.group_low = 156, .group_high = 234, .power_low = 900, .power_high = 1200};

}  // namespace

FrameSources::FrameSources(const PixelFormat& format, int height, int width, FrameGraph& frame)
    : format_(format), frame_(frame) {
  frame_.in = graph().input_planes(format, height, width);
}

const std::vector<TensorId>& FrameSources::planes() {
  if (!frame_.look_ahead) return frame_.in;
  if (planes_.empty()) {
    for (const TensorId plane : frame_.in) planes_.push_back(last("composite/", graph().tensor(plane).name, plane));
  }
  return planes_;
}

TensorId FrameSources::newest_rgb() {
  if (newest_rgb_ == kAbsent) {
    stage("composite/");
    newest_rgb_ = format_.is_packed_rgb() ? frame_.in.front() : graph().append("to_rgb", ToRgb{format_}, frame_.in);
  }
  return newest_rgb_;
}

TensorId FrameSources::last_rgb() {
  if (last_rgb_ == kAbsent) {
    last_rgb_ =
        format_.is_packed_rgb() && frame_.look_ahead ? planes().front() : last("composite/", "rgb", newest_rgb());
  }
  return last_rgb_;
}

TensorId FrameSources::moment() {
  if (frame_.moment == kAbsent) frame_.moment = graph().input("moment", kMomentShape, DType::f32, true);
  return frame_.moment;
}

TensorId FrameSources::newest_stillness() {
  if (newest_stillness_ != kAbsent) return newest_stillness_;
  const TensorId luma = newest_luma(), last_luma = last("composite/", "luma", luma);
  const TensorId colours = newest_rgb(), last_colours = last_rgb();
  stage("composite/");
  const TensorId of_luma = graph().append("still_luma", kStillLuma, {luma, last_luma});
  const TensorId of_colours = graph().append("still_colours", kStillColours, {colours, last_colours});
  const TensorId still = graph().gate("still", of_luma, of_colours);
  const Shape cells = graph().tensor(still).shape;
  const TensorId means = graph().append("cell_colours", Resize{Resize::Mode::area, cells.h, cells.w}, {colours});
  const TensorId moment = this->moment();
  // The newest frame is the painted one, or the one after that.
  const Sweep sweep{frame_.look_ahead ? kMomentAfter : kMomentBefore};
  return newest_stillness_ = graph().sweep("stillness", still, means, moment, sweep);
}

// [1,H,W,3] u8, R = G = B: of the newest frame.
TensorId FrameSources::newest_luma() {
  const bool has_plane = format_.model == PixelFormat::Model::yuv || format_.model == PixelFormat::Model::grey;
  PixelFormat format = grey();
  stage("composite/");
  TensorId plane = frame_.in.front();
  if (has_plane) {
    format.depth = format_.depth;
    format.range = format_.range;
  } else {
    plane = graph().append("luma_plane", ConvertPlanes{format_, grey()}, frame_.in);
  }
  return graph().append("luma", ToRgb{format}, {plane});
}

TensorId FrameSources::stillness_before() {
  if (!frame_.look_ahead) return newest_stillness();
  if (last_stillness_ == kAbsent) last_stillness_ = last("composite/", "stillness", newest_stillness());
  return last_stillness_;
}

TensorId FrameSources::last(const char* stage, std::string name, TensorId x) {
  const TensorInfo info = graph().tensor(x);
  const TensorId state = graph().state(std::string(stage) + "last_" + name, info.shape, info.dtype);
  kept_.push_back({stage, "keep_" + std::move(name), x, state});
  return state;
}

void FrameSources::keep() {
  for (const Kept& kept : kept_) {
    stage(kept.stage);
    graph().store(kept.name, kept.x, kept.state);
  }
}

}  // namespace impasto
