// A video as numbered pictures: "out_%05d.png" names out_00001.png, out_00002.png, ...
#pragma once

#include "apps/stylize/media/media.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace impasto::media {

// The name of a file of which one part is the number of a frame. Folders are named as they are.
class SequenceName {
 public:
  // Nothing if the file name has no %d or %0Nd (N = 1..9), or several.
  static std::optional<SequenceName> parse(const std::filesystem::path& name);

  [[nodiscard]] std::filesystem::path of(std::int64_t number) const;
  // Whether `name`, without its folder, is that of a number.
  [[nodiscard]] bool matches(const std::string& name) const;
  [[nodiscard]] std::filesystem::path folder() const;  // "." for none

 private:
  std::filesystem::path folder_;
  std::string before_, after_;
  int digits_ = 0;  // at least
};

}  // namespace impasto::media
