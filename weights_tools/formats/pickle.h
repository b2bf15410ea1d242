// Python's pickles as a tree of values. The machine builds what the opcodes describe and runs nothing: a global is only
// a name, a call only a pair of that name and its arguments.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace impasto {

struct Pickle {
  enum class Kind : std::uint8_t {
    none,
    boolean,
    integer,
    real,
    text,
    opaque,      // bytes, integers of more than 64 bits
    tuple,       // items
    list,        // items
    dict,        // items: key, value, key, value, ...; a collections.OrderedDict too
    global,      // text: "module.name"
    call,        // items: global, arguments
    persistent,  // items: the id, which says where to find what is stored outside
  };
  using Ref = std::uint32_t;
  struct Node {
    Kind kind = Kind::none;
    std::int64_t integer = 0;
    double real = 0;
    std::string_view text = {};  // in the pickle's bytes, or among names
    std::vector<Ref> items = {};
  };

  std::deque<Node> nodes;  // growing by copies would cost three times the memory
  Ref root = 0;

  [[nodiscard]] const Node& operator[](Ref ref) const { return nodes.at(ref); }
};

// Reads a pickle of protocol 2 to 5 whose bytes outlive the result. `allowed` are the globals ("module.name") that it
// may name beside collections.OrderedDict. Throws Error "LABEL: ..." that names any other, and if the pickle is
// damaged, has an opcode that only objects need or is larger than its tensors can explain. Containers may be shared or
// hold themselves: whoever walks the tree counts steps and depth.
[[nodiscard]] Pickle read_pickle(std::span<const std::byte> bytes, std::span<const std::string_view> allowed,
                                 const std::string& label);

}  // namespace impasto
