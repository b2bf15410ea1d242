// Opcodes as in Python's Lib/pickletools.py.
#include "weights_tools/formats/pickle.h"

#include "runtime/error.h"
#include "weights_tools/source.h"

#include <algorithm>
#include <bit>
#include <unordered_map>

namespace impasto {
namespace {

using Kind = Pickle::Kind;
using Ref = Pickle::Ref;

constexpr std::size_t kMaxPickle = 4 << 20;  // a tensor takes some 100 bytes
constexpr std::string_view kOrderedDict = "collections.OrderedDict";

class Machine {
 public:
  Machine(std::span<const std::byte> bytes, std::span<const std::string_view> allowed, const std::string& label)
      : bytes_(bytes), allowed_(allowed), label_(label) {}

  Pickle run() {
    while (step(static_cast<char>(take(1)[0]))) {
    }
    pickle_.root = pop();
    return std::move(pickle_);
  }

 private:
  [[noreturn]] void damaged() const { fail("{}: its pickle is damaged or cut off", label_); }

  std::span<const std::byte> take(std::uint64_t size) {
    if (size > bytes_.size() - at_) damaged();
    const auto part = bytes_.subspan(at_, size);
    at_ += size;
    return part;
  }
  std::uint64_t number(int size) {
    std::uint64_t value = 0;
    const auto field = take(static_cast<std::uint64_t>(size));
    for (std::size_t i = field.size(); i-- > 0;) value = value << 8U | static_cast<std::uint64_t>(field[i]);
    return value;
  }
  std::string_view text(std::uint64_t size) {
    const auto part = take(size);
    return {reinterpret_cast<const char*>(part.data()), part.size()};
  }
  std::string_view line() {
    const auto rest = bytes_.subspan(at_);
    const auto size = static_cast<std::uint64_t>(std::ranges::find(rest, std::byte{'\n'}) - rest.begin());
    const std::string_view found = text(size);
    take(1);
    return found;
  }

