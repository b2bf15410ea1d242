// PyTorch: the zip file of torch.save since 1.6. NAME/data.pkl is a pickle of containers and tensors; each tensor names
// a storage, NAME/data/KEY, and its offset, extents and strides there.
#include "runtime/error.h"
#include "weights_tools/formats/pickle.h"
#include "weights_tools/formats/zip.h"
#include "weights_tools/source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

namespace impasto {
namespace {

using Kind = Pickle::Kind;
using Ref = Pickle::Ref;
using Extents = std::vector<std::int64_t>;

struct StorageType {
  std::string_view global;
  std::string_view type;  // in safetensors' words
  std::size_t size;       // of an element
};
constexpr std::array kStorageTypes{
    StorageType{"torch.FloatStorage", "F32", 4},        StorageType{"torch.DoubleStorage", "F64", 8},
    StorageType{"torch.HalfStorage", "F16", 2},         StorageType{"torch.BFloat16Storage", "BF16", 2},
    StorageType{"torch.ByteStorage", "U8", 1},          StorageType{"torch.CharStorage", "I8", 1},
    StorageType{"torch.ShortStorage", "I16", 2},        StorageType{"torch.IntStorage", "I32", 4},
    StorageType{"torch.LongStorage", "I64", 8},         StorageType{"torch.BoolStorage", "BOOL", 1},
    StorageType{"torch.ComplexFloatStorage", "C64", 8}, StorageType{"torch.ComplexDoubleStorage", "C128", 16},
};
constexpr std::string_view kTensor = "torch._utils._rebuild_tensor_v2";
constexpr std::string_view kParameter = "torch._utils._rebuild_parameter";

constexpr int kMaxDepth = 64;
constexpr std::size_t kCopiesOfFile = 4;    // tensors that are not contiguous, or float64, are copied
constexpr std::size_t kPickleOfFile = 16;   // a pickle may be deflated
constexpr std::size_t kNamesOfPickle = 16;  // a path names the containers around a tensor again

// True if the elements lie one after the other in C order.
bool contiguous(const Extents& shape, const Extents& strides) {
  std::int64_t expected = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    if (shape[i] != 1 && strides[i] != expected) return false;
    expected *= shape[i];
  }
  return true;
}

class Reader {
 public:
  Reader(std::span<const std::byte> bytes, Source& source) : source_(source), zip_(bytes, source.label) {
    file_size_ = copies_left_ = bytes.size();
  }

  void read() {
    find_prefix();
    const std::string byte_order = prefix_ + "byteorder";
    if (zip_.has(byte_order)) {
      const std::span<const std::byte> order = member(byte_order);
      const std::string_view text(reinterpret_cast<const char*>(order.data()), order.size());
      if (text != "little")
        fail("{}: has byte order {}, expected little", source_.label, printable(text.substr(0, 16)));
    }
    const std::span<const std::byte> bytes = member(prefix_ + "data.pkl");
    if (bytes.size() / kPickleOfFile > file_size_) {
      fail("{}: its pickle has {} bytes, more than a file of {} may have", source_.label, bytes.size(), file_size_);
    }
    std::vector<std::string_view> allowed{kTensor, kParameter};
    for (const StorageType& type : kStorageTypes) allowed.push_back(type.global);
    pickle_ = read_pickle(bytes, allowed, source_.label);
    steps_left_ = bytes.size();
    names_left_ = kNamesOfPickle * bytes.size();
    copies_left_ *= kCopiesOfFile;
    visit(pickle_.root, "", 0);
  }

 private:
  [[noreturn]] void damaged() const { fail("{}: is a PyTorch file that is damaged", source_.label); }

  // Everything lies in one folder, which has the name of the file as it was saved.
  void find_prefix() {
    constexpr std::string_view kPickle = "data.pkl";
    const auto& members = zip_.members();
    const auto found = std::ranges::find_if(
        members, [&](const auto& member) { return member.first == kPickle || member.first.ends_with("/data.pkl"); });
    if (found == members.end()) fail("{}: is a zip file without PyTorch's data.pkl", source_.label);
    prefix_ = found->first.substr(0, found->first.size() - kPickle.size());
    if (zip_.has(prefix_ + "constants.pkl")) {
      fail("{}: is a TorchScript archive, expected what torch.save makes of a state_dict", source_.label);
    }
  }

