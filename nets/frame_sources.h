// What the graph of a frame is made from: planes, R G B and luma of the frame that a run sees and of the one that it
// paints, what they were in the last run, and how still the picture stands. Each is appended when first asked for.
#pragma once

#include "nets/frame.h"
#include "runtime/graph.h"

#include <string>
#include <vector>

namespace impasto {

constexpr PixelFormat grey(int depth = 8) {
  return {.model = PixelFormat::Model::grey, .depth = depth};
}

class FrameSources {
 public:
  // Makes frame.in. The newest frame is the one that a run sees; the painted one is that too, or, with
  // frame.look_ahead, the one before it. `frame` must outlive this.
  FrameSources(const PixelFormat& format, int height, int width, FrameGraph& frame);

  // Of the painted frame: its planes; [1,H,W,3] u8.
  const std::vector<TensorId>& planes();
  TensorId rgb() { return frame_.look_ahead ? last_rgb() : newest_rgb(); }
  TensorId newest_rgb();

  // frame.moment: whether the neighbours of the painted frame are of its scene.
  TensorId moment();
  // As Sweep has it: from the frame before the newest to that, and from the one before the painted to that.
  TensorId newest_stillness();
  TensorId stillness_before();

  // What x was in the last run. The name is a copy: it may be that of a tensor, and tensors move when one is added.
  TensorId last(const char* stage, std::string name, TensorId x);
  // Keeps what last() was asked for, for the next run. To be called when all that reads it is appended.
  void keep();

 private:
  [[nodiscard]] Graph& graph() { return frame_.graph; }
  void stage(const char* name) { graph().scope(name, Precision::fp32); }
  TensorId last_rgb();
  TensorId newest_luma();

  struct Kept {
    const char* stage;
    std::string name;
    TensorId x, state;
  };
  PixelFormat format_;
  FrameGraph& frame_;
  std::vector<Kept> kept_;
  std::vector<TensorId> planes_;
  TensorId newest_rgb_ = kAbsent;
  TensorId last_rgb_ = kAbsent;
  TensorId newest_stillness_ = kAbsent;
  TensorId last_stillness_ = kAbsent;
};

}  // namespace impasto
