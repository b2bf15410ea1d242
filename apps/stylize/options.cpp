#include "apps/stylize/options.h"

#include "apps/stylize/behind.h"
#include "apps/stylize/numbers.h"
#include "runtime/error.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

namespace impasto::stylize {
namespace {

constexpr std::string_view kExamples =
    "Examples:\n"
    "  stylize photo.jpg out.png -s 7\n"
    "      paint the person in a photo in style 7 and put them back over the photo\n"
    "  stylize selfie.mp4 out.mp4 -s 7:0.6,19:0.4 --crf 18\n"
    "      a video with sound, in a blend of two styles; -s painting.jpg takes the style of a picture\n"
    "  stylize selfie.mp4 out.mp4 -s udnie.safetensors --apply background --view 4up\n"
    "      another net's weights, the background painted instead; input, matte, cut-out and result side by side\n";

// In pixels, at which a net is asked to work.
constexpr int kLargestSide = 1 << 15;

constexpr const char* kMattes = "selfie|selfie-landscape|portrait-fcn:FILE|portrait-fcn+:FILE|none|FILE";

// ffmpeg's spellings and ours.
constexpr std::pair<std::string_view, std::string_view> kSpellings[] = {
    {"-c:v", "--codec"},   {"-crf", "--crf"}, {"-b:v", "--bitrate"}, {"-pix_fmt", "--pix-fmt"},
    {"-an", "--no-audio"}, {"-ss", "--ss"},   {"-to", "--to"},
};

// The arguments as CLI11 is to see them. It would take "-s7" as "-s 7"; here a one-letter flag stands alone.
std::vector<std::string> rewrite(int argc, const char* const* argv) {
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  for (std::string& word : words) {
    if (word == "--") break;
    const auto* spelling = std::find_if(std::begin(kSpellings), std::end(kSpellings),
                                        [&](const auto& pair) { return pair.first == word; });
    if (spelling != std::end(kSpellings)) {
      word = spelling->second;
    } else if (word.size() > 2 && word[0] == '-' && std::isalpha(static_cast<unsigned char>(word[1])) != 0) {
      fail_usage("unknown flag {} (a one-letter flag takes its value as the next word; see stylize --help)", word);
    }
  }
  return words;
}

template <typename T>
struct Choice {
  std::string_view name;
  T value;
};

// Adds options whose values are checked by us, so that every message names flag, value and what was expected.
class Parser {
 public:
  explicit Parser(CLI::App& app) : app_(app) {}

  void group(const std::string& name) { group_ = name; }

  CLI::Option* value(const std::string& names, const std::string& text, const std::string& help,
                     std::function<void(const std::string& flag, const std::string& value)> take) {
    const std::string flag = names.substr(names.rfind(',') + 1);
    return app_
        .add_option_function<std::string>(
            names, [flag, take](const std::string& v) { take(flag, v); }, help)
        ->option_text(text)
        ->group(group_);
  }

  template <typename T>
  void choice(const std::string& names, T& target, std::vector<Choice<T>> choices, const std::string& help) {
    std::string list;
    for (const auto& c : choices) list += (list.empty() ? "" : "|") + std::string(c.name);
    value(names, list, help, [&target, choices, list](const std::string& flag, const std::string& text) {
      for (const auto& c : choices) {
        if (c.name == text) {
          target = c.value;
          return;
        }
      }
      fail_usage("{} {}: expected {}", flag, text, list);
    });
  }

  void number(const std::string& names, float& target, double low, double high, const std::string& help) {
    value(names, fmt::format("{}..{}", low, high), help, [&target, low, high](const auto& flag, const auto& text) {
      target = static_cast<float>(parse_number(flag, text, low, high));
    });
  }

  CLI::Option* text(const std::string& names, std::string& target, const std::string& type, const std::string& help) {
    return value(names, type, help, [&target](const auto& flag, const auto& text) {
      if (text.empty()) fail_usage("{}: expected a value", flag);
      target = text;
    });
  }

  CLI::Option* path(const std::string& names, std::filesystem::path& target, const std::string& type,
                    const std::string& help) {
    return value(names, type, help, [&target](const auto& flag, const auto& text) {
      if (text.empty()) fail_usage("{}: expected the name of a file", flag);
      target = text;
    });
  }

  CLI::Option* flag(const std::string& names, bool& target, const std::string& help) {
    return app_.add_flag(names, target, help)->group(group_);
  }

