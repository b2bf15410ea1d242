// The values of a tensor as they come in pieces out of a file.
#pragma once

#include "weights_tools/source.h"

#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace impasto {

// Values that lie in one piece are a view of the file; others are put together in a block of their own.
class Values {
 public:
  void append(std::span<const std::byte> more) {
    if (view_.empty()) {
      view_ = more;
      return;
    }
    if (block_ == nullptr) block_ = std::make_shared<std::vector<std::byte>>(view_.begin(), view_.end());
    block_->insert(block_->end(), more.begin(), more.end());
    view_ = *block_;
  }
  // The lowest bytes of a number.
  void append_low(std::uint64_t number, std::size_t bytes) {
    if (block_ == nullptr) block_ = std::make_shared<std::vector<std::byte>>();
    for (std::size_t i = 0; i < bytes; ++i) block_->push_back(static_cast<std::byte>((number >> (8 * i)) & 0xFF));
    view_ = *block_;
  }
  [[nodiscard]] std::span<const std::byte> view() const noexcept { return view_; }
  std::span<const std::byte> keep_in(Source& source) {
    if (block_ != nullptr) source.storage.push_back(std::move(block_));
    return view_;
  }

 private:
  std::span<const std::byte> view_;
  std::shared_ptr<std::vector<std::byte>> block_;
};

}  // namespace impasto
