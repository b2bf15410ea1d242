#include "apps/stylize/media/partial_file.h"

#include "apps/stylize/media/media.h"
#include "apps/stylize/media/sequence.h"
#include "runtime/error.h"

#include <unistd.h>

#include <system_error>

namespace impasto::media {

namespace {

std::filesystem::path partial_name(const std::filesystem::path& name) {
  return name.parent_path() / fmt::format(".{}.part-{}", name.filename().string(), getpid());
}

}  // namespace

void discard(const std::filesystem::path& file) {
  std::error_code ignored;
  std::filesystem::remove(partial_name(file), ignored);
  const std::optional<SequenceName> sequence = SequenceName::parse(file);
  if (!sequence) return;
  const std::string end = fmt::format(".part-{}", getpid());
  for (const auto& entry : std::filesystem::directory_iterator(sequence->folder(), ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.size() <= end.size() + 1 || name[0] != '.' || !name.ends_with(end)) continue;
    if (sequence->matches(name.substr(1, name.size() - 1 - end.size()))) std::filesystem::remove(entry.path(), ignored);
  }
}

PartialFile::PartialFile(const std::filesystem::path& name) : name_(name), path_(partial_name(name)) {
  std::error_code ignored;
  if (std::filesystem::is_directory(name, ignored)) fail("{}: is a directory, expected a file name", name.string());
  const std::filesystem::path folder = name.has_parent_path() ? name.parent_path() : ".";
  if (!std::filesystem::is_directory(folder, ignored))
    fail("{}: there is no folder {}", name.string(), folder.string());
}

PartialFile::~PartialFile() {
  std::error_code ignored;
  if (!renamed_) std::filesystem::remove(path_, ignored);
}

void PartialFile::rename() {
  std::error_code error;
  std::filesystem::rename(path_, name_, error);
  if (error) fail("{}: {}", name_.string(), error.message());
  renamed_ = true;
}

}  // namespace impasto::media
