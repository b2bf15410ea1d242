// transform_net's weights as TensorFlow and PyTorch themselves write them: every file gives the same tensors. Needs
// IMPASTO_TENSORFLOW_PYTHON and IMPASTO_TORCH_PYTHON, Pythons with what tests/tools/make_engstrom_files.py names.
#include "runtime/weights.h"
#include "tests/support.h"

#include <cstdlib>
#include <fstream>
#include <string>

using namespace impasto;

TEST_CASE("stylize-weights: what the frameworks write of one net converts to the same bytes") {
  const test::TempDir dir;
  const std::string script = "'" + (test::source_dir() / "tests/tools/make_engstrom_files.py").string() + "'";
  const std::string tool = std::string(IMPASTO_BINARY_DIR) + "/weights_tools/stylize-weights";
  std::vector<std::filesystem::path> files;
  for (const auto& [variable, part] :
       {std::pair("IMPASTO_TENSORFLOW_PYTHON", "tensorflow"), std::pair("IMPASTO_TORCH_PYTHON", "torch")}) {
    const char* python = std::getenv(variable);
    if (python == nullptr) SKIP_CASE(std::string(variable) + " names no Python");
    const std::string out = (dir / part).string();
    const std::string log = out + ".log";
    REQUIRE(std::system(("'" + std::string(python) + "' " + script + ' ' + part + " '" + out + "' >'" + log + "' 2>'" +
                         out + ".err'")
                            .c_str()) == 0);
    std::ifstream lines(log);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("file ")) files.push_back(std::filesystem::path(out) / line.substr(5));
    }
  }
  REQUIRE(files.size() == 17);
  std::vector<Weights> converted;
  for (const std::filesystem::path& file : files) {
    INFO(file);
    const std::string out = file.string() + ".safetensors";
    REQUIRE(std::system(
                ("'" + tool + "' convert '" + file.string() + "' -o '" + out + "' --net transform_net").c_str()) == 0);
    converted.push_back(Weights::open(out));
    const auto& first = converted.front().tensors();
    const auto& last = converted.back().tensors();
    REQUIRE(last.size() == first.size());
    for (std::size_t i = 0; i < first.size(); ++i) {
      CHECK(last[i].name == first[i].name);
      CHECK(std::ranges::equal(last[i].data, first[i].data));
    }
  }
}
