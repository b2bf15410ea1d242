#include "apps/stylize/media/sequence.h"

#include "runtime/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <system_error>

namespace impasto::media {

std::optional<SequenceName> SequenceName::parse(const std::filesystem::path& name) {
  const std::string text = name.filename().string();
  const std::size_t percent = text.find('%');
  if (percent == std::string::npos || text.find('%', percent + 1) != std::string::npos) return {};
  SequenceName sequence;
  std::size_t end = percent + 1;
  if (text.substr(end, 1) == "0" && end + 1 < text.size() && text[end + 1] >= '1' && text[end + 1] <= '9') {
    sequence.digits_ = text[end + 1] - '0';
    end += 2;
  }
  if (text.substr(end, 1) != "d") return {};
  sequence.folder_ = name.parent_path();
  sequence.before_ = text.substr(0, percent);
  sequence.after_ = text.substr(end + 1);
  return sequence;
}

std::filesystem::path SequenceName::of(std::int64_t number) const {
  return folder_ / fmt::format("{}{:0{}}{}", before_, number, digits_, after_);
}

bool SequenceName::matches(const std::string& name) const {
  if (name.size() <= before_.size() + after_.size() || !name.starts_with(before_) || !name.ends_with(after_)) {
    return false;
  }
  const std::string_view number(name.data() + before_.size(), name.size() - before_.size() - after_.size());
  const bool padded = number.size() > 1 && number[0] == '0';
  return number.find_first_not_of("0123456789") == std::string_view::npos &&
         number.size() >= static_cast<std::size_t>(digits_) &&
         !(padded && number.size() > static_cast<std::size_t>(digits_));
}

std::filesystem::path SequenceName::folder() const {
  return folder_.empty() ? "." : folder_;
}

void PictureSequence::write(const Picture& picture) {
  write_image(SequenceName::parse(pattern_).value().of(++written_), picture, {});
}

void require_sequence(const std::filesystem::path& pattern, const std::string& flag) {
  if (SequenceName::parse(pattern)) return;
  fail_usage("{} {}: the input is a video, expected the frame's number in the name, as in out_%05d.png", flag,
             pattern.string());
}

std::optional<std::filesystem::path> first_of_sequence(const std::filesystem::path& pattern) {
  const SequenceName sequence = SequenceName::parse(pattern).value();
  std::error_code ignored;
  std::optional<std::filesystem::path> first;  // by name: folders are listed in any order
  for (const auto& entry : std::filesystem::directory_iterator(sequence.folder(), ignored)) {
    const bool matches = sequence.matches(entry.path().filename().string());
    if (matches && (!first || entry.path() < *first)) first = entry.path();
  }
  return first;
}

bool in_sequence(const std::filesystem::path& pattern, const std::filesystem::path& file) {
  const SequenceName sequence = SequenceName::parse(pattern).value();
  std::error_code ignored;
  if (file.empty()) return false;
  if (std::filesystem::equivalent(sequence.folder(), file, ignored)) return true;
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  return sequence.matches(file.filename().string()) && std::filesystem::equivalent(sequence.folder(), folder, ignored);
}

}  // namespace impasto::media
