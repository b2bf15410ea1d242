// Where the face is, for the matte net that wants to know (portrait-fcn+): found in each frame, or given as landmarks.
#pragma once

#include "apps/stylize/media/media.h"
#include "nets/face.h"
#include "nets/face_alignment.h"
#include "nets/face_detection.h"
#include "runtime/engine.h"

#include <array>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace impasto::stylize {

// What is known before the first frame.
struct FaceSetup {
  std::vector<Point> canonical;  // landmarks of the matte net's weights, or those that answer to a face's key points
  std::vector<Point> landmarks;  // of the input, as many; empty: its faces are found
  Weights weights;               // of the net that finds them
};
// `landmarks` is the file of --landmarks, or empty. Throws Error if it has another number of them than the matte net's
// weights, or if there is none and key points do not do for these.
[[nodiscard]] FaceSetup load_face(const Weights& matte_weights, const std::filesystem::path& landmarks);

class FaceFinder {
 public:
  using Say = std::function<void(const std::string&)>;

  // Frames are `seen` by the matte net. `setup` and the device must outlive it; `say` is told what changes, once.
  FaceFinder(const FaceSetup& setup, Backend& device, const PixelFormat& format, const Seen& seen, Say say);

  // For the graph input `face`. Where no face is found, the last one is kept. `timed`: each node's time is taken.
  // Throws Error that names `place` if the net gave what cannot be its answer.
  [[nodiscard]] std::span<const float> find(const media::Picture& frame, const std::string& place, bool timed);

  // Of the net that finds faces; none if landmarks are given.
  [[nodiscard]] const std::vector<NodeProfile>& nodes() const noexcept { return profiler_.nodes(); }

 private:
  [[nodiscard]] std::optional<Face> detect(const media::Picture& frame, const std::string& place, bool timed);
  void align(std::span<const Point> points);

  const FaceSetup& setup_;
  Seen seen_;
  Say say_;
  FaceGraph net_;
  Profiler profiler_;
  std::optional<Engine> engine_;  // none if landmarks are given
  std::optional<bool> found_;     // in the last frame
  std::array<float, 8> values_{};
};

}  // namespace impasto::stylize
