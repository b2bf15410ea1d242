#include "weights/embedded.h"

namespace impasto {
namespace {

struct EmbeddedFile {
  const char* name;
  const std::byte* data;
  std::size_t size;
};

// Defined by the assembler file that CMakeLists.txt makes.
extern "C" const EmbeddedFile impasto_embedded_files[];
extern "C" const std::size_t impasto_embedded_file_count;

std::span<const EmbeddedFile> files() noexcept {
  return {impasto_embedded_files, impasto_embedded_file_count};
}

}  // namespace

std::vector<std::string_view> embedded_weight_names() {
  std::vector<std::string_view> names;
  for (const EmbeddedFile& file : files()) names.emplace_back(file.name);
  return names;
}

std::span<const std::byte> embedded_weights(std::string_view file_name) noexcept {
  for (const EmbeddedFile& file : files()) {
    if (file.name == file_name) return {file.data, file.size};
  }
  return {};
}

}  // namespace impasto
