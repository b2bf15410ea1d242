// stylize-weights as its users see it: output, messages, exit codes.
#include "runtime/weights.h"
#include "tests/support.h"

#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

using namespace impasto;
using Catch::Contains;

namespace {

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Result {
  int code = -1;
  std::string out;
  std::string err;
};

class Tool {
 public:
  // The arguments as a shell reads them.
  Result operator()(const std::string& arguments) const {
    const std::string tool = std::string(IMPASTO_BINARY_DIR) + "/weights_tools/stylize-weights";
    const std::string command =
        "cd '" + dir.path().string() + "' && '" + tool + "' " + arguments + " >out.txt 2>err.txt";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, content(dir / "out.txt"), content(dir / "err.txt")};
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(dir / name, std::ios::binary) << text;
  }
  test::TempDir dir;
};

const std::string kMultistyle = "'" + (test::source_dir() / "weights/multistyle.safetensors").string() + "'";
const std::string kSelfie = "'" + (test::source_dir() / "weights/selfie.safetensors").string() + "'";
const std::string kOnnx = "'" + (test::data_dir() / "convert/small.onnx").string() + "'";
const std::string kPytorch = "'" + (test::data_dir() / "convert/fcn8s.pth").string() + "'";
const std::string kCaffe = "'" + (test::data_dir() / "convert/fcn8s.caffemodel").string() + "'";
const std::string kTflite = "'" + (test::data_dir() / "convert/small.tflite").string() + "'";

// One line, from this program.
void check_message(const Result& result, int code, const std::string& part) {
  INFO(result.err);
  CHECK(result.code == code);
  CHECK(result.err.starts_with("stylize-weights: "));
  CHECK(result.err.find('\n') == result.err.size() - 1);
  CHECK_THAT(result.err, Contains(part));
  CHECK(result.out.empty());
}

}  // namespace

TEST_CASE("stylize-weights: inspect lists tensors and metadata of every format") {
  const Tool tool;
  const Result onnx = tool("inspect " + kOnnx);
  CHECK(onnx.code == 0);
  CHECK_THAT(onnx.out, Contains("ONNX, 7 tensors") && Contains("producer: fixtures 1") &&
                           Contains("F32   4x3x2x5          raw.w"));
  const Result tflite = tool("inspect " + kTflite);
  CHECK(tflite.code == 0);
  CHECK_THAT(tflite.out, Contains("TFLite, 6 tensors") && Contains("F16   4x2x5x3          conv2d/Kernel"));
  const Result pytorch = tool("inspect " + kPytorch);
  CHECK(pytorch.code == 0);
  CHECK_THAT(pytorch.out, Contains("PyTorch, 40 tensors") && Contains("epoch: 7\n") &&
                              Contains("F32   4x3x3x3          model_state_dict.module.conv1_1.weight"));
  const Result caffe = tool("inspect " + kCaffe);
  CHECK(caffe.code == 0);
  CHECK_THAT(caffe.out, Contains("Caffe, 39 tensors") && Contains("name: FCN8s\n") &&
                            Contains("F32   1x1x5x196        fc6[0]") && Contains("F32   1x1x1x4          conv1_1[1]"));
  const Result ours = tool("inspect " + kSelfie);
  CHECK(ours.code == 0);
  CHECK_THAT(ours.out,
             Contains("safetensors, 110 tensors") && Contains("net: selfie\n") && Contains("source_sha256: 9ee168ec"));
  std::filesystem::create_directory(tool.dir / "folder");
  tool.write("folder/manifest.json", R"({"V\n": {"filename": "v", "shape": [1]}})");
  tool.write("folder/v", "abcd");
  const Result folder = tool("inspect folder");
  CHECK(folder.code == 0);
  CHECK_THAT(folder.out, Contains("deeplearn.js, 1 tensors") && Contains("V?\n"));
}

TEST_CASE("stylize-weights: convert writes what verify accepts, and the same bytes again") {
  const Tool tool;
  const Result first = tool("convert " + kMultistyle + " -o a.safetensors --net multistyle --type f16");
  INFO(first.err);
  CHECK(first.code == 0);
  CHECK(first.err.empty());
  CHECK_THAT(first.out, Contains("54 tensors, 166104 numbers, f16"));
  CHECK(tool("convert " + kMultistyle + " --output b.safetensors --net multistyle --type f16").code == 0);
  CHECK(content(tool.dir / "a.safetensors") == content(tool.dir / "b.safetensors"));
  CHECK(std::filesystem::file_size(tool.dir / "a.safetensors") <
        std::filesystem::file_size(test::source_dir() / "weights/multistyle.safetensors"));
  const Result verified = tool("verify a.safetensors --net multistyle");
  CHECK(verified.code == 0);
  CHECK_THAT(verified.out, Contains("a.safetensors: fits multistyle, 54 tensors, 166104 numbers"));

  // float16 to float32 and back loses nothing.
  CHECK(tool("convert a.safetensors -o wide.safetensors --net multistyle").code == 0);
  CHECK(tool("convert wide.safetensors -o narrow.safetensors --net multistyle --type f16").code == 0);
  const Weights a = Weights::open(tool.dir / "a.safetensors");
  const Weights narrow = Weights::open(tool.dir / "narrow.safetensors");
  REQUIRE(a.tensors().size() == narrow.tensors().size());
  for (std::size_t i = 0; i < a.tensors().size(); ++i) {
    CHECK(std::ranges::equal(a.tensors()[i].data, narrow.tensors()[i].data));
  }
  CHECK(narrow.metadata().at("source") == "wide.safetensors");
}

