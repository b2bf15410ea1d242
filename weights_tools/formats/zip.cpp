// The format is PKWARE's APPNOTE.TXT: 4.3.7 local header, 4.3.12 central directory, 4.3.14 to 4.3.16 its end, 4.5.3
// zip64.
#include "weights_tools/formats/zip.h"

#include "runtime/error.h"
#include "weights_tools/source.h"

#include <zlib.h>

#include <algorithm>

namespace impasto {
namespace {

constexpr std::uint64_t kLocalHeader = 30;
constexpr std::uint64_t kDirectoryEntry = 46;
constexpr std::uint64_t kEnd = 22;
constexpr std::uint64_t kMaxComment = 0xFFFF;
constexpr std::uint32_t kIn64 = 0xFFFFFFFF;  // the number stands in the zip64 field instead
constexpr std::uint16_t kEncrypted = 1;
constexpr std::uint16_t kStored = 0;
constexpr std::uint16_t kDeflated = 8;
// Deflate makes up to 1032 bytes of one. Weights are seldom packed at all, and no set of them so well; small files may.
constexpr std::uint64_t kMostInflation = 16;
constexpr std::uint64_t kInflationOfAny = 64 << 20;

bool inflate_all(std::span<const std::byte> packed, std::span<std::byte> content) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return false;
  const std::unique_ptr<z_stream, decltype(&inflateEnd)> end(&stream, inflateEnd);
  constexpr std::size_t kMost = 1U << 30U;  // zlib counts in 32 bits
  int state = Z_OK;
  std::byte past{};  // to be written only by a member that is longer than it says
  while (state == Z_OK) {
    const std::size_t in = std::min(packed.size(), kMost);
    const std::size_t out = std::min(content.size(), kMost);
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed.data()));
    stream.avail_in = static_cast<uInt>(in);
    stream.next_out = reinterpret_cast<Bytef*>(content.empty() ? &past : content.data());
    stream.avail_out = content.empty() ? 1 : static_cast<uInt>(out);
    state = inflate(&stream, Z_NO_FLUSH);
    if (content.empty() && stream.avail_out == 0) return false;
    packed = packed.subspan(in - stream.avail_in);
    if (!content.empty()) content = content.subspan(out - stream.avail_out);
  }
  return state == Z_STREAM_END && content.empty();
}

}  // namespace

ZipFile::ZipFile(std::span<const std::byte> bytes, std::string label)
    : bytes_(bytes),
      label_(std::move(label)),
      inflatable_(bytes.size()),
      inflated_left_(kMostInflation * bytes.size() + kInflationOfAny) {
  read_directory();
}

void ZipFile::damaged(std::string_view what) const {
  fail("{}: is a zip file that is damaged or cut off ({})", label_, what);
}

std::span<const std::byte> ZipFile::at(std::uint64_t start, std::uint64_t size) const {
  if (start > bytes_.size() || size > bytes_.size() - start) damaged("it points past its end");
  return bytes_.subspan(start, size);
}

std::uint64_t ZipFile::number(std::uint64_t start, int size) const {
  std::uint64_t value = 0;
  const std::span<const std::byte> field = at(start, static_cast<std::uint64_t>(size));
  for (std::size_t i = field.size(); i-- > 0;) value = value << 8U | static_cast<std::uint64_t>(field[i]);
  return value;
}

void ZipFile::read_directory() {
  if (bytes_.size() < kEnd) damaged("it has no directory");
  std::uint64_t end = bytes_.size() - kEnd;
  const std::uint64_t first = end - std::min(end, kMaxComment);
  while (number(end, 4) != 0x06054b50 || number(end + 20, 2) != bytes_.size() - end - kEnd) {
    if (end-- == first) damaged("it has no directory");
  }
  std::uint64_t count = number(end + 10, 2);
  std::uint64_t size = number(end + 12, 4);
  std::uint64_t start = number(end + 16, 4);
  constexpr std::uint64_t kLocator = 20;
  if (end >= kLocator && number(end - kLocator, 4) == 0x07064b50) {
    const std::uint64_t end64 = number(end - kLocator + 8, 8);
    if (number(end64, 4) != 0x06064b50) damaged("it has no zip64 directory");
    count = number(end64 + 32, 8);
    size = number(end64 + 40, 8);
    start = number(end64 + 48, 8);
  }
  static_cast<void>(at(start, size));

  for (std::uint64_t i = 0, entry = start; i < count; ++i) {
    if (entry - start > size || number(entry, 4) != 0x02014b50) damaged("an entry of its directory is none");
    const std::uint64_t name_size = number(entry + 28, 2);
    const std::uint64_t extra_size = number(entry + 30, 2);
    const std::span<const std::byte> name = at(entry + kDirectoryEntry, name_size);
    Member member{number(entry + 20, 4), number(entry + 24, 4), number(entry + 42, 4),
                  static_cast<std::uint16_t>(number(entry + 10, 2))};
    if ((number(entry + 8, 2) & kEncrypted) != 0) fail("{}: is an encrypted zip file, which is not read", label_);

    const std::uint64_t extra_end = entry + kDirectoryEntry + name_size + extra_size;
    for (std::uint64_t extra = extra_end - extra_size; extra + 4 <= extra_end;) {
      const std::uint64_t id = number(extra, 2);
      std::uint64_t field = extra + 4;
      extra = field + number(extra + 2, 2);
      if (id != 1) continue;
      for (std::uint64_t* value : {&member.size, &member.packed_size, &member.header}) {
        if (*value != kIn64) continue;
        *value = number(field, 8);
        field += 8;
      }
    }
    const std::string_view text(reinterpret_cast<const char*>(name.data()), name.size());
    if (!members_.emplace(text, member).second) damaged("a name stands twice in its directory");
    entry = extra_end + number(entry + 32, 2);
  }
}

std::span<const std::byte> ZipFile::read(std::string_view name, std::vector<std::shared_ptr<const void>>& storage) {
  const auto found = members_.find(name);
  if (found == members_.end()) fail("{}: the zip file has no member {}", label_, printable(name));
  const Member& member = found->second;
  if (number(member.header, 4) != 0x04034b50) damaged("a member has no header");
  const std::uint64_t names = number(member.header + 26, 2) + number(member.header + 28, 2);
  const std::span<const std::byte> packed = at(member.header + kLocalHeader + names, member.packed_size);
  if (member.method == kStored) {
    if (member.size != packed.size()) damaged("a stored member has two sizes");
    return packed;
  }
  if (member.method != kDeflated) {
    fail("{}: {} is packed by method {}, expected 0 (stored) or 8 (deflated)", label_, printable(name), member.method);
  }
  if (packed.size() > inflatable_) damaged("its members overlap");
  inflatable_ -= packed.size();
  if (member.size > inflated_left_) {
    fail("{}: its members inflate to more than {} times its size", label_, kMostInflation);
  }
  inflated_left_ -= member.size;
  auto content = std::make_shared<std::vector<std::byte>>(member.size);
  if (!inflate_all(packed, *content)) damaged("a member does not inflate to its size");
  storage.push_back(content);
  return *content;
}

}  // namespace impasto
