// The command line of stylize as a plain struct. No file is touched here.
#pragma once

#include "apps/stylize/media/media.h"
#include "nets/frame.h"
#include "runtime/backend.h"
#include "runtime/graph.h"

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace impasto::stylize {

// Longest side at which matte nets of no fixed size work, unless another is asked for: that of the portraits which
// portrait-fcn was trained on.
inline constexpr int kMatteSize = 800;

// What --matte takes.
inline constexpr const char* kMattesInWords =
    "selfie|selfie-landscape|portrait-fcn:FILE|portrait-fcn+:FILE|none, or a matte: a picture, a folder or a video";

enum class ProgressMode : std::uint8_t { automatic, bar, plain, json, none };

struct Options {
  enum class Action : std::uint8_t { job, help, version, list_styles, list_models, list_devices };

  Action action = Action::job;
  std::string help;  // the text to print, if action is help

  std::filesystem::path input;
  std::filesystem::path output;
  bool overwrite = false;  // -y
  bool keep = false;       // -n; wins over -y

  std::string style;
  float strength = 1;
  Apply apply = Apply::person;
  Behind behind = Behind::original;
  std::array<std::uint8_t, 3> colour{};
  std::filesystem::path behind_file;  // if behind is picture
  float blur_radius = 0;              // if behind is blur; 0: as FrameSpec has it
  std::string behind_style;           // if behind is other_style
  bool preserve_colour = false;
  int style_size = 0;  // long side at which style nets work; 0: the frame's
  Border border = Border::automatic;
  std::string matte;                  // name of a matte net; empty: none
  std::filesystem::path matte_file;   // its weights, if they are not built in
  std::filesystem::path given_matte;  // a picture, folder or video instead of a net
  // A matte that is given gets what these flags do only where they are: a step, smoothing, no islands or holes.
  bool threshold_given = false;     // --matte-threshold or --matte-softness
  bool smooth_given = false;        // --matte-smooth
  bool min_area_given = false;      // --matte-min-area
  std::optional<int> matte_size;    // longest side at which it works; only for nets of no fixed size
  std::filesystem::path landmarks;  // of the face in the input, from 1, for nets that want it; empty: it is found
  float steady = 0.8F;
  float matte_smooth = 0.5F;
  float matte_threshold = 0.5F;
  float matte_softness = FrameSpec{}.matte_softness;
  float matte_min_area = FrameSpec{}.matte_min_area;
  bool keep_holes = false;
  float matte_grow = 0;
  float matte_feather = 0;
  View view = View::comp;
  std::filesystem::path output_alpha;
  std::filesystem::path output_foreground;

  media::ReadOptions read;
  media::WriteOptions write;

  std::string device;
  std::optional<Precision> precision;  // absent: auto
  std::vector<ForcedRung> rungs;
  int threads = 0;  // 0: as many as the machine has

  ProgressMode progress = ProgressMode::automatic;
  bool quiet = false;
  bool verbose = false;
  bool timings = false;
  bool json = false;
  bool benchmark = false;

  std::filesystem::path contact_sheet;
  std::string graph;
};

// Whether times are held against what the device can do: --timings -v.
[[nodiscard]] inline bool wants_roofline(const Options& options) {
  return options.timings && options.verbose;
}

// Throws a usage Error that names the flag, its value and what was expected. STYLIZE_DEVICE stands in for --device.
[[nodiscard]] Options parse_options(int argc, const char* const* argv);

}  // namespace impasto::stylize
