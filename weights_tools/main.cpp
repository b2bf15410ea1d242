// stylize-weights: converts other people's weight files to ours.
#include "runtime/error.h"
#include "weights_tools/convert.h"
#include "weights_tools/portrait.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>

namespace {

using namespace impasto;

struct Options {
  std::string input;
  std::string output;
  std::string net;
  std::string type = "f32";
  bool overwrite = false;
  PortraitOptions portrait;
};

std::int64_t numbers(std::span<const NamedTensor> tensors) {
  std::int64_t count = 0;
  for (const NamedTensor& t : tensors) count += static_cast<std::int64_t>(t.data.size() / size_of(t.dtype));
  return count;
}

DType type_named(std::string_view name) {
  return name == "f16" ? DType::f16 : name == "i8" ? DType::i8 : DType::f32;
}

// Our own files say which net they are for; two nets may have tensors of the same names and shapes.
void check_net(const Source& source, const Net& net) {
  const auto found = source.metadata.find("net");
  if (source.format == Format::safetensors && found != source.metadata.end() && found->second != net.name) {
    fail("{}: is for the net {}, expected {}", source.label, printable(found->second), net.name);
  }
}

// What the file does not have and the net can do without.
void tell_of_bilinear(const Source& source, std::span<const Mapping> map) {
  std::vector<std::string_view> names;
  for (const Mapping& mapping : map) {
    if (mapping.source.empty()) names.push_back(mapping.target.name);
  }
  if (!names.empty()) {
    fmt::print("{}: has no {}: bilinear interpolation is taken\n", source.label, fmt::join(names, ", "));
  }
}

// Nets of PASCAL's classes were trained on pictures of 0..255.
void tell_of_scale(const Options& options, const std::map<std::string, std::string>& metadata) {
  const auto person = metadata.find("person_class");
  if (person == metadata.end() || options.portrait.input_scale) return;
  fmt::print("{}: input_scale is {}; what was trained on PASCAL by FCN-8s' authors wants --input-scale 1\n",
             options.output, metadata.at("input_scale"));
}

void run_convert(const Options& options) {
  const Net& net = find_net(options.net);
  if (!options.overwrite && std::filesystem::exists(std::filesystem::symlink_status(options.output))) {
    fail("{}: exists (-y overwrites it)", options.output);
  }
  Source source = read_source(options.input);
  check_net(source, net);
  check_portrait_options(options.portrait, net, source);
  add_portrait_tensors(options.portrait, source);
  const std::vector<Mapping> map = name_map(net, source);
  const std::vector<NamedTensor> tensors = convert(source, map, type_named(options.type));
  const std::filesystem::path input = std::filesystem::absolute(options.input).lexically_normal();
  const std::string name = (input.has_filename() ? input : input.parent_path()).filename().string();
  std::map<std::string, std::string> metadata = portrait_metadata(options.portrait, net, source, tensors);
  metadata.insert({{"net", std::string(net.name)},
                   {"source", name},
                   {"source_sha256", source.sha256},
                   {"tool", "stylize-weights " IMPASTO_VERSION}});
  write_safetensors(options.output, tensors, metadata);
  tell_of_bilinear(source, map);
  tell_of_scale(options, metadata);
  fmt::print("{}: {}, {} tensors, {} numbers, {}\n", options.output, net.name, tensors.size(), numbers(tensors),
             options.type);
}

void run_inspect(const Options& options) {
  const Source source = read_source(options.input);
  fmt::print("{}: {}, {} tensors, sha256 {}\n", source.label, to_string(source.format), source.tensors.size(),
             source.sha256);
  for (const auto& [key, value] : source.metadata) fmt::print("{}: {}\n", printable(key), printable(value));
  for (const WeightView& t : source.tensors) {
    fmt::print("{:<5} {:<16} {}\n", t.file_type, shape_string(t.shape), printable(t.name));
  }
}

void run_verify(const Options& options) {
  const Net& net = find_net(options.net);
  const Source source = read_source(options.input);
  check_net(source, net);
  const std::vector<NamedTensor> tensors = convert(source, net, DType::f32);
  fmt::print("{}: fits {}, {} tensors, {} numbers\n", source.label, net.name, tensors.size(), numbers(tensors));
}

int run(int argc, char** argv) {
  CLI::App app("Converts weight files of other projects to the safetensors files that stylize reads.",
               "stylize-weights");
  app.set_version_flag("--version", "stylize-weights " IMPASTO_VERSION);
  app.require_subcommand(1);
  Options options;

  CLI::App* convert = app.add_subcommand("convert",
                                         "Convert a Caffe, PyTorch, ONNX or TFLite file, a TensorFlow checkpoint, a "
                                         "deeplearn.js folder or a safetensors file");
  convert->add_option("IN", options.input, "File or folder; its format is recognised from its bytes")->required();
  convert->add_option("-o,--output", options.output, "Safetensors file to write")->required();
  convert->add_option("--net", options.net, "Net that the weights are for (see stylize --list-models)")->required();
  convert
      ->add_option("--type", options.type,
                   "Type of the numbers: f32, f16, or i8 (8-bit integers stay so, the rest f32)")
      ->check(CLI::IsMember({"f32", "f16", "i8"}))
      ->capture_default_str();
  const auto portrait = [&](const char* flag, auto& option, const char* help) {
    convert->add_option(flag, option, help)->group("Portrait nets");
  };
  portrait("--input-scale", options.portrait.input_scale, "What the net's input is multiplied by (1/255)");
  portrait("--input-mean", options.portrait.input_mean, "B,G,R to be subtracted before (104.008,116.669,122.675)");
  portrait("--mean-mask", options.portrait.mean_mask, "PNG of 600x800 pixels: how likely a person is there");
  portrait("--landmarks", options.portrait.landmarks, "Text, a line \"x y\" a landmark of that frame, from 1");
  portrait("--person-class", options.portrait.person_class,
           "The person's channel of the scores (1 of 2; 15 of PASCAL's 21 and 60)");
  convert->add_flag("-y", options.overwrite, "Overwrite the output");

  CLI::App* inspect = app.add_subcommand("inspect", "List tensors, shapes, types and metadata");
  inspect->add_option("FILE", options.input, "File or folder of any format that convert reads")->required();

  CLI::App* verify = app.add_subcommand("verify", "Check that a file has what a net needs");
  verify->add_option("FILE", options.input, "File or folder of any format that convert reads")->required();
  verify->add_option("--net", options.net, "Net that the weights are for")->required();

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {  // --help, --version
    return app.exit(done);
  } catch (const CLI::ParseError& error) {
    fail_usage("{} (see --help)", error.what());
  }
  if (convert->parsed()) run_convert(options);
  if (inspect->parsed()) run_inspect(options);
  if (verify->parsed()) run_verify(options);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const Error& error) {
    fmt::print(stderr, "stylize-weights: {}\n", error.what());
    return static_cast<int>(error.kind());
  } catch (const std::exception& error) {
    fmt::print(stderr, "stylize-weights: {}\n", error.what());
    return 1;
  }
}
