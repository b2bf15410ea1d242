#include "apps/stylize/face_finder.h"

#include "apps/stylize/engine_planes.h"
#include "apps/stylize/style.h"
#include "apps/stylize/watchdog.h"
#include "runtime/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace impasto::stylize {

FaceSetup load_face(const Weights& matte_weights, const std::filesystem::path& landmarks) {
  FaceSetup setup;
  const std::vector<float> numbers = to_floats(*matte_weights.find("canonical_landmarks"));
  for (std::size_t i = 0; i + 1 < numbers.size(); i += 2) {
    setup.canonical.push_back({static_cast<double>(numbers[i]), static_cast<double>(numbers[i + 1])});
  }
  if (landmarks.empty()) {
    setup.weights = load_embedded(find_net("face"));
    setup.canonical = key_points_of_landmarks(setup.canonical);
    return setup;
  }
  setup.landmarks = read_landmarks(landmarks);
  if (setup.landmarks.size() != setup.canonical.size()) {
    fail("{}: has {} landmarks, expected {} as in {}", landmarks.string(), setup.landmarks.size(),
         setup.canonical.size(), matte_weights.label());
  }
  return setup;
}

FaceFinder::FaceFinder(const FaceSetup& setup, Backend& device, const PixelFormat& format, const Seen& seen, Say say)
    : setup_(setup), seen_(seen), say_(std::move(say)) {
  if (!setup.landmarks.empty()) {
    align(setup.landmarks);
    if (values_[6] == 0) say_("face: the landmarks lie on a line, as good as: they count for nothing");
    return;
  }
  net_ = build_face(seen.height, seen.width, format, setup.weights);
  engine_.emplace(std::move(net_.graph), device);
  profiler_.begin(engine_->profile());
}

std::span<const float> FaceFinder::find(const media::Picture& frame, const std::string& place, bool timed) {
  if (!engine_) return values_;
  const std::optional<Face> face = detect(frame, place, timed);
  bool found = false;
  if (face) {
    const std::array<float, 8> last = values_;
    std::vector<Point> points(face->points.begin(),
                              face->points.begin() + static_cast<std::ptrdiff_t>(setup_.canonical.size()));
    for (Point& p : points) p = {p.x + 0.5, p.y + 0.5};  // one-based
    align(points);
    found = values_[6] != 0;
    if (!found) values_ = last;
  }
  if (found != found_) {
    say_(found ? fmt::format("face: found, score {:.2f}, {:.0f}x{:.0f} pixels at {:.0f},{:.0f}", face->score,
                             face->right - face->left, face->bottom - face->top, face->left, face->top)
         : values_[6] != 0 ? "face: none is found, the last one is kept"
                           : "face: none is found");
  }
  found_ = found;
  return values_;
}

std::optional<Face> FaceFinder::detect(const media::Picture& frame, const std::string& place, bool timed) {
  copy_planes(frame, net_.in, *engine_);
  timed ? engine_->run(profiler_) : engine_->run();
  const auto values = [&](TensorId id) { return floats_of(*engine_, id); };
  const FaceMaps& maps = net_.maps;
  for (const TensorId id : {maps.scores_8, maps.boxes_8, maps.scores_16, maps.boxes_16}) {
    check_values("face", place, is_varied(frame), values(id));
  }
  return largest_face(
      decode_faces({values(maps.scores_8), values(maps.boxes_8), values(maps.scores_16), values(maps.boxes_16)},
                   seen_.height, seen_.width));
}

// `points` are one-based, of the frame.
void FaceFinder::align(std::span<const Point> points) {
  std::vector<Point> seen;
  std::ranges::transform(points, std::back_inserter(seen), seen_);
  values_ = face_input(fit_affine(seen, setup_.canonical));
}

}  // namespace impasto::stylize
