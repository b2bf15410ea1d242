// Output is written beside its final name and renamed when whole.
#pragma once

#include <filesystem>

namespace impasto::media {

class PartialFile {
 public:
  // For NAME: .NAME.part-PID in the same folder. Throws Error if NAME is a directory or its folder does not exist.
  explicit PartialFile(const std::filesystem::path& name);
  ~PartialFile();  // removes the file unless it was renamed
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  void rename();  // to its final name, replacing what is there

 private:
  std::filesystem::path name_;
  std::filesystem::path path_;
  bool renamed_ = false;
};

}  // namespace impasto::media
