// What a net's tensors are called, and how their axes lie, in each format that the net is known to come in.
#pragma once

#include "nets/net.h"
#include "weights_tools/source.h"

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace impasto {

struct Mapping {
  WeightSpec target;
  std::string source;       // the tensor's name in the file; empty: the file has none, it is a bilinear enlargement
  std::vector<int> axes;    // extent i of the target is extent axes[i] of the source, which may have more, of 1
  std::string factor = {};  // a tensor of one number that the values are to be multiplied by; empty: none
  double scale = 1;         // a number that they are to be multiplied by
  bool loose = false;       // a file may leave out or add extents of 1, and hold a kernel as a matrix (inner product)

  [[nodiscard]] std::vector<std::int64_t> source_shape() const;
  // True if values of this shape are what the target needs, in the order of source_shape().
  [[nodiscard]] bool fits(std::span<const std::int64_t> shape) const;
};

// Where one tensor of a net may be found.
struct Place {
  std::vector<std::string> sources;  // names, best first
  std::vector<int> axes = {};        // empty: as in the target
  std::string factor = {};           // used if the file has it
  double scale = 1;
  bool loose = false;
  bool bilinear = false;  // a net may do without it, if it does without all such
};
// A way of naming the tensors of a net; `layer` counts the layers of its table.
using Scheme = std::function<Place(const WeightSpec& spec, int layer)>;

// TensorFlow's kernels are rows, columns, in, out; its transposed ones rows, columns, out, in: the same permutation.
inline const std::vector<int> kFromHwio{3, 2, 0, 1};

// "res.3.1.weight" -> "res.3.1", "weight".
[[nodiscard]] std::pair<std::string, std::string> split_name(const std::string& name);

// One entry for each row of the net's weight table, whose widths are those of the file if the net leaves them open. Of
// the ways of naming that are known for the format, it is the one of which the file has the most names; behind a prefix
// that all names of a model share ("module.", "state_dict."), if the file has one. Throws Error if the net is not known
// in this format.
[[nodiscard]] std::vector<Mapping> name_map(const Net& net, const Source& source);

}  // namespace impasto