  std::span<const std::byte> member(const std::string& name) {
    const std::size_t owned = source_.storage.size();
    const std::span<const std::byte> content = zip_.read(name, source_.storage);
    if (source_.storage.size() > owned) copies_left_ += content.size();  // inflated
    return content;
  }

  const Pickle::Node& item(const Pickle::Node& node, std::size_t i, Kind kind) const {
    if (i >= node.items.size() || pickle_[node.items[i]].kind != kind) damaged();
    return pickle_[node.items[i]];
  }
  Extents integers(const Pickle::Node& node) const {
    Extents values;
    for (std::size_t i = 0; i < node.items.size(); ++i) values.push_back(item(node, i, Kind::integer).integer);
    return values;
  }

  void spend(std::size_t& budget, std::size_t amount) const {
    if (amount > budget)
      fail("{}: holds the same values over and over, more than a file of its size may", source_.label);
    budget -= amount;
  }

  // Names what is inside by its keys, joined with dots, as Python's own paths would.
  void visit(Ref ref, const std::string& path, int depth) {
    if (depth > kMaxDepth) fail("{}: its containers are nested more than {} deep", source_.label, kMaxDepth);
    spend(steps_left_, 1);
    const auto inside = [&](std::string_view key) {
      spend(names_left_, path.size() + key.size());
      return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
    };
    const Pickle::Node& node = pickle_[ref];
    switch (node.kind) {
      case Kind::tuple:
      case Kind::list:
        for (std::size_t i = 0; i < node.items.size(); ++i) visit(node.items[i], inside(std::to_string(i)), depth + 1);
        break;
      case Kind::dict:
        for (std::size_t i = 0; i + 1 < node.items.size(); i += 2) {
          const Pickle::Node& key = pickle_[node.items[i]];
          const bool is_text = key.kind == Kind::text;
          if (!is_text && key.kind != Kind::integer) fail("{}: a dict has a key that is no text", source_.label);
          visit(node.items[i + 1], inside(is_text ? std::string(key.text) : std::to_string(key.integer)), depth + 1);
        }
        break;
      case Kind::call:
        add_tensor(ref, path);
        break;
      case Kind::boolean:
        note(path, node.integer != 0 ? "True" : "False");
        break;
      case Kind::integer:
        note(path, std::to_string(node.integer));
        break;
      case Kind::real:
        note(path, fmt::format("{}", node.real));
        break;
      case Kind::text:
        spend(names_left_, node.text.size());
        note(path, node.text);
        break;
      case Kind::none:
      case Kind::opaque:
      case Kind::global:
        break;
      case Kind::persistent:
        damaged();
    }
  }
  void note(const std::string& path, std::string_view value) {
    if (!path.empty()) source_.metadata[path] = value;
  }