  Pickle::Node& node(Ref ref) { return pickle_.nodes.at(ref); }
  void push(Pickle::Node node) {
    stack_.push_back(static_cast<Ref>(pickle_.nodes.size()));
    pickle_.nodes.push_back(std::move(node));
  }
  void push_text(Kind kind, std::string_view text) { push({.kind = kind, .text = text}); }
  void push_integer(Kind kind, std::int64_t value) { push({.kind = kind, .integer = value}); }
  void push_long(std::uint64_t size) {  // two's complement
    if (size > 8) return push_text(Kind::opaque, text(size));
    std::uint64_t value = number(static_cast<int>(size));
    if (size > 0 && size < 8 && (value >> (8 * size - 1)) != 0) value |= ~std::uint64_t{0} << (8 * size);
    push_integer(Kind::integer, static_cast<std::int64_t>(value));
  }
  // What stands above the last mark, or nothing if there is none, stays below it.
  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  Ref top() const {
    if (stack_.size() <= floor()) damaged();
    return stack_.back();
  }
  Ref pop() {
    const Ref ref = top();
    stack_.pop_back();
    return ref;
  }
  std::vector<Ref> pop(std::size_t count) {
    if (stack_.size() - floor() < count) damaged();
    std::vector<Ref> items(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return items;
  }
  std::vector<Ref> pop_mark() {
    if (marks_.empty()) damaged();
    std::vector<Ref> items = pop(stack_.size() - marks_.back());
    marks_.pop_back();
    return items;
  }
  void extend(Kind kind, const std::vector<Ref>& items) {
    Pickle::Node& target = node(top());
    if (target.kind != kind || (kind == Kind::dict && items.size() % 2 != 0)) damaged();
    target.items.insert(target.items.end(), items.begin(), items.end());
  }
  void recall(std::uint64_t slot) {
    const auto found = memo_.find(slot);
    if (found == memo_.end()) damaged();
    stack_.push_back(found->second);
  }

  void push_global(std::string_view module, std::string_view name) {
    const auto is = [&](std::string_view known) {
      return known.size() == module.size() + 1 + name.size() && known.starts_with(module) && known.ends_with(name) &&
             known[module.size()] == '.';
    };
    if (is(kOrderedDict)) return push_text(Kind::global, kOrderedDict);
    const auto found = std::ranges::find_if(allowed_, is);
    if (found == allowed_.end()) {
      fail("{}: asks for {}.{}, expected only tensors and plain containers (a state_dict)", label_, printable(module),
           printable(name));
    }
    push_text(Kind::global, *found);
  }
  void global_from_stack() {
    const std::string_view name = pop_text();
    push_global(pop_text(), name);
  }
  std::string_view pop_text() {
    const Pickle::Node& found = node(pop());
    if (found.kind != Kind::text) damaged();
    return found.text;
  }
  void reduce() {
    const Ref arguments = pop();
    const Ref callee = pop();
    if (node(callee).kind != Kind::global || node(arguments).kind != Kind::tuple) damaged();
    if (node(callee).text == kOrderedDict) {
      if (!node(arguments).items.empty()) damaged();
      push({.kind = Kind::dict});
    } else {
      push({.kind = Kind::call, .items = {callee, arguments}});
    }
  }
  // A state_dict carries attributes (the versions of its modules), of which nothing is used.
  void drop_state() {
    static_cast<void>(pop());
    if (node(top()).kind != Kind::dict) damaged();
  }

  // False at the end.
  bool step(char opcode) {
    // clang-format off
    switch (opcode) {
      case '\x80': take(1); break;                                                       // PROTO
      case '\x95': take(8); break;                                                       // FRAME
      case '.': return false;                                                            // STOP
      case '(': marks_.push_back(stack_.size()); break;                                  // MARK
      case '0': static_cast<void>(pop()); break;                                         // POP
      case '1': static_cast<void>(pop_mark()); break;                                    // POP_MARK
      case 'N': push({}); break;                                                         // NONE
      case '\x88': push_integer(Kind::boolean, 1); break;                                // NEWTRUE
      case '\x89': push_integer(Kind::boolean, 0); break;                                // NEWFALSE
      case 'J': push_integer(Kind::integer, static_cast<std::int32_t>(number(4))); break;  // BININT
      case 'K': push_integer(Kind::integer, static_cast<std::int64_t>(number(1))); break;  // BININT1
      case 'M': push_integer(Kind::integer, static_cast<std::int64_t>(number(2))); break;  // BININT2
      case '\x8a': push_long(number(1)); break;                                          // LONG1
      case '\x8b': push_long(number(4)); break;                                          // LONG4
      case 'G': push({.kind = Kind::real, .real = big_endian_real()}); break;            // BINFLOAT
      case 'U': case '\x8c': push_text(Kind::text, text(number(1))); break;              // SHORT_BINSTRING, _BINUNICODE
      case 'T': case 'X': push_text(Kind::text, text(number(4))); break;                 // BINSTRING, BINUNICODE
      case '\x8d': push_text(Kind::text, text(number(8))); break;                        // BINUNICODE8
      case 'C': push_text(Kind::opaque, text(number(1))); break;                         // SHORT_BINBYTES
      case 'B': push_text(Kind::opaque, text(number(4))); break;                         // BINBYTES
      case '\x8e': case '\x96': push_text(Kind::opaque, text(number(8))); break;         // BINBYTES8, BYTEARRAY8
      case ')': push({.kind = Kind::tuple}); break;                                      // EMPTY_TUPLE
      case '\x85': push({.kind = Kind::tuple, .items = pop(1)}); break;                  // TUPLE1
      case '\x86': push({.kind = Kind::tuple, .items = pop(2)}); break;                  // TUPLE2
      case '\x87': push({.kind = Kind::tuple, .items = pop(3)}); break;                  // TUPLE3
      case 't': push({.kind = Kind::tuple, .items = pop_mark()}); break;                 // TUPLE
      case ']': push({.kind = Kind::list}); break;                                       // EMPTY_LIST
      case 'a': extend(Kind::list, pop(1)); break;                                       // APPEND
      case 'e': extend(Kind::list, pop_mark()); break;                                   // APPENDS
      case '}': push({.kind = Kind::dict}); break;                                       // EMPTY_DICT
      case 's': extend(Kind::dict, pop(2)); break;                                       // SETITEM
      case 'u': extend(Kind::dict, pop_mark()); break;                                   // SETITEMS
      case 'q': memo_[number(1)] = top(); break;                                         // BINPUT
      case 'r': memo_[number(4)] = top(); break;                                         // LONG_BINPUT
      case '\x94': memo_.emplace(memo_.size(), top()); break;                            // MEMOIZE
      case 'h': recall(number(1)); break;                                                // BINGET
      case 'j': recall(number(4)); break;                                                // LONG_BINGET
      case 'c': case 'i': {                                                              // GLOBAL, INST
        const std::string_view module = line();
        push_global(module, line());
        if (opcode == 'i') damaged();
        break;
      }
      case '\x93': global_from_stack(); break;                                           // STACK_GLOBAL
      case 'Q': push({.kind = Kind::persistent, .items = pop(1)}); break;                // BINPERSID
      case 'R': reduce(); break;                                                         // REDUCE
      case 'b': drop_state(); break;                                                     // BUILD
      default:
        fail("{}: its pickle has the opcode 0x{:02x} at byte {}, which neither tensors nor plain containers need", label_,
             static_cast<unsigned char>(opcode), at_ - 1);
    }
    // clang-format on
    return true;
  }

  double big_endian_real() {
    std::uint64_t bits = 0;
    for (const std::byte byte : take(8)) bits = bits << 8U | static_cast<std::uint64_t>(byte);
    return std::bit_cast<double>(bits);
  }

  std::span<const std::byte> bytes_;
  std::span<const std::string_view> allowed_;
  const std::string& label_;
  std::size_t at_ = 0;
  Pickle pickle_;
  std::vector<Ref> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, Ref> memo_;
};

}  // namespace

Pickle read_pickle(std::span<const std::byte> bytes, std::span<const std::string_view> allowed,
                   const std::string& label) {
  if (bytes.size() > kMaxPickle) {
    fail("{}: has a pickle of {} bytes, expected at most {}", label, bytes.size(), kMaxPickle);
  }
  return Machine(bytes, allowed, label).run();
}

}  // namespace impasto
