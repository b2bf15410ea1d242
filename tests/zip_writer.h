// Writes zip files (weights_tools/formats/zip.h), sound ones and others, for tests. No zip64.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace impasto::test {

inline std::string little(std::uint64_t value, int size) {
  std::string text;
  for (int i = 0; i < size; ++i, value >>= 8U) text.push_back(static_cast<char>(value));
  return text;
}

struct Member {
  std::string name;
  std::string content;
  int method = 0;
  std::int64_t size = -1;  // as the directory says; -1: the content's
  int flags = 0;
};

inline std::string zip(const std::vector<Member>& members) {
  std::string text;
  std::string directory;
  for (const Member& m : members) {
    const std::uint64_t size = m.size < 0 ? m.content.size() : static_cast<std::uint64_t>(m.size);
    const std::string common = little(static_cast<std::uint64_t>(m.flags), 2) +
                               little(static_cast<std::uint64_t>(m.method), 2) + little(0, 8) +
                               little(m.content.size(), 4) + little(size, 4) + little(m.name.size(), 2) + little(0, 2);
    directory += "PK\1\2" + little(20, 2) + little(20, 2) + common + little(0, 10) + little(text.size(), 4) + m.name;
    text += "PK\3\4" + little(20, 2) + common + m.name + m.content;
  }
  return text + directory + "PK\5\6" + little(0, 4) + little(members.size(), 2) + little(members.size(), 2) +
         little(directory.size(), 4) + little(text.size(), 4) + little(0, 2);
}

}  // namespace impasto::test