 private:
  CLI::App& app_;
  std::string group_;
};

void add_files(Parser& p, Options& o) {
  p.group("Files");
  p.path("input,-i,--input", o.input, "INPUT", "picture or video");
  p.path("output,-o,--output", o.output, "OUTPUT", "picture (.png, .jpg) or video (.mp4, .mov, .mkv, .webm, ...)");
  p.flag("-y,--overwrite", o.overwrite, "replace an output that exists");
  p.flag("-n,--no-overwrite", o.keep, "never replace an output, whatever else is said");
}

void add_picture(Parser& p, Options& o) {
  p.group("Painting");
  p.text("-s,--style", o.style, "STYLE",
         "index 0..25, a picture, FILE.safetensors; a blend: 7:0.6,19:0.4; over time: 0s:7,5s:19 (" + o.style + ")");
  p.number(
      "--strength", o.strength, 0, 1,
      "how much of the painting replaces the frame; for a picture's style, how far to go from the frame's own (1)");
  p.choice<Apply>("--apply", o.apply,
                  {{"person", Apply::person}, {"background", Apply::background}, {"frame", Apply::frame}},
                  "what is painted (person)");
  p.value(
      "--bg", "original|styled|blur[:R]|#RRGGBB|FILE",
      "what is behind the person: blur is the frame, blurred by R pixels (a twentieth of its shorter side); FILE is a "
      "picture, or a video, which is looped (original)",
      [&o](const std::string& flag, const std::string& text) { parse_behind(flag, text, o); });
  p.text("--bg-style", o.behind_style, "STYLE", "paint what is behind the person too, in another style");
  p.flag("--preserve-color", o.preserve_colour, "keep the frame's colours: of the painting only light and dark count");
  p.value("--style-size", "N", "long side at which the style net works: less is coarser and faster (the frame's own)",
          [&o](const std::string& flag, const std::string& text) {
            o.style_size = static_cast<int>(parse_integer(flag, text, 1, kLargestSide));
          });
  p.choice<Border>("--border", o.border, {{"extend", Border::extend}, {"none", Border::none}},
                   "paint beyond the frame's edges and cut that off (extend for nets that pad with zeros, else none)");

  p.number("--steady", o.steady, 0, 1,
           "how much a video's painting is held where the picture stands still; 0: off (0.8)");

  p.group("Matte");
  p.value("-m,--matte", kMattes,
          "the net that finds the person, FILE its weights; none: the person is everywhere; or the matte itself: a "
          "picture, or a folder of pictures or a video, one a frame (selfie)",
          [&o](const std::string& flag, const std::string& text) {
            const std::size_t colon = std::min(text.find(':'), text.size());
            const std::string net = text.substr(0, colon);
            const bool brought = net == "portrait-fcn" || net == "portrait-fcn+";
            const bool built_in = net == "selfie" || net == "selfie-landscape" || net == "none";
            const bool named = (built_in && colon == text.size()) || (brought && colon + 1 < text.size());
            if (text.empty() || ((brought || built_in) && !named)) {
              fail_usage("{} {}: expected {}", flag, text, kMattesInWords);
            }
            o.matte = net == "none" || !named ? "" : net;
            if (!named) o.given_matte = text;
            if (brought) o.matte_file = text.substr(colon + 1);
          });
  p.value("--matte-size", "N",
          fmt::format("longest side at which portrait-fcn works, never scaled up ({})", kMatteSize),
          [&o](const std::string& flag, const std::string& text) {
            o.matte_size = static_cast<int>(parse_integer(flag, text, 1, kLargestSide));
          });
  p.path("--landmarks", o.landmarks, "FILE",
         "the face's landmarks in the upright input, a line x y each, from 1, for portrait-fcn+ (the face is found)");
  p.number("--matte-smooth", o.matte_smooth, 0, 1,
           "smoothing of a video's matte over time, where it stands still; 0: off (0.5)");
  p.number("--matte-threshold", o.matte_threshold, 0, 1,
           "matte value at the person's edge (0.5; a given matte is as it is)");
  p.number("--matte-softness", o.matte_softness, 0, 1,
           fmt::format("width of the step about the threshold; 0 is a hard edge ({})", o.matte_softness));
  p.number(
      "--matte-min-area", o.matte_min_area, 0, 1,
      fmt::format("smallest part of the person, a share of the picture: what is smaller is removed; 0 keeps all ({}; a "
                  "given matte keeps all, and its holes too, unless this is there)",
                  o.matte_min_area));
  p.flag("--no-matte-fill", o.keep_holes, "leave the holes in the person");
  p.number("--matte-grow", o.matte_grow, -kMostGrowth, kMostGrowth,
           "pixels by which the person is larger, or, below 0, smaller (0)");
  p.number("--matte-feather", o.matte_feather, 0, 1000, "blur of the edge, in pixels (0)");

  p.group("Views and side outputs");
  p.choice<View>("--view", o.view,
                 {{"comp", View::comp},
                  {"matte", View::matte},
                  {"styled", View::styled},
                  {"side", View::side},
                  {"4up", View::four_up}},
                 "result; matte; painted frame; input and result; input, matte, painted cut-out and result (comp)");
  p.path("--output-alpha", o.output_alpha, "FILE",
         "the matte too: .png, PNGs as out_%05d.png, or a lossless grey video");
  p.path(
      "--output-foreground", o.output_foreground, "FILE",
      "the person cut out, with alpha: .png; of a video PNGs as out_%05d.png, .mov (ProRes), .webm (VP9), .mkv (FFV1)");
}

void add_video(Parser& p, Options& o, bool& no_audio) {
  p.group("Video (ffmpeg's spelling in brackets)");
  p.text("-c,--codec", o.write.codec, "NAME", "[-c:v] encoder (by container: H.264; VP9 in webm)");
  p.value("--crf", "N", "[-crf] constant quality, less is better (18)",
          [&o](const auto& flag, const auto& text) { o.write.crf = parse_number(flag, text, 0, 255); });
  p.text("--preset", o.write.preset, "NAME", "the encoder's preset, such as medium");
  p.value("--bitrate", "RATE", "[-b:v] bits a second instead of a quality, such as 4M",
          [&o](const auto& flag, const auto& text) { o.write.bitrate = parse_bitrate(flag, text); });
  p.text("--pix-fmt", o.write.pix_fmt, "NAME", "[-pix_fmt] pixel format, such as yuv420p");
  p.value("-e,--encoder-option", "KEY=VALUE", "an option of the encoder; may be given again",
          [&o](const auto& flag, const auto& text) {
            const std::size_t equals = text.find('=');
            if (equals == std::string::npos || equals == 0) fail_usage("{} {}: expected KEY=VALUE", flag, text);
            o.write.encoder_options.emplace_back(text.substr(0, equals), text.substr(equals + 1));
          })
      ->trigger_on_parse();
  p.value("--fps", "N or N/D", "drop or repeat frames to this constant rate",
          [&o](const auto& flag, const auto& text) { o.read.fps = parse_rate(flag, text); });
  p.value("--ss", "TIME", "[-ss] begin at this time of the input: seconds or [HH:]MM:SS",
          [&o](const auto& flag, const auto& text) { o.read.start = parse_time(flag, text); });
  p.value("--to", "TIME", "[-to] end at this time of the input",
          [&o](const auto& flag, const auto& text) { o.read.to = parse_time(flag, text); });
  p.value("-t,--duration", "TIME", "at most this long",
          [&o](const auto& flag, const auto& text) { o.read.duration = parse_time(flag, text); });
  p.value("--frames", "N", "at most so many frames",
          [&o](const auto& flag, const auto& text) { o.read.frames = parse_integer(flag, text, 1, 1'000'000'000); });
  p.flag("--no-audio", no_audio, "[-an] leave the sound out");
}

void add_device(Parser& p, Options& o, bool& list_devices) {
  p.group("Device");
  p.text("-d,--device", o.device, "auto|cpu|cuda[:N]|simt", "where to compute (auto)")->envname("STYLIZE_DEVICE");
  p.choice<std::optional<Precision>>(
      "--precision", o.precision,
      {{"auto", std::nullopt}, {"fp32", Precision::fp32}, {"fp16", Precision::fp16}, {"bf16", Precision::bf16}},
      "of the nets; cuda and simt have fp16 and fp32, the cpu fp32 and, but for selfie, bf16 (auto)");
  p.value("--kernel", "OP=RUNG", "run an op's nodes on this rung where it can; may be given again, such as conv2d=v1",
          [&o](const auto& flag, const auto& text) {
            const std::size_t equals = text.find('=');
            if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
              fail_usage("{} {}: expected OP=RUNG, such as conv2d=v1", flag, text);
            }
            const std::string op = text.substr(0, equals);
            for (const ForcedRung& other : o.rungs) {
              if (other.op == op)
                fail_usage("{} {}: expected one rung of {}, {} is given too", flag, text, op, other.rung);
            }
            o.rungs.push_back({op, text.substr(equals + 1)});
          })
      ->trigger_on_parse();
  p.value("--threads", "N", "threads to use (all cores)", [&o](const auto& flag, const auto& text) {
    o.threads = static_cast<int>(parse_integer(flag, text, 1, 1024));
  });
  p.flag("--list-devices", list_devices, "devices and their precisions");
}

struct Lists {
  bool styles = false, models = false, devices = false, version = false;
};

void add_talk(Parser& p, Options& o, Lists& lists) {
  p.group("Reports");
  p.choice<ProgressMode>("--progress", o.progress,
                         {{"auto", ProgressMode::automatic},
                          {"bar", ProgressMode::bar},
                          {"plain", ProgressMode::plain},
                          {"json", ProgressMode::json},
                          {"none", ProgressMode::none}},
                         "on stderr (auto: a bar on a terminal, else plain)");
  p.flag("-q,--quiet", o.quiet, "errors only");
  p.flag("-v,--verbose", o.verbose, "say what is used");
  p.flag("--timings", o.timings,
         "time of each stage and node, on stderr; with -v GB/s and the share of this machine's measured peak too");
  p.flag("--json", o.json, "a record of the job at the end, on stdout");
  p.flag("--benchmark", o.benchmark, "time decode, matte, style and composite; nothing is written");
  p.flag("--list-styles", lists.styles, "the built-in styles");
  p.path("--contact-sheet", o.contact_sheet, "FILE",
         "with --list-styles: INPUT (or a sample) in every style, as a PNG");
  p.flag("--list-models", lists.models, "the nets");
  p.text("--graph", o.graph, "NAME", "with --list-models: a net's nodes, shapes and arena offsets");
  p.flag("--version", lists.version, "version and CUDA architectures");
}

void check(const Options& o) {
  if (!o.contact_sheet.empty() && o.action != Options::Action::list_styles) {
    fail_usage("--contact-sheet: expected with --list-styles");
  }
  if (!o.graph.empty() && o.action != Options::Action::list_models) fail_usage("--graph: expected with --list-models");
  if (o.action != Options::Action::job) return;
  if (o.input.empty()) fail_usage("no input: expected stylize INPUT OUTPUT (see stylize --help)");
  if (o.matte_size && o.matte_file.empty()) {
    fail_usage("--matte-size {}: expected with a matte net of any size, portrait-fcn or portrait-fcn+", *o.matte_size);
  }
  if (!o.landmarks.empty() && (o.matte.empty() || !find_net(o.matte).face)) {
    fail_usage("--landmarks {}: expected with -m portrait-fcn+:FILE", o.landmarks.string());
  }
  if (o.output.empty() && !o.benchmark) fail_usage("no output: expected stylize INPUT OUTPUT (see stylize --help)");
  if (!o.behind_style.empty()) {
    if (o.behind != Behind::original) fail_usage("--bg-style {}: expected without --bg", o.behind_style);
    if (o.apply != Apply::person) fail_usage("--bg-style {}: expected with --apply person", o.behind_style);
  }
  if (o.read.to && o.read.start && *o.read.to <= *o.read.start) {
    fail_usage("--to {}: expected a time after --ss {}", *o.read.to, *o.read.start);
  }
}

}  // namespace

Options parse_options(int argc, const char* const* argv) {
  Options o;
  o.style = "5";
  o.matte = "selfie";
  o.device = "auto";
  Lists lists;

  CLI::App app("Cut the person out of a photo or video, paint them, and put them back.", "stylize");
  app.footer(std::string(kExamples));
  app.get_formatter()->column_width(44);
  Parser parser(app);
  add_files(parser, o);
  add_picture(parser, o);
  bool no_audio = false;
  add_video(parser, o, no_audio);
  add_device(parser, o, lists.devices);
  add_talk(parser, o, lists);
  app.set_help_flag("-h,--help", "this text")->group("Reports");

  std::vector<std::string> words = rewrite(argc, argv);
  std::reverse(words.begin(), words.end());  // as CLI11 wants them
  try {
    app.parse(words);
  } catch (const CLI::CallForHelp&) {
    o.action = Options::Action::help;
    o.help = app.help();
    return o;
  } catch (const CLI::ExtrasError&) {
    const std::string word = app.remaining().empty() ? "" : app.remaining().front();
    fail_usage("{} {} (see stylize --help)", word.starts_with('-') ? "unknown flag" : "unexpected argument", word);
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string text = error.what();
    const bool again = text.find("received") != std::string::npos;
    fail_usage("{}: {} (see stylize --help)", text.substr(0, text.find(':')),
               again ? "given more than once" : "expected a value as the next word");
  } catch (const CLI::ParseError& error) {
    fail_usage("{} (see stylize --help)", error.what());
  }

  o.write.audio = !no_audio;
  o.min_area_given = app.count("--matte-min-area") > 0;
  o.smooth_given = app.count("--matte-smooth") > 0;
  o.threshold_given = app.count("--matte-threshold") + app.count("--matte-softness") > 0;
  if (lists.styles) o.action = Options::Action::list_styles;
  if (lists.models) o.action = Options::Action::list_models;
  if (lists.devices) o.action = Options::Action::list_devices;
  if (lists.version) o.action = Options::Action::version;
  check(o);
  if (!o.behind_style.empty()) o.behind = Behind::other_style;
  return o;
}

}  // namespace impasto::stylize