TEST_CASE("stylize-weights: portrait nets take scale, mean, mask and landmarks along") {
  const Tool tool;
  const auto metadata = [&](const std::string& name) { return Weights::open(tool.dir / name).metadata(); };
  const Result plain =
      tool("convert " + kCaffe + " -o a.safetensors --net portrait-fcn --input-scale 1 --input-mean 1,2,3.5");
  INFO(plain.err);
  CHECK(plain.code == 0);
  CHECK(metadata("a.safetensors").at("input_scale") == "1");
  CHECK(metadata("a.safetensors").at("input_mean") == "1,2,3.5");
  CHECK(metadata("a.safetensors").at("input_channels") == "3");
  CHECK(!metadata("a.safetensors").contains("person_class"));
  CHECK(tool("convert a.safetensors -o b.safetensors --net portrait-fcn --input-mean=-1,2,3 --type f16").code == 0);
  CHECK(metadata("b.safetensors").at("input_scale") == "1");
  CHECK(metadata("b.safetensors").at("input_mean") == "-1,2,3");
  CHECK(tool("convert " + kPytorch + " -o c.safetensors --net portrait-fcn").code == 0);
  CHECK(metadata("c.safetensors").at("input_scale") == "0.00392156862745098");
  CHECK(tool("verify " + kPytorch + " --net portrait-fcn").code == 0);

  check_message(tool("convert " + kCaffe + " -o x --net portrait-fcn+"), 2, "the net portrait-fcn+ needs --mean-mask");
  check_message(tool("convert " + kCaffe + " -o x --net portrait-fcn --mean-mask m.png"), 2,
                "--mean-mask is not for the net portrait-fcn");
  check_message(tool("convert " + kSelfie + " -o x --net selfie --input-scale 1"), 2,
                "--input-scale is not for the net selfie");
  check_message(tool("convert " + kCaffe + " -o x --net portrait-fcn --input-scale one"), 2, "input-scale");
  check_message(tool("convert " + kCaffe + " -o x --net portrait-fcn --input-mean 1,2"), 2, "three numbers B,G,R");
  check_message(tool("verify " + kCaffe + " --net portrait-fcn+"), 1,
                "conv1_1[0] (conv1_1.weight) has shape 4x3x3x3, expected 4x6x3x3");
  check_message(tool("convert " + kCaffe + " -o x --net multistyle"), 1,
                "multistyle is converted from ONNX or safetensors, not from Caffe");
}

TEST_CASE("stylize-weights: i8 keeps 8-bit integers and their scales, f32 widens them") {
  const Tool tool;
  const std::string shipped = "'" + (test::source_dir() / "weights/arbitrary_transform.safetensors").string() + "'";
  const Result kept = tool("convert " + shipped + " -o kept.safetensors --net arbitrary_transform --type i8");
  INFO(kept.err);
  CHECK(kept.code == 0);
  CHECK(tool("convert " + shipped + " -o wide.safetensors --net arbitrary_transform").code == 0);
  const Weights whole = Weights::open(test::source_dir() / "weights/arbitrary_transform.safetensors");
  const Weights same = Weights::open(tool.dir / "kept.safetensors");
  const Weights wide = Weights::open(tool.dir / "wide.safetensors");
  CHECK(whole.find("expand.conv3.gamma.weight")->dtype == DType::i8);
  REQUIRE(same.tensors().size() == whole.tensors().size());
  for (const WeightView& t : whole.tensors()) {
    INFO(t.name);
    REQUIRE(same.find(t.name) != nullptr);
    CHECK(same.find(t.name)->dtype == t.dtype);
    CHECK(std::ranges::equal(same.find(t.name)->data, t.data));
    if (!t.name.ends_with(kScaleSuffix)) CHECK(to_floats(wide.get(t.name, t.shape)) == to_floats(t));
  }
  CHECK(wide.find("expand.conv3.gamma.weight.scale") == nullptr);
  check_message(tool("convert " + kMultistyle + " -o x.safetensors --net multistyle --type i8"), 1,
                "has no 8-bit integers with scales");
}

