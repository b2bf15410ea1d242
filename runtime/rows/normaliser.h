// The second half of an instance norm, for rows of one layout.
#pragma once

#include "runtime/rows/rows.h"

#include <vector>

namespace impasto::cpu {

// Of a channel: y = activation(gain (x - mean) + beta). MergeMoments gives [C] of them.
struct Term {
  float mean = 0, gain = 0, beta = 0;
};

class Normaliser {
 public:
  Normaliser(const Normalise& op, int channels)
      : op_(op),
        row_(static_cast<std::size_t>(channels)),
        mean_(table_size(channels)),
        gain_(mean_.size()),
        beta_(mean_.size()) {}

  // terms: [channels].
  void set(const Term* terms) {
    const auto fill = [&](float Term::*what, std::vector<float>& table) {
      for (std::size_t c = 0; c < row_.size(); ++c) row_[c] = terms[c].*what;
      fill_table(row_, table);
    };
    fill(&Term::mean, mean_);
    fill(&Term::gain, gain_);
    fill(&Term::beta, beta_);
  }

  // Rows begin with channel 0; the addend, of x's type, may be null.
  void run(DType in, const std::byte* x, const std::byte* addend, DType out, std::byte* y, std::size_t count) const {
    const NormTables tables{mean_.data(),   gain_.data(),  beta_.data(),  mean_.size(),
                            op_.activation, op_.out_scale, op_.out_offset};
    normalise_row(tables, in, x, addend, out, y, count);
  }

 private:
  Normalise op_;
  std::vector<float> row_;
  std::vector<float> mean_, gain_, beta_;
};

}  // namespace impasto::cpu