  void add_tensor(Ref ref, const std::string& path) {
    const Pickle::Node* call = &pickle_[ref];
    if (item(*call, 0, Kind::global).text == kParameter) call = &item(item(*call, 1, Kind::tuple), 0, Kind::call);
    if (item(*call, 0, Kind::global).text != kTensor) damaged();
    const Pickle::Node& arguments = item(*call, 1, Kind::tuple);
    if (arguments.items.size() > 6 && !pickle_[arguments.items[6]].items.empty()) {
      fail("{}: {} is a negated or conjugated view, which is not read", source_.label, printable(path));
    }
    const Pickle::Node& id = item(item(arguments, 0, Kind::persistent), 0, Kind::tuple);
    const std::int64_t offset = item(arguments, 1, Kind::integer).integer;
    const Extents shape = integers(item(arguments, 2, Kind::tuple));
    const Extents strides = integers(item(arguments, 3, Kind::tuple));
    const std::string name = path.empty() ? "tensor" : path;
    if (!names_.insert(name).second) fail("{}: has two tensors {}", source_.label, printable(name));

    if (item(id, 0, Kind::text).text != "storage") damaged();
    const auto* type = std::ranges::find(kStorageTypes, item(id, 1, Kind::global).text, &StorageType::global);
    if (type == kStorageTypes.end()) damaged();
    const std::span<const std::byte> storage = storage_of(item(id, 2, Kind::text).text);
    const auto elements = static_cast<std::int64_t>(storage.size() / type->size);
    if (item(id, 4, Kind::integer).integer != elements || storage.size() % type->size != 0) {
      fail("{}: the storage of {} has {} bytes, expected {} {}", source_.label, printable(name), storage.size(),
           item(id, 4, Kind::integer).integer, type->type);
    }

    std::int64_t count = 1;
    std::int64_t last = offset;
    bool fits = offset >= 0 && shape.size() == strides.size();
    for (std::size_t i = 0; fits && i < shape.size(); ++i) {
      std::int64_t reach = 0;
      fits = shape[i] >= 0 && strides[i] >= 0 && !__builtin_mul_overflow(count, shape[i], &count) &&
             !__builtin_mul_overflow(std::max<std::int64_t>(shape[i] - 1, 0), strides[i], &reach) &&
             !__builtin_add_overflow(last, reach, &last);
    }
    if (!fits || (count > 0 && last >= elements)) {
      fail("{}: {} of shape {} and strides {} does not lie in its storage of {} elements", source_.label,
           printable(name), shape_string(shape), shape_string(strides), elements);
    }
    const auto start = static_cast<std::size_t>(count > 0 ? offset : 0) * type->size;
    add_values(name, *type, shape, strides, storage.subspan(start), static_cast<std::size_t>(count));
  }

  std::span<const std::byte> storage_of(std::string_view key) {
    const auto found = storages_.find(key);
    if (found != storages_.end()) return found->second;
    return storages_[key] = member(fmt::format("{}data/{}", prefix_, key));
  }

  // `values` starts with the tensor's first element.
  void add_values(const std::string& name, const StorageType& type, const Extents& shape, const Extents& strides,
                  std::span<const std::byte> values, std::size_t count) {
    const bool is_double = type.type == "F64";
    const bool is_used = is_double || type.type == "F32" || type.type == "F16" || type.type == "BF16";
    if (!is_used) return source_.add(name, type.type, shape, {});
    std::span<const std::byte> data = values.first(std::min(values.size(), count * type.size));
    if (count > 0 && !contiguous(shape, strides)) {
      if (count > copies_left_ / type.size) spend(copies_left_, copies_left_ + 1);
      spend(copies_left_, count * type.size);
      auto gathered = std::make_shared<std::vector<std::byte>>(count * type.size);
      gather(values, shape, strides, type.size, *gathered);
      data = *gathered;
      source_.storage.push_back(std::move(gathered));
    }
    if (!is_double) return source_.add(name, type.type, shape, data);
    spend(copies_left_, data.size());
    source_.add_doubles(name, shape, data);
  }

  static void gather(std::span<const std::byte> values, const Extents& shape, Extents strides, std::size_t size,
                     std::span<std::byte> result) {
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (shape[i] == 1) strides[i] = 0;  // it may be any number
    }
    Extents index(shape.size());
    std::int64_t from = 0;
    for (std::size_t to = 0; to < result.size(); to += size) {
      std::memcpy(result.data() + to, values.data() + static_cast<std::size_t>(from) * size, size);
      for (std::size_t i = shape.size(); i-- > 0;) {
        from += strides[i];
        if (++index[i] < shape[i]) break;
        from -= strides[i] * shape[i];
        index[i] = 0;
      }
    }
  }

  Source& source_;
  ZipFile zip_;
  std::string prefix_;
  Pickle pickle_;
  std::map<std::string_view, std::span<const std::byte>> storages_;
  std::set<std::string> names_;
  std::size_t file_size_ = 0;
  std::size_t steps_left_ = 0;
  std::size_t names_left_ = 0;
  std::size_t copies_left_ = 0;
};

}  // namespace

void read_pytorch(std::span<const std::byte> bytes, Source& source) {
  if (!bytes.empty() && bytes[0] == std::byte{0x80}) {
    fail("{}: is in PyTorch's format of before 1.6, expected a zip file (load it and save it again)", source.label);
  }
  Reader(bytes, source).read();
}

}  // namespace impasto