TEST_CASE("stylize-weights: a manifest folder with a variable of the wrong shape is refused by name") {
  const Tool tool;
  std::filesystem::create_directory(tool.dir / "ckpt");
  tool.write("ckpt/manifest.json", R"({"Variable": {"filename": "v", "shape": [9, 9, 3, 16]}})");
  tool.write("ckpt/v", std::string(9 * 9 * 3 * 16 * 4, '\0'));
  check_message(tool("convert ckpt/ -o x.safetensors --net transform_net"), 1,
                "Variable (conv1.weight) has shape 9x9x3x16, expected 9x9x3x32");
  CHECK(!std::filesystem::exists(tool.dir / "x.safetensors"));
}

TEST_CASE("stylize-weights: files that cannot be used exit with 1") {
  const Tool tool;
  tool.write("empty", "");
  tool.write("text", "Once upon a time\n");
  const std::string shipped = content(test::source_dir() / "weights/selfie.safetensors");
  tool.write("cut.safetensors", shipped.substr(0, shipped.size() / 2));
  std::string damaged = shipped;
  damaged.replace(damaged.find("\"F16\""), 5, "\"F61\"");
  tool.write("damaged.safetensors", damaged);
  tool.write("cut.tflite", content(test::data_dir() / "convert/small.tflite").substr(0, 500));

  check_message(tool("inspect none"), 1, "none: No such file or directory");
  check_message(tool("inspect empty"), 1, "empty: is empty");
  check_message(tool("inspect text"), 1, "text: is not a safetensors, ONNX or TFLite file");
  check_message(tool("inspect ."), 1, "manifest.json: No such file or directory");
  check_message(tool("inspect cut.tflite"), 1, "cut.tflite: is a TFLite file that is damaged or cut off");
  check_message(tool("verify cut.safetensors --net selfie"), 1, "cut.safetensors: tensor");
  check_message(tool("verify damaged.safetensors --net selfie"), 1, "unknown dtype \"F61\"");
  check_message(tool("verify " + kSelfie + " --net multistyle"), 1, "is for the net selfie, expected multistyle");
  check_message(tool("verify " + kSelfie + " --net selfie-landscape"), 1, "is for the net selfie");
  check_message(tool("convert " + kOnnx + " -o x --net multistyle"), 1,
                "contract.0.w (contract.0.weight) is missing (expected shape 32x3x9x9)");
  check_message(tool("convert " + kOnnx + " -o x --net selfie"), 1,
                "selfie is converted from TFLite or safetensors, not from ONNX");
  check_message(tool("convert " + kTflite + " -o x --net selfie"), 1, "conv2d/Kernel (conv0.weight) has shape");
  check_message(tool("convert " + kSelfie + " -o no/such --net selfie"), 1, "no/such: No such file or directory");
  check_message(tool("convert " + kSelfie + " -o . -y --net selfie"), 1, "is not a regular file");
  check_message(tool("convert " + kSelfie + " -o /dev/null -y --net selfie"), 1, "/dev/null: is not a regular file");
}

TEST_CASE("stylize-weights: an output that exists stays, unless -y") {
  const Tool tool;
  tool.write("out.safetensors", "precious");
  check_message(tool("convert " + kSelfie + " -o out.safetensors --net selfie"), 1, "out.safetensors: exists");
  CHECK(content(tool.dir / "out.safetensors") == "precious");
  CHECK(tool("convert none -o out.safetensors --net selfie -y").code == 1);
  CHECK(content(tool.dir / "out.safetensors") == "precious");
  CHECK(tool("convert " + kSelfie + " -o out.safetensors --net selfie -y").code == 0);
  CHECK(tool("convert out.safetensors -o out.safetensors --net selfie -y").code == 0);  // in place
  CHECK(tool("verify out.safetensors --net selfie").code == 0);
}

TEST_CASE("stylize-weights: wrong usage exits with 2, help with 0") {
  const Tool tool;
  check_message(tool(""), 2, "subcommand");
  check_message(tool("frobnicate"), 2, "see --help");
  check_message(tool("inspect"), 2, "FILE is required");
  check_message(tool("inspect --frob " + kOnnx), 2, "--frob");
  check_message(tool("inspect " + kOnnx + " extra"), 2, "extra");
  check_message(tool("convert " + kSelfie + " --net selfie"), 2, "--output is required");
  check_message(tool("convert " + kSelfie + " -o x"), 2, "--net is required");
  check_message(tool("convert " + kSelfie + " -o x --net vgg"), 2, "\"vgg\"");
  check_message(tool("convert " + kSelfie + " -o x --net selfie --type int8"), 2, "int8");
  check_message(tool("verify " + kSelfie), 2, "--net is required");
  CHECK(tool("--help").code == 0);
  CHECK_THAT(tool("convert --help").out, Contains("--net") && Contains("--type"));
  CHECK_THAT(tool("--version").out, Contains("stylize-weights "));
}
