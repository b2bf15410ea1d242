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
  // The low half of a number.
  void append_half(std::uint64_t number) {
    if (block_ == nullptr) block_ = std::make_shared<std::vector<std::byte>>();
    block_->push_back(static_cast<std::byte>(number & 0xFF));
    block_->push_back(static_cast<std::byte>((number >> 8) & 0xFF));
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
