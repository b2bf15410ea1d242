#include "apps/stylize/job.h"

#include "apps/stylize/behind.h"
#include "apps/stylize/files.h"
#include "apps/stylize/painter.h"
#include "apps/stylize/video_job.h"
#include "runtime/devices/devices.h"
#include "runtime/error.h"

#include <algorithm>
#include <string_view>

namespace impasto::stylize {
namespace {

// A benchmark of a picture runs it this often.
constexpr int kBenchmarkRuns = 12;

void check_names(const Options& options, const std::vector<std::filesystem::path>& style_files, media::FileKind kind) {
  if (options.benchmark) return;
  if (!options.output.empty()) check_output(options.output, options, kind, style_files);
  check_side_outputs(options, kind, style_files);
}

// Of a flag that takes words and files: a name without a dot or a slash, of which there is no file, is a word misspelt.
void check_exists(std::string_view flag, const std::filesystem::path& file, std::string_view expected) {
  std::error_code ignored;
  if (file.empty() || std::filesystem::exists(file, ignored)) return;
  if (file.string().find_first_of("./") == std::string::npos) {
    fail_usage("{} {}: expected {}", flag, file.string(), expected);
  }
  fail("{} {}: no such file or folder", flag, file.string());
}

// Of --style and, if it is given, --bg-style.
std::vector<StyleSpec> parse_styles(const Options& options) {
  const int styles = find_net(kBuiltInNet).styles;
  std::vector<StyleSpec> specs{parse_style(options.style, styles)};
  if (!options.behind_style.empty()) specs.push_back(parse_style(options.behind_style, styles, "--bg-style"));
  return specs;
}

Setup make_setup(const Options& options, const std::vector<StyleSpec>& styles, std::unique_ptr<Backend> device,
                 Precision precision, const std::filesystem::path& models, media::FileKind kind, Progress& progress) {
  Setup setup;
  setup.device = std::move(device);
  setup.precision = precision;
  const media::Say say = [&](const std::string& text) { progress.remark(text); };
  if (std::any_of(styles.begin(), styles.end(), [](const StyleSpec& style) { return style.of_pictures(); })) {
    // Rungs are wished for the frame's graph.
    setup.predictor = std::make_unique<StylePredictor>(open_device(options.device, {options.threads, {}}));
  }
  const auto describe = [&](const std::filesystem::path& file) {
    if (media::recognise(file) != media::FileKind::image)
      fail("{}: is a video, expected a picture as style", file.string());
    const media::Picture picture = media::read_image(file, say);
    if (!picture.alpha.empty()) say(fmt::format("{}: its alpha is not used", file.string()));
    return setup.predictor->describe(picture, file.string());
  };
  setup.style = load_style(styles.front(), models, describe);
  if (styles.size() > 1) setup.behind_style = load_style(styles.back(), models, describe);
  if (!options.matte.empty()) {
    setup.matte_net = &find_net(options.matte);
    setup.matte_weights = load_matte(*setup.matte_net, options.matte_file, models);
    if (setup.matte_net->face) setup.face = load_face(*setup.matte_weights, options.landmarks);
  }
  if (!options.given_matte.empty()) {
    const bool still = kind == media::FileKind::image;
    setup.given_matte = std::make_unique<MatteSource>(options.given_matte, still, options.threads, say);
    progress.detail(fmt::format("matte of {}, {}x{}", options.given_matte.string(), setup.given_matte->width(),
                                setup.given_matte->height()));
  }
  if (options.behind == Behind::picture) {
    if (media::recognise(options.behind_file) == media::FileKind::image) {
      setup.behind = media::read_image(options.behind_file, say);
    } else {
      setup.behind_video = std::make_unique<BackdropVideo>(options.behind_file, options.threads, say);
    }
  }
  progress.detail(fmt::format("device {}: {}", setup.device->name(), setup.device->device_name()));
  progress.detail(fmt::format("style net {} in {}", setup.style.net->name, to_string(precision)));
  if (setup.behind_style) progress.detail(fmt::format("style net {} behind the person", setup.behind_style->net->name));
  if (setup.predictor) progress.detail("style predictor in fp32");
  if (setup.matte_net != nullptr) {
    setup.matte_precision = precision_of(*setup.matte_net, precision);
    progress.detail(fmt::format("matte net {} in {}", setup.matte_net->name, to_string(setup.matte_precision)));
  }
  if (setup.face) {
    if (options.landmarks.empty()) progress.detail("face net face in fp32");
    setup.say_of_face = [&progress](const std::string& text) { progress.detail(text); };
  }
  return setup;
}

void run_image(const Options& options, const Setup& setup, Progress& progress, const Interrupt& interrupt,
               Report& report) {
  const media::Say say = [&](const std::string& text) { progress.remark(text); };
  media::Picture input = timed(report.decode, [&] { return media::read_image(options.input, say); });
  Painter painter(options, setup, input.height, input.width, input.format, PixelFormat{});
  media::Picture painted;
  SidePictures sides;
  progress.start(1);
  Beside beside;
  if (setup.behind_video) beside.behind = setup.behind_video->at(0, input.height, input.width);
  if (setup.given_matte) beside.matte = setup.given_matte->next();
  const int runs = options.benchmark ? kBenchmarkRuns : 1;
  for (int run = 0; run < runs && !interrupt.requested(); ++run) {
    media::Picture frame = input;
    painter.paint(frame, painted, sides, beside);
    ++report.frames;
  }
  report.width = painted.width;
  report.height = painted.height;
  report.nodes = painter.nodes();
  report.interrupted = interrupt.requested();
  if (options.benchmark || report.interrupted) return;
  timed(report.encode, [&] { media::write_image(options.output, painted, say); });
  if (!options.output_alpha.empty()) media::write_image(options.output_alpha, sides.matte, say);
  if (!options.output_foreground.empty()) media::write_image(options.output_foreground, sides.foreground, say);
}

}  // namespace

Report run_job(const Options& options, const std::filesystem::path& models, Progress& progress,
               const Interrupt& interrupt) {
  const auto begin = std::chrono::steady_clock::now();
  const std::vector<StyleSpec> styles = parse_styles(options);
  std::vector<std::filesystem::path> style_files;
  for (const StyleSpec& style : styles) {
    for (std::filesystem::path& file : style.files()) style_files.push_back(std::move(file));
  }
  std::unique_ptr<Backend> device = open_device(options.device, {options.threads, options.rungs},
                                                [&](const std::string& text) { progress.detail(text); });
  const Precision precision = choose_precision(options.precision, *device);
  if (options.input == "-") fail_usage("-: expected the name of a picture or video");
  const media::FileKind kind = media::recognise(options.input);
  check_exists("--matte", options.given_matte, kMattesInWords);
  check_exists("--bg", options.behind_file, kBehindInWords);
  check_names(options, style_files, kind);
  const Setup setup = make_setup(options, styles, std::move(device), precision, models, kind, progress);

  Report report;
  report.input = options.input.string();
  report.output = options.output.string();
  report.device = setup.device->device_name();
  report.precision = to_string(precision);
  report.style = options.style;
  if (kind == media::FileKind::image) {
    run_image(options, setup, progress, interrupt, report);
  } else {
    run_video(options, setup, progress, interrupt, report);
  }
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  report.peak_rss_bytes = peak_rss_bytes();
  if (wants_roofline(options)) report.peaks = setup.device->measure_peaks();
  return report;
}

}  // namespace impasto::stylize
