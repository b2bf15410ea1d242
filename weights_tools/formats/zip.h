// Zip files: members stored or deflated, zip64 too. Nothing is believed that the bytes do not bear out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace impasto {

class ZipFile {
 public:
  struct Member {
    std::uint64_t packed_size;
    std::uint64_t size;
    std::uint64_t header;  // where its local header starts
    std::uint16_t method;
  };

  // Reads the central directory of bytes that outlive the object. Throws Error "LABEL: ..." if it is damaged.
  ZipFile(std::span<const std::byte> bytes, std::string label);

  [[nodiscard]] const std::map<std::string_view, Member>& members() const noexcept { return members_; }
  [[nodiscard]] bool has(std::string_view name) const { return members_.contains(name); }
  // The member's content: in the file itself, or inflated into a block that is appended to `storage`. Throws Error if
  // it is missing, damaged, encrypted or packed in another way.
  [[nodiscard]] std::span<const std::byte> read(std::string_view name,
                                                std::vector<std::shared_ptr<const void>>& storage);

 private:
  std::span<const std::byte> at(std::uint64_t start, std::uint64_t size) const;  // checked
  std::uint64_t number(std::uint64_t start, int size) const;                     // little-endian, checked
  void read_directory();
  [[noreturn]] void damaged(std::string_view what) const;

  std::span<const std::byte> bytes_;
  std::string label_;
  std::map<std::string_view, Member> members_;
  std::uint64_t inflatable_;     // members that overlap would be inflated more often than the file has bytes
  std::uint64_t inflated_left_;  // bytes that members may still inflate to
};

}  // namespace impasto
